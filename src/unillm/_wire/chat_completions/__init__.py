"""The Chat Completions wire, both ways."""
