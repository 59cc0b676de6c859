"""JSON bodies, laid out for review, with what is needed to get the same bytes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

__all__ = ["laid_out", "packed"]

_STYLES: dict[str, Callable[[Any], str]] = {
    "compact": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    "spaced": lambda value: json.dumps(value, ensure_ascii=False),
    "compact-ascii": lambda value: json.dumps(value, separators=(",", ":")),
    "spaced-ascii": json.dumps,
}


def laid_out(body: bytes) -> tuple[str, list[str]] | None:
    """Return the style a JSON body was written in, and its lines laid out.

    None if it is no JSON object or list, or if its bytes could not be had back exactly.
    """
    if body[:1] not in {b"{", b"["}:
        return None
    try:
        value = json.loads(body)
        for style in _STYLES:
            text = _text(value)
            if packed(style, text) == body:
                return style, text.split("\n")
    except (ValueError, RecursionError):
        pass
    return None


def packed(style: str, text: str) -> bytes:
    """Return the bytes of a body that was laid out.

    Raises:
        ValueError: The style is unknown, or the text is no JSON.
    """
    if style not in _STYLES:
        message = f"a JSON style is one of {', '.join(_STYLES)}, not {style!r}"
        raise ValueError(message)
    return _STYLES[style](json.loads(text)).encode()


def _text(value: Any) -> str:
    """Lay a value out; the text is printable but for its newlines."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if text.replace("\n", "").isprintable() else json.dumps(value, indent=2)
