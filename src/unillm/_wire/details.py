"""Thinking in pieces of a gateway's own, ``reasoning_details``, which go back as they came.

They hold what a text cannot: signatures, encrypted parts, which model's format it is. Tools are
called again with the same thinking only if they come back unchanged
(https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks, by
RooCodeInc/Roo-Code#9506, read 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from unillm._wire.native import native_of
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage
from unillm.types.target import Target

FIELD = "reasoning_details"
_GROWING = ("text", "summary")
"""What a stream brings in pieces; the rest comes whole, or again."""


def merged(pieces: Iterable[JsonObject]) -> tuple[JsonObject, ...]:
    """Return the details that the pieces of a stream make: one for each kind and index in a row."""
    details: list[JsonObject] = []
    texts: list[dict[str, list[str]]] = []
    for piece in pieces:
        if details and _continues(details[-1], piece):
            details[-1] |= {name: value for name, value in piece.items() if value is not None}
        else:
            details.append(dict(piece))
            texts.append({})
        for name in _GROWING:
            if isinstance(piece.get(name), str):
                texts[-1].setdefault(name, []).append(piece[name])
    for detail, grown in zip(details, texts, strict=True):
        detail |= {name: "".join(parts) for name, parts in grown.items()}
    return tuple(details)


def _continues(last: JsonObject, piece: JsonObject) -> bool:
    """Tell whether a piece is more of the last detail; what is encrypted comes whole."""
    if any(last.get(key) != piece.get(key) for key in ("type", "index")):
        return False
    other = last.get("id") and piece.get("id") and last["id"] != piece["id"]
    return not other and (piece.get("data") is None or piece.get("data") == last.get("data"))


def details_of(message: AssistantMessage, target: Target) -> Sequence[JsonObject]:
    """Return the details that go back to a target; none where the thinking was changed."""
    native = native_of(message, target, "chat")
    items = native.items if native is not None else ()
    return items if _letters(_text(items)) == _letters(message.reasoning or "") else ()


def _text(items: Iterable[JsonObject]) -> str:
    said: list[Any] = [item.get(name) for item in items for name in _GROWING]
    return "".join(text for text in said if isinstance(text, str))


def _letters(text: str) -> str:
    """Return a text without its spaces: gateways join the parts with lines of their own."""
    return "".join(text.split())
