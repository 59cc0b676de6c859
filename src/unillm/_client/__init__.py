"""The client and its async twin."""
