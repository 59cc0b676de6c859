"""What may stand around a value, or be wrong with it as a whole: one rule, one file."""
