"""The output items of one answer while they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

from unillm._wire.responses.part import Part
from unillm.types.json import JsonObject, is_object

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
        self.image = False
        self.begun = False
        self.item: JsonObject | None = None
        self.done = False
        self.parts: dict[tuple[Kind, int], Part] = {}

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

    def keep(self, item: JsonObject) -> None:
        """Remember an item that is complete; what was complete before is only added to."""
        known = self.item if self.done and self.item is not None else {}
        self.item = {**item, **{key: value for key, value in known.items() if value is not None}}
        self.done = True


class Entries:
    """All items of one answer, found by their ids, else by their places.

    Hosts give an item another id in its last event than before (vllm#47916), or none at all.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._by_id: dict[str, Entry] = {}
        self._by_place: dict[int, Entry] = {}
        self._all: list[Entry] = []
        self._last = -1

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Entry]:
        """Give the items in their order."""
        return iter(sorted(self._all, key=lambda entry: entry.order))

    def at(self, item_id: Any, place: Any) -> Entry:
        """Return the item that an event is about; the first event of an item makes it."""
        found = self._by_id.get(item_id) if isinstance(item_id, str) else None
        if found is None and type(place) is int:
            found = self._by_place.get(place)
        if found is None:
            found = self._new(item_id, place)
        return found

    def matched(self, items: Iterable[Any]) -> Iterator[tuple[Entry, JsonObject]]:
        """Pair the items of the last event with those that came before."""
        listed = [item for item in items if is_object(item)]
        named = {item_id for item in listed if isinstance(item_id := item.get("id"), str)}
        left: dict[str, deque[Entry]] = {}
        for entry in self:
            if entry.id not in named:
                left.setdefault(entry.type, deque()).append(entry)
        for item in listed:
            item_id, kind = item.get("id"), item.get("type")
            found = self._by_id.get(item_id) if isinstance(item_id, str) else None
            alike = left.get(str(kind)) or left.get("")
            if found is None and alike:
                found = alike.popleft()
            yield found or self._new(item_id, None), item

    def _new(self, item_id: Any, place: Any) -> Entry:
        order = place if type(place) is int else self._last + 1
        self._last = max(self._last, order)
        made = Entry(order, item_id if isinstance(item_id, str) else "")
        self._all.append(made)
        if made.id:
            self._by_id[made.id] = made
        if type(place) is int:
            self._by_place[place] = made
        return made
