"""All output items of one answer, and which of them is meant."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from unillm._wire.responses.entry import CALLS, Entry, family, number_in, text_in
from unillm.types.json import JsonObject, is_object


class Entries:
    """All items of one answer, found by their ids, else by their places, else by what they are.

    Hosts give an item another id in its last event than before (vllm#47916), or none at all, and
    several items the same place (open-responses-server#63; both read 2026-11-28).
    """

    def __init__(self) -> None:
        """Start without any."""
        self._by_id: dict[tuple[str, str], Entry] = {}
        self._by_place: dict[int, Entry] = {}
        self._by_call: dict[str, Entry] = {}
        self._latest: dict[str, Entry] = {}
        self._all: list[Entry] = []
        self._last = -1
        self._asked: tuple[Any, Any, str] | None = None
        """What the event before this one was about, if it was no item itself."""
        self._meant: Entry | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Entry]:
        """Give the items in their order."""
        return iter(sorted(self._all, key=lambda entry: entry.order))

    def at(self, item_id: Any, place: Any, kind: str) -> Entry:
        """Return the item that an event is about; the first event of an item makes it.

        Args:
            item_id: The provider's id of the item.
            place: Its place.
            kind: The type of the items that have such events; empty: many have.
        """
        asked = (item_id, place, kind)
        if self._meant is None or asked != self._asked:
            self._asked, self._meant = asked, self._found(item_id, place, kind)
        return self._meant

    def _found(self, item_id: Any, place: Any, kind: str) -> Entry:
        item_id = item_id if isinstance(item_id, str) else ""
        place = number_in(place)
        found = self._known(item_id, kind, place)
        if found is None and place is not None:
            found = self._by_place.get(place)
            found = found if found is not None and found.suits(kind) else None
        elif found is None and not item_id:
            found = self._open(kind)
        return self._named(found or self._new(item_id, place), item_id, kind)

    def of(self, item: JsonObject, place: Any, *, begins: bool) -> Entry:
        """Return the entry of an item that an event brings; ``begins``: it is its first."""
        self._meant = None
        item_id, kind, call_id = (text_in(item, field) for field in ("id", "type", "call_id"))
        place = number_in(place)
        found = self._known(item_id, kind, place, call_id)
        if found is None and place is not None:
            there = self._by_place.get(place)
            is_same = there is not None and not there.is_another(item, begins=begins)
            found = there if is_same else None
        elif found is None:
            found = self._of_call(call_id, kind)
            if found is None and not begins:
                found = self._open(kind, call_id)
        if found is None:
            self._give_way(item_id)
            found = self._new(item_id, place)
        return self._named(found, item_id, kind, call_id)

    def matched(self, items: Iterable[Any]) -> Iterator[tuple[Entry, JsonObject]]:
        """Pair the items of the last event with those that came before."""
        self._meant = None
        listed = [item for item in items if is_object(item)]
        found = [
            self._known(text_in(item, "id"), text_in(item, "type"), at, text_in(item, "call_id"))
            for at, item in enumerate(listed)
        ]
        taken = {entry for entry in found if entry is not None}
        for at, item in enumerate(listed):
            if found[at] is None:
                same = self._of_call(text_in(item, "call_id"), text_in(item, "type"))
                if same is not None and same not in taken:
                    found[at] = same
                    taken.add(same)
        left: dict[str, deque[Entry]] = {}
        for entry in self:
            if entry not in taken:
                left.setdefault(entry.type, deque()).append(entry)
        for one, item in zip(found, listed, strict=True):
            item_id, kind = text_in(item, "id"), text_in(item, "type")
            meant = self._known(item_id, kind) if one is None else one
            alike = left.get(kind) or left.get("")
            if meant is None:
                meant = alike.popleft() if alike else self._new(item_id, None)
            yield self._named(meant, item_id, kind, text_in(item, "call_id")), item

    def _known(
        self, item_id: str, kind: str, place: int | None = None, call_id: str = ""
    ) -> Entry | None:
        """Return the item of an id; of two that share one, the item at the place."""
        if not item_id:
            return None
        there = None if place is None else self._by_place.get(place)
        if there is not None and there.id == item_id and there.suits(kind):
            return there
        for key in ((item_id, family(kind)), (item_id, "")):
            found = self._by_id.get(key)
            if found is not None and found.suits(kind):
                is_other = bool(call_id and found.call_id) and call_id != found.call_id
                return None if is_other and place is not None else found
        return None

    def _of_call(self, call_id: str, kind: str) -> Entry | None:
        return self._by_call.get(call_id) if kind in CALLS else None

    def _open(self, kind: str, call_id: str = "") -> Entry | None:
        """Return the last item of a type if it has not ended."""
        found = self._latest.get(family(kind)) or self._latest.get("")
        if found is None or found.done or not found.suits(kind):
            return None
        is_other = bool(call_id and found.call_id) and call_id != found.call_id
        return None if is_other else found

    def _give_way(self, item_id: str) -> None:
        """Forget the item of an entry that became one of another type before it said anything."""
        known = self._by_id.get((item_id, ""))
        if known is not None and not known.done and known.is_silent:
            known.item = None

    def _named(self, entry: Entry, item_id: str, kind: str, call_id: str = "") -> Entry:
        """Remember what an entry was called, to find it by that."""
        entry.type = entry.type or kind
        if item_id:
            self._by_id.setdefault((item_id, family(entry.type)), entry)
        if call_id:
            self._by_call.setdefault(call_id, entry)
        if not entry.done:
            self._latest[family(entry.type)] = entry
        return entry

    def _new(self, item_id: str, place: int | None) -> Entry:
        is_free = place is not None and place not in self._by_place
        order = place if is_free and place is not None else self._last + 1
        self._last = max(self._last, order)
        made = Entry(order, item_id)
        self._all.append(made)
        if item_id:
            self._by_id[item_id, ""] = made
        if place is not None:
            self._by_place[place] = made
        return made
