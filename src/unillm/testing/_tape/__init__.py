"""Recorded conversations: values, text, redaction, matching, and the transports of both modes."""
