"""Endpoints other than chat: what is asked of them, and what their answers say."""
