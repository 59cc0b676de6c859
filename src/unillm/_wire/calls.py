"""Sorting fragments of tool calls into calls, however a host labels them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, TypeAlias

from pydantic_core import to_json

from unillm._wire.fragments import Fragment, bare_arguments, fragment_from
from unillm._wire.growing import GrowingArguments
from unillm._wire.names import declared_name
from unillm._wire.slot import Slot
from unillm.errors import MalformedResponseError
from unillm.types.dataclass import dataclass
from unillm.types.events import Event, ToolCallDelta, ToolCallReady, ToolCallStarted
from unillm.types.json import is_list
from unillm.types.tools import InvalidToolCall, ToolCall

Ended: TypeAlias = ToolCall | InvalidToolCall
"""A call of which it is known whether it may be executed."""

FinishCall: TypeAlias = Callable[["WholeCall"], Sequence[Ended]]
"""Decides at the end of a call whether it may be executed.

One call is returned, or several good ones if its arguments were several objects.
"""


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call as received, once nothing more of it can come.

    Attributes:
        id: Its id.
        name: The tool named or clearly meant, possibly empty.
        raw: Its arguments as text.
        cut: Whether the answer stopped for a reason that may have cut the call short.
    """

    id: str
    name: str
    raw: str
    cut: bool


class CallSlots:
    """The calls of one answer.

    A fragment belongs to the call with its id, else to the last call on its index, else to the
    active call. A new id on a used index begins a new call, and so does a name after arguments
    that are already whole.
    """

    __slots__ = (
        *("_added", "_by_id", "_by_index", "_declared", "_kept", "_mends_names", "_public_ids"),
        *("_seed", "_slots", "echoes", "repeated", "split"),
    )

    def __init__(
        self, declared: frozenset[str], seed: Callable[[], str], *, mends_names: bool = False
    ) -> None:
        """Start without calls.

        Args:
            declared: Names of the tools the request offers; empty if they are not known.
            seed: Gives a text that tells this answer from others, for ids that hosts leave out.
            mends_names: Whether a name that clearly means one of these becomes it.
        """
        self._declared = declared
        self._seed = seed
        self._mends_names = mends_names
        self._slots: list[Slot] = []
        self._kept: int | None = None
        self._added = 0
        self._by_id: dict[str, Slot] = {}
        self._by_index: dict[int, Slot] = {}
        self._public_ids: dict[str, None] = {}  # a set without any takes three times the room
        self.echoes = 0
        """Entries left out by `finish`: no name, no id, nothing said that another call has not
        (sglang#23071)."""
        self.repeated = False
        """Whether the arguments of a call came more than once, and were read as one text."""
        self.split = False
        """Whether a call held several objects and became several calls."""

    def __len__(self) -> int:
        """Return how many calls have begun, those that are left out too."""
        return len(self._slots)

    @property
    def kept(self) -> list[Slot]:
        """Return the calls that are not left out."""
        return self._slots[: self._kept]

    def leave_out_later(self) -> None:
        """Leave out calls that begin from now on; their fragments are still told from others'."""
        self._kept = len(self._slots)

    def add(self, entries: Any, events: list[Event]) -> bool:
        """Take the ``tool_calls`` of one delta or message and append what became certain.

        Returns:
            Whether anything is new: what only repeats a call, as some hosts do at the end, is not.

        Raises:
            MalformedResponseError: The entries are not what the protocol allows.
        """
        if not is_list(entries):
            raise MalformedResponseError(f"tool_calls is {type(entries).__name__}, not a list")
        events_known, slots_known = len(events), len(self._slots)
        for position, entry in enumerate(entries):
            if self._went_on(entry, events):
                continue
            fragment = fragment_from(entry)
            slot = self._find(fragment, position if len(entries) > 1 else None)
            if slot is None:
                slot = self._new(fragment)
            self._extend(slot, fragment, events)
        return len(events) != events_known or len(self._slots) != slots_known

    def finish(
        self,
        finish_call: FinishCall,
        *,
        cut: bool,
        events: list[Event],
        rescued: Iterable[ToolCall] = (),
    ) -> list[Ended]:
        """End every call and return them in order; events for the good ones are appended.

        Args:
            finish_call: Decides what may be executed.
            cut: Whether the answer stopped for a reason that may have cut a call short.
            events: What is told is appended here.
            rescued: Calls found in the text, complete and good. They may be those of hosts that
                leak a call and report it without its arguments too (cline#13348), or whole.
        """
        done: list[Ended] = []
        found = list(rescued)
        if not (self._slots or found):
            return done
        leaked = _by_name(found)
        strays = self._has_strays()
        said = {"", *(slot.text.so_far() for slot in self.kept if slot.is_labelled)}
        for slot in self.kept:
            if not slot.is_labelled and slot.text.so_far() in said:
                self.echoes += 1
                continue
            raw, rest = slot.text.settle(cut=cut)
            self.repeated |= slot.text.is_folded()
            call = WholeCall(self._public_id(slot), self._named(slot), raw, cut)
            if slot.refused:
                bad = InvalidToolCall(call.id, call.name, raw=raw, reason=slot.refused)
                done += self._tell(slot, [bad], raw, rest, events)
            elif raw in _NO_ARGUMENTS and leaked.get(call.name):
                done.append(self._tell_as(slot, leaked[call.name].popleft(), events))
            elif strays and slot.name and not raw.strip():
                reason = "arguments without a name came beside it, which may be its own"
                bad = InvalidToolCall(call.id, call.name, raw=raw, reason=reason)
                done += self._tell(slot, [bad], raw, rest, events)
            else:
                done += self._tell(slot, finish_call(call), raw, rest, events)
        native = {_key(call) for call in done if isinstance(call, ToolCall)}
        fresh = [replace(call, id="") for call in found if _key(call) not in native]
        return done + [self._add(call, events) for call in fresh]

    def refuse(self, index: int, reason: str) -> None:
        """Have the call on an index not executed, whatever becomes of its arguments."""
        slot = self._by_index.get(index)
        if slot is not None:
            slot.refused = slot.refused or reason

    def unfinished(self, reason: str) -> list[InvalidToolCall]:
        """Return the calls as they stand, none of them usable."""
        return [
            InvalidToolCall(self._public_id(s), s.name, raw=s.text.so_far(), reason=reason)
            for s in self.kept
        ]

    def _tell(
        self, slot: Slot, ended: Sequence[Ended], raw: str, rest: str, events: list[Event]
    ) -> list[Ended]:
        """Tell how a call ended, and return it and those that were in it beside it."""
        first, *more = ended
        if slot.name and not slot.started:
            self._start(slot, first.name, raw, events)
        elif rest and slot.started:
            events.append(slot.delta(rest))
        if isinstance(first, ToolCall):
            first = self._ready(slot, first, events)
        beside = [call for call in more if isinstance(call, ToolCall)]
        self.split |= bool(beside)
        ids = (f"{self._public_id(slot)}_{number}" for number in count(2))
        return [first, *(self._add(replace(c, id=next(ids)), events, slot.name) for c in beside)]

    def _tell_as(self, slot: Slot, leaked: ToolCall, events: list[Event]) -> ToolCall:
        """Tell of a call whose arguments were in the text."""
        if not slot.started:
            self._start(slot, leaked.name, "", events)
        if leaked.raw:
            events.append(slot.delta(leaked.raw, written=_written(leaked)))
        return self._ready(slot, leaked, events)

    def _ready(self, slot: Slot, call: ToolCall, events: list[Event]) -> ToolCall:
        received = slot.name if slot.name != call.name else None
        call = replace(call, id=self._public_id(slot), raw_name=received)
        events.append(ToolCallReady(slot.index, call))
        return call

    def _add(self, call: ToolCall, events: list[Event], name: str | None = None) -> ToolCall:
        """Tell of a call that came whole, and under this name if not its own."""
        index = len(self._slots) + self._added
        self._added += 1
        received = name if name != call.name else None
        wanted = call.id or f"call_{self._seed()}_{index}"
        call = replace(call, id=self._unique(wanted), raw_name=received)
        growing = GrowingArguments()
        growing.add(_written(call))
        events.append(ToolCallStarted(index, call.id, call.name))
        if call.raw:
            events.append(ToolCallDelta.of(index, call.raw, growing))
        events.append(ToolCallReady(index, call))
        return call

    def _unique(self, wanted: str) -> str:
        name = wanted
        while name in self._public_ids:
            name += "_"
        self._public_ids[name] = None
        return name

    def _named(self, slot: Slot) -> str:
        return declared_name(slot.name, self._declared) if self._mends_names else slot.name

    def _went_on(self, entry: Any, events: list[Event]) -> bool:
        """Take an entry that is but more arguments of a call that was told of, as nearly all are.

        Returns:
            Whether it was one; nothing has been done with another.
        """
        more = bare_arguments(entry)
        slot = self._by_index.get(more[0]) if more else None
        if more is None or slot is None or not slot.started:
            return False
        fresh = slot.add_arguments(more[1])
        if fresh and (self._kept is None or slot.index < self._kept):
            events.append(slot.delta(fresh))
        return True

    def _find(self, fragment: Fragment, position: int | None) -> Slot | None:
        known: Slot | None = None
        if fragment.id:
            known = self._by_id.get(fragment.id)
            if known is None:
                return self._idless_at(fragment, position)
            if fragment.index is not None and fragment.index != known.wire_index:
                there = self._by_index.get(fragment.index)
                known = there if there and there.wire_id == fragment.id else known
        slot = known or self._by_place(fragment.index, position) or self._adopted(fragment)
        if slot is not None and fragment.name and self._is_another(slot, fragment):
            return None
        return slot

    def _idless_at(self, fragment: Fragment, position: int | None) -> Slot | None:
        """Return the call a new id completes: one in its place that has no id yet."""
        slot = self._by_place(fragment.index, position)
        if slot is None or slot.wire_id or self._is_another(slot, fragment):
            return None
        slot.wire_id = fragment.id
        self._by_id[fragment.id] = slot
        return slot

    def _has_strays(self) -> bool:
        """Tell whether there are arguments that belong to no named call and repeat none."""
        said = {slot.text.so_far() for slot in self.kept if slot.name}
        return any(s.text and s.text.so_far() not in said for s in self.kept if not s.name)

    def _adopted(self, fragment: Fragment) -> Slot | None:
        """Return the active call if a bare fragment is the first to say on which index it is."""
        active = self._slots[-1] if self._slots else None
        if active is None or active.wire_index is not None or fragment.id or fragment.name:
            return None
        active.wire_index = fragment.index
        if fragment.index is not None:
            self._by_index[fragment.index] = active
        return active

    def _by_place(self, index: int | None, position: int | None) -> Slot | None:
        if index is not None:
            return self._by_index.get(index)
        if position is not None:
            return self._slots[position] if position < len(self._slots) else None
        return self._slots[-1] if self._slots else None

    def _is_another(self, slot: Slot, fragment: Fragment) -> bool:
        """Tell whether a named fragment begins a new call although it is labelled as `slot`."""
        name = fragment.name
        if not name:
            return False
        moved = None not in (fragment.index, slot.wire_index) and fragment.index != slot.wire_index
        if moved and fragment.id:
            return True
        if not slot.name:
            return False
        same_label = bool(fragment.id) and fragment.id == slot.wire_id
        known = slot.name in self._declared and name in self._declared
        if name != slot.name and known and not same_label:
            return True
        fresh = bool(fragment.arguments.strip()) and not slot.text.repeats(fragment.arguments)
        if same_label and not fresh:
            return False
        return (fresh or name != slot.name) and slot.is_closed()

    def _new(self, fragment: Fragment) -> Slot:
        slot = Slot(len(self._slots), fragment.id, fragment.index)
        self._slots.append(slot)
        if fragment.id:
            self._by_id[fragment.id] = slot
        if fragment.index is not None:
            self._by_index[fragment.index] = slot
        return slot

    def _extend(self, slot: Slot, fragment: Fragment, events: list[Event]) -> None:
        if fragment.name:
            slot.add_name(fragment.name)
        arguments, whole = fragment.arguments, fragment.whole
        fresh = slot.add_arguments(arguments, whole=whole) if arguments else ""
        if self._kept is not None and slot.index >= self._kept:
            return
        if slot.started:
            if fresh:
                events.append(slot.delta(fresh))
        elif slot.name and (slot.text or self._is_settled(slot.name)):
            if self._mends_names and "<" in self._named(slot):
                return  # no tool is called so, but arguments may be in it: the end will tell
            self._start(slot, self._named(slot), slot.text.shown(), events)

    def _is_settled(self, name: str) -> bool:
        """Tell whether a name is whole: hosts may send pieces, and only tools offered are known."""
        longer = any(other != name and other.startswith(name) for other in self._declared)
        return not longer and name in self._declared

    def _start(self, slot: Slot, name: str, text: str, events: list[Event]) -> None:
        slot.started = True
        events.append(ToolCallStarted(slot.index, self._public_id(slot), name))
        if text:
            events.append(slot.delta(text))

    def _public_id(self, slot: Slot) -> str:
        if not slot.public_id:
            usable = slot.wire_id and slot.wire_id not in self._public_ids
            slot.public_id = slot.wire_id if usable else f"call_{self._seed()}_{slot.index}"
            self._public_ids[slot.public_id] = None
        return slot.public_id


_NO_ARGUMENTS = {"", "{}"}


def _by_name(calls: Iterable[ToolCall]) -> dict[str, deque[ToolCall]]:
    """Return the calls that have arguments, in order."""
    found: dict[str, deque[ToolCall]] = {}
    for call in calls:
        if call.arguments:
            found.setdefault(call.name, deque()).append(call)
    return found


def _key(call: ToolCall) -> tuple[str, str]:
    """Return what makes two calls the same one."""
    return call.name, json.dumps(call.arguments, sort_keys=True)


def _written(call: ToolCall) -> str:
    return to_json(call.arguments).decode()
