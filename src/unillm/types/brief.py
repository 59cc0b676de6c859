"""Cutting long text for display."""

from __future__ import annotations

SHOWN = 60


def brief(text: str, limit: int = SHOWN) -> str:
    """Return the text, or its beginning and a count of what is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… (+{len(text) - limit:,} characters)"
