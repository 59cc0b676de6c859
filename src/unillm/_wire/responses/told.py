"""What output items say, as the fields of a message have it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from unillm._wire.responses.speech import BETWEEN
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import CUSTOM_INPUT


@dataclass(frozen=True, slots=True)
class Told:
    """The fields of a message that output items give.

    Attributes:
        text: The visible answer.
        refusal: The refusal.
        calls: For each call its id, its tool and its arguments.
    """

    text: str
    refusal: str
    calls: list[tuple[str, str, str]]

    def of(self, item: JsonObject) -> str:
        """Return what one message says: its text, or its refusal where it is nothing else."""
        return _joined(item, "output_text", "text") or _joined(item, "refusal", "refusal")


def told_by(items: Iterable[JsonObject]) -> Told:
    """Return what items say; `Speech` says the same of them while they come."""
    said: list[str] = []
    waiting: list[str] = []
    refusals: list[str] = []
    calls: list[tuple[str, str, str]] = []
    answered = False
    for item in items:
        kind = item.get("type")
        if kind == "message":
            is_aside = item.get("phase") == "commentary"
            if not is_aside:
                answered = True
                waiting.clear()
            into = waiting if is_aside else said
            into.append(_joined(item, "output_text", "text"))
            refusals.append(_joined(item, "refusal", "refusal"))
        elif kind in {"function_call", "custom_tool_call"}:
            said += waiting
            waiting.clear()
            calls.append((str(item.get("call_id")), str(item.get("name")), _arguments(item)))
    text = BETWEEN.join(filter(None, [*said, *(() if answered else waiting)]))
    return Told(text, "".join(refusals), calls)


def _joined(item: JsonObject, kind: str, field: str) -> str:
    parts: Any = item.get("content")
    found = [part for part in parts if is_object(part)] if is_list(parts) else []
    return "".join(str(part.get(field) or "") for part in found if part.get("type") == kind)


def _arguments(item: JsonObject) -> str:
    if item.get("type") == "function_call":
        return str(item.get("arguments"))
    return json.dumps({CUSTOM_INPUT: item.get("input")}, ensure_ascii=False)
