"""Sorting fragments of tool calls into calls, however a host labels them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic_core import to_json

from unillm._wire.arguments import ArgumentText, Nesting
from unillm.errors import MalformedResponseError
from unillm.types.events import Event, ToolCallDelta, ToolCallReady, ToolCallStarted
from unillm.types.json import is_list, is_object
from unillm.types.tools import InvalidToolCall, ToolCall

_LONG = 10

FinishCall: TypeAlias = Callable[["WholeCall"], ToolCall | InvalidToolCall]
"""Decides at the end of a call whether it may be executed."""


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call as received, once nothing more of it can come.

    Attributes:
        id: Its id.
        name: The tool named, possibly empty.
        raw: Its arguments as text.
        cut: Whether the answer stopped for a reason that may have cut the call short.
    """

    id: str
    name: str
    raw: str
    cut: bool


@dataclass(frozen=True, slots=True)
class _Fragment:
    """One entry of ``tool_calls``, its types checked."""

    id: str
    index: int | None
    name: str
    arguments: str
    whole: bool


class _Slot:
    """One call being received."""

    __slots__ = (
        "_nesting",
        "_unread",
        "index",
        "name",
        "public_id",
        "started",
        "text",
        "wire_id",
        "wire_index",
    )

    def __init__(self, index: int, wire_id: str, wire_index: int | None) -> None:
        self.index = index
        self.wire_id = wire_id
        self.wire_index = wire_index
        self.public_id = ""
        self.name = ""
        self.text = ArgumentText()
        self.started = False
        self._nesting = Nesting()
        self._unread: list[str] = []

    @property
    def is_labelled(self) -> bool:
        """Tell whether a name or an id says that this is a call of its own."""
        return bool(self.name or self.wire_id)

    def add_arguments(self, fragment: _Fragment) -> str:
        """Take arguments and return the text that is certain now."""
        self._unread.append(fragment.arguments)
        take = self.text.replace if fragment.whole else self.text.add
        return take(fragment.arguments)

    def is_closed(self) -> bool:
        """Tell whether the arguments are a whole object; each fragment is looked at once."""
        for text in self._unread:
            self._nesting.feed(text)
        self._unread.clear()
        return self._nesting.closed

    def add_name(self, name: str) -> None:
        """Take a name, which may be repeated, cumulative or a piece of it, until it was told."""
        if not name or name == self.name or (self.name and (self.text or self.started)):
            return
        self.name = name if name.startswith(self.name) else self.name + name


