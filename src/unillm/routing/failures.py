"""What becomes of a call when an attempt fails: one table."""
