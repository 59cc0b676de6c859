"""Interfaces from the other side, OpenAI's and Anthropic's: requests are read, answers written."""
