"""Answers spoken as the Responses API speaks them."""