class CallSlots:
    """The calls of one answer.

    A fragment belongs to the call with its id, else to the last call on its index, else to the
    active call. A new id on a used index begins a new call, and so does a name after arguments
    that are already whole.
    """

    def __init__(self, declared: frozenset[str], seed: Callable[[], str]) -> None:
        """Start without calls.

        Args:
            declared: Names of the tools the request offers; empty if they are not known.
            seed: Gives a text that tells this answer from others, for ids that hosts leave out.
        """
        self._declared = declared
        self._seed = seed
        self._slots: list[_Slot] = []
        self._by_id: dict[str, _Slot] = {}
        self._by_index: dict[int, _Slot] = {}
        self._public_ids: set[str] = set()
        self.echoes = 0
        """Entries left out by `finish`: no name, no id, nothing said that another call has not
        (sglang#23071)."""
        self.repeated = False
        """Whether the arguments of a call came more than once, and were read as one text."""

    def __len__(self) -> int:
        """Return how many calls have begun."""
        return len(self._slots)

    def add(self, entries: Any, events: list[Event]) -> None:
        """Take the ``tool_calls`` of one delta or message and append what became certain.

        Raises:
            MalformedResponseError: The entries are not what the protocol allows.
        """
        if not is_list(entries):
            raise MalformedResponseError(f"tool_calls is {type(entries).__name__}, not a list")
        for position, entry in enumerate(entries):
            fragment = _fragment(entry)
            slot = self._find(fragment, position if len(entries) > 1 else None)
            if slot is None:
                slot = self._new(fragment)
            self._extend(slot, fragment, events)

    def finish(
        self, finish_call: FinishCall, *, cut: bool, events: list[Event]
    ) -> list[ToolCall | InvalidToolCall]:
        """End every call and return them in order; events for the good ones are appended."""
        done: list[ToolCall | InvalidToolCall] = []
        strays = self._has_strays()
        said = {"", *(slot.text.so_far() for slot in self._slots if slot.is_labelled)}
        for slot in self._slots:
            if not slot.is_labelled and slot.text.so_far() in said:
                self.echoes += 1
                continue
            if slot.name and not slot.started:
                self._start(slot, events)
            raw, rest = slot.text.settle(cut=cut)
            self.repeated |= slot.text.is_folded()
            if rest and slot.started:
                events.append(ToolCallDelta(slot.index, rest))
            if strays and slot.name and not raw.strip():
                reason = "arguments without a name came beside it, which may be its own"
                done.append(
                    InvalidToolCall(self._public_id(slot), slot.name, raw=raw, reason=reason)
                )
                continue
            call = finish_call(WholeCall(self._public_id(slot), slot.name, raw, cut))
            if isinstance(call, ToolCall):
                events.append(ToolCallReady(slot.index, call))
            done.append(call)
        return done

    def unfinished(self, reason: str) -> list[InvalidToolCall]:
        """Return the calls as they stand, none of them usable."""
        return [
            InvalidToolCall(self._public_id(s), s.name, raw=s.text.so_far(), reason=reason)
            for s in self._slots
        ]

    def _find(self, fragment: _Fragment, position: int | None) -> _Slot | None:
        known = self._by_id.get(fragment.id) if fragment.id else None
        if fragment.id and not known:
            return self._idless_at(fragment, position)
        if known and fragment.index is not None and fragment.index != known.wire_index:
            there = self._by_index.get(fragment.index)
            known = there if there and there.wire_id == fragment.id else known
        slot = known or self._by_place(fragment.index, position) or self._adopted(fragment)
        if slot is None or self._is_another(slot, fragment):
            return None
        return slot

    def _idless_at(self, fragment: _Fragment, position: int | None) -> _Slot | None:
        """Return the call a new id completes: one in its place that has no id yet."""
        slot = self._by_place(fragment.index, position)
        if slot is None or slot.wire_id or self._is_another(slot, fragment):
            return None
        slot.wire_id = fragment.id
        self._by_id[fragment.id] = slot
        return slot

    def _has_strays(self) -> bool:
        """Tell whether there are arguments that belong to no named call and repeat none."""
        said = {slot.text.so_far() for slot in self._slots if slot.name}
        return any(s.text and s.text.so_far() not in said for s in self._slots if not s.name)

    def _adopted(self, fragment: _Fragment) -> _Slot | None:
        """Return the active call if a bare fragment is the first to say on which index it is."""
        active = self._slots[-1] if self._slots else None
        if active is None or active.wire_index is not None or fragment.id or fragment.name:
            return None
        active.wire_index = fragment.index
        if fragment.index is not None:
            self._by_index[fragment.index] = active
        return active

    def _by_place(self, index: int | None, position: int | None) -> _Slot | None:
        if index is not None:
            return self._by_index.get(index)
        if position is not None:
            return self._slots[position] if position < len(self._slots) else None
        return self._slots[-1] if self._slots else None

    def _is_another(self, slot: _Slot, fragment: _Fragment) -> bool:
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

    def _new(self, fragment: _Fragment) -> _Slot:
        slot = _Slot(len(self._slots), fragment.id, fragment.index)
        self._slots.append(slot)
        if fragment.id:
            self._by_id[fragment.id] = slot
        if fragment.index is not None:
            self._by_index[fragment.index] = slot
        return slot

    def _extend(self, slot: _Slot, fragment: _Fragment, events: list[Event]) -> None:
        slot.add_name(fragment.name)
        fresh = slot.add_arguments(fragment) if fragment.arguments else ""
        if slot.started:
            if fresh:
                events.append(ToolCallDelta(slot.index, fresh))
        elif slot.name and (slot.text or self._is_settled(slot.name)):
            self._start(slot, events)

    def _is_settled(self, name: str) -> bool:
        """Tell whether a name is whole: hosts may send pieces, and only tools offered are known."""
        longer = any(other != name and other.startswith(name) for other in self._declared)
        return not longer and name in self._declared

    def _start(self, slot: _Slot, events: list[Event]) -> None:
        slot.started = True
        events.append(ToolCallStarted(slot.index, self._public_id(slot), slot.name))
        shown = slot.text.shown()
        if shown:
            events.append(ToolCallDelta(slot.index, shown))

    def _public_id(self, slot: _Slot) -> str:
        if not slot.public_id:
            usable = slot.wire_id and slot.wire_id not in self._public_ids
            slot.public_id = slot.wire_id if usable else f"call_{self._seed()}_{slot.index}"
            self._public_ids.add(slot.public_id)
        return slot.public_id


def _fragment(entry: Any) -> _Fragment:
    if not is_object(entry):
        raise MalformedResponseError(f"a tool call is {type(entry).__name__}, not an object")
    function: Any = entry.get("function")
    if function is None:
        function = {}
    if not is_object(function):
        kind = type(function).__name__
        raise MalformedResponseError(f"the function of a tool call is {kind}, not an object")
    arguments: Any = function.get("arguments")
    whole = _dumped(arguments)
    if whole is None and not isinstance(arguments, str | None):
        kind = type(arguments).__name__
        raise MalformedResponseError(f"the arguments of a tool call are {kind}, not a string")
    return _Fragment(
        id=_text(entry.get("id")),
        index=_index(entry.get("index")),
        name=_text(function.get("name")),
        arguments=whole or _text(arguments),
        whole=whole is not None,
    )


def _dumped(arguments: Any) -> str | None:
    """Return arguments that came as an object as text (llama.cpp#20198), else None."""
    if not is_object(arguments):
        return None
    try:
        return to_json(arguments).decode()
    except ValueError as error:  # nested more deeply than can be written
        raise MalformedResponseError(
            f"the arguments of a tool call cannot be read: {error}"
        ) from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONG:
        value = int(value)
    return value if type(value) is int else None
