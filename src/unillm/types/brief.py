"""Cutting long text for display."""

from __future__ import annotations

from collections.abc import Mapping

SHOWN = 60


def brief(text: str, limit: int = SHOWN) -> str:
    """Return the text, or its beginning and a count of what is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… (+{len(text) - limit:,} characters)"


def shown(value: object) -> str:
    """Return the ``repr`` of what should be text, cut; of anything else too."""
    return repr(brief(value)) if isinstance(value, str) else brief(repr(value))


def absent(value: object, name: str, elsewhere: Mapping[str, str]) -> str:
    """Return what is said of an attribute that is not there."""
    hint = f"; use {elsewhere[name]}" if name in elsewhere else ""
    return f"{type(value).__name__!r} object has no attribute {name!r}{hint}"
