"""What an answer has beside its text, in the form of either interface."""

from __future__ import annotations

from typing import Any

from unillm.types.json import JsonObject, is_object
from unillm.types.response import ChatResponse

_NESTED = frozenset({"url_citation"})
"""Annotations that Chat Completions has (openai-python 3.57.0,
types/chat/chat_completion_message.py, read 2026-11-29)."""


def flat(annotation: JsonObject) -> JsonObject:
    """Return an annotation as the Responses API has it: its fields beside its type."""
    kind: Any = annotation.get("type")
    inner = annotation.get(kind) if isinstance(kind, str) else None
    return {"type": kind, **inner} if is_object(inner) else annotation


def nested(annotation: JsonObject) -> JsonObject:
    """Return an annotation as Chat Completions has it: its fields under the name of its type."""
    kind: Any = annotation.get("type")
    if not isinstance(kind, str) or kind not in _NESTED or is_object(annotation.get(kind)):
        return annotation
    return {"type": kind, kind: {name: v for name, v in annotation.items() if name != "type"}}


def phase_of(response: ChatResponse) -> str | None:
    """Return whether an answer is the final one, where its provider said so."""
    native = response.message.native
    items = () if native is None or native.api != "responses" else native.items
    phases = [item.get("phase") for item in items if item.get("type") == "message"]
    return phases[-1] if phases and isinstance(phases[-1], str) else None
