"""The pieces in which a stream brings texts and arguments."""

from __future__ import annotations

import re

__all__ = ["fragments", "pieces_of"]

_FRAGMENT = 8


def pieces_of(text: str | None) -> list[str]:
    """Return a text in words, each with the space before it."""
    return re.findall(r"\s*\S+|\s+\Z", text or "")


def fragments(arguments: str) -> list[str]:
    """Return the arguments of a call in pieces of a few characters, whatever they mean."""
    return [arguments[at : at + _FRAGMENT] for at in range(0, len(arguments), _FRAGMENT)]
