"""The output items of one answer while they come."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

from unillm._wire.responses.part import Part
from unillm.types.json import JsonObject

Kind: TypeAlias = Literal["text", "refusal", "summary", "content", "arguments"]
"""What a text of an item is: ``summary`` and ``content`` are those of reasoning."""

CALLS = frozenset({"function_call", "custom_tool_call"})
"""Types of the items that ask for a call of a tool of the caller's."""


class Entry:
    """One output item.

    Attributes:
        order: Its place among the items.
        id: The provider's id of the item, which is not that of the call it may be.
        type: What it is, as soon as that is known.
        phase: Whether a message is ``commentary`` or ``final_answer``, where the model says so.
        shown: Which of its two texts a reasoning item is read from.
        call: Which call of the answer it is; None: none yet.
        call_id: The id of that call, as far as it is known.
        name: The tool called, as far as it is known.
        encrypted: The encrypted reasoning told last.
        image: Whether its image was taken.
        begun: Whether its beginning was told.
        item: The item as it came last.
        done: Whether the provider said that it is complete.
    """

    __slots__ = (
        "begun",
        "call",
        "call_id",
        "done",
        "encrypted",
        "id",
        "image",
        "item",
        "name",
        "order",
        "parts",
        "phase",
        "shown",
        "type",
    )

    def __init__(self, order: int, item_id: str) -> None:
        """Start without knowing what it is."""
        self.order = order
        self.id = item_id
        self.type = ""
        self.phase: str | None = None
        self.shown: Kind | None = None
        self.call: int | None = None
        self.call_id = ""
        self.name = ""
        self.encrypted: Any = None
        self.image = False
        self.begun = False
        self.item: JsonObject | None = None
        self.done = False
        self.parts: dict[tuple[Kind, int], Part] = {}

    def suits(self, kind: str) -> bool:
        """Tell whether it is, or may be, an item of a type; an empty type is any."""
        return not self.type or not kind or family(self.type) == family(kind)

    def is_another(self, item: JsonObject, *, begins: bool) -> bool:
        """Tell whether an item told of in its place, and not by its id, is not this one.

        Hosts tell of every item in the same place (open-responses-server#63, llm-rosetta#418),
        and of one item with several ids (vllm#47916; all read 2026-11-28).
        """
        if not self.suits(text_in(item, "type")):
            return True
        call_id, item_id = text_in(item, "call_id"), text_in(item, "id")
        if call_id and self.call_id and (self.done or call_id == self.call_id):
            return call_id != self.call_id
        differs = bool(item_id and self.id) and item_id != self.id
        return (self.done and (begins or differs)) or (self.begun and begins and differs)

    def part(self, kind: Kind, number: int) -> Part:
        """Return one of its texts."""
        found = self.parts.get((kind, number))
        if found is None:
            found = self.parts[kind, number] = Part()
        return found

    @property
    def is_silent(self) -> bool:
        """Tell whether none of its texts came yet."""
        return not any(part.text for part in self.parts.values())

    def take(self, item: JsonObject) -> None:
        """Take what an item says of itself; what was known of it stays."""
        kind, phase = item.get("type"), item.get("phase")
        self.type = self.type or (kind if isinstance(kind, str) else "")
        self.phase = self.phase or (phase if isinstance(phase, str) else None)
        self.encrypted = item.get("encrypted_content") or self.encrypted
        if not self.done:
            self.item = item

    @property
    def whole_item(self) -> JsonObject | None:
        """Return the item as it can be sent back; None: it cannot.

        Encrypted reasoning is in it even where a host told of it at its beginning alone.
        """
        item = self.item
        if item is None or not isinstance(item.get("type"), str):
            return None
        if self.encrypted and not item.get("encrypted_content"):
            return {**item, "encrypted_content": self.encrypted}
        return item

    def keep(self, item: JsonObject) -> None:
        """Remember an item that is complete; what was complete before is only added to."""
        known = self.item if self.done and self.item is not None else {}
        self.item = {**item, **{key: value for key, value in known.items() if value is not None}}
        self.done = True


def family(kind: str) -> str:
    """Return what tells types of items apart: all calls are of one kind."""
    return "call" if kind in CALLS else kind


def text_in(item: JsonObject, field: str) -> str:
    """Return a field that names something; an empty text: it does not."""
    value = item.get(field)
    return value if isinstance(value, str) else ""


def number_in(value: Any) -> int | None:
    """Return a place that hosts write as another number or as a text; None: it is none."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    is_number = isinstance(value, str) and _NUMBER.fullmatch(value)
    return int(value) if is_number else None


_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
