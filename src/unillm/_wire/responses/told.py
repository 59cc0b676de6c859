"""What output items say, as the fields of a message have it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from unillm._wire.responses.entry import CALLS
from unillm._wire.spoken import BETWEEN
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import CUSTOM_INPUT


@dataclass(frozen=True, slots=True)
class Told:
    """The fields of a message that output items give.

    Attributes:
        text: The visible answer.
        refusal: The refusal.
        calls: For each call its id, its tool and its arguments.
        asides: The places of the messages that are not in the text: what was said on the way.
    """

    text: str
    refusal: str
    calls: list[tuple[str, str, str]]
    asides: frozenset[int]

    def of(self, item: JsonObject) -> str:
        """Return what one message says: its text, and its refusal."""
        said = _joined(item, "output_text", "text"), _joined(item, "refusal", "refusal")
        return BETWEEN.join(filter(None, said))


def told_by(items: Iterable[JsonObject]) -> Told:
    """Return what items say; `Speech` says the same of them while they come."""
    said: list[str] = []
    waiting: dict[int, str] = {}
    asides: set[int] = set()
    refusals: list[str] = []
    calls: list[tuple[str, str, str]] = []
    answered = False
    for at, item in enumerate(items):
        kind = str(item.get("type"))
        if kind == "message":
            text = _joined(item, "output_text", "text")
            refusals.append(_joined(item, "refusal", "refusal"))
            if item.get("phase") == "commentary":
                waiting[at] = text
                continue
            asides.update(waiting)
            waiting.clear()
            said.append(text)
            answered = True
        elif kind in CALLS:
            said += waiting.values()
            waiting.clear()
            calls.append((str(item.get("call_id")), str(item.get("name")), arguments_in(item)))
    if answered:
        asides.update(waiting)
    else:
        said += waiting.values()
    text = BETWEEN.join(filter(None, said))
    return Told(text, "".join(refusals), calls, frozenset(asides))


def thoughts_in(items: Iterable[JsonObject]) -> set[str]:
    """Return the reasoning that items show, either way: content before summary, or after.

    Of an item one of both is read, that which came first (`Output`).
    """
    shown = [
        (_texts(item, "content", "reasoning_text"), _texts(item, "summary", "summary_text"))
        for item in items
        if item.get("type") == "reasoning"
    ]
    return {
        BETWEEN.join(text for both in shown for text in both[at] or both[1 - at]) for at in (0, 1)
    }


def _joined(item: JsonObject, kind: str, field: str) -> str:
    return "".join(_texts(item, "content", kind, field))


def _texts(item: JsonObject, name: str, kind: str, field: str = "text") -> list[str]:
    parts: Any = item.get(name)
    found = [part for part in parts if is_object(part)] if is_list(parts) else []
    texts = (str(part.get(field) or "") for part in found if part.get("type") == kind)
    return [text for text in texts if text]


def arguments_in(item: JsonObject) -> str:
    """Return what a call gives its tool, as text."""
    if item.get("type") == "function_call":
        return str(item.get("arguments"))
    return json.dumps({CUSTOM_INPUT: item.get("input")}, ensure_ascii=False)
