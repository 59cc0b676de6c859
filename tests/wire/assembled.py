"""Putting fragments of tool calls together, and what must hold of the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unillm import (
    Event,
    InvalidToolCall,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
)
from unillm._flow.calls import finisher_for
from unillm._wire.calls import CallSlots


@dataclass
class Assembled:
    """What came of some deltas."""

    events: list[Event]
    done: list[ToolCall | InvalidToolCall]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Return name and raw arguments of the good calls, and check what events say of them."""
        good = [call for call in self.done if isinstance(call, ToolCall)]
        ready = [event for event in self.events if isinstance(event, ToolCallReady)]
        assert [event.call for event in ready] == good
        assert len({call.id for call in self.done}) == len(self.done)
        for event in ready:
            self._check(event)
        return [(call.name, call.raw) for call in good]

    def _check(self, ready: ToolCallReady) -> None:
        own = [event for event in self.events if getattr(event, "index", None) == ready.index]
        assert own[0] == ToolCallStarted(ready.index, ready.call.id, ready.call.name)
        assert own[-1] is ready
        fragments = [event.fragment for event in own if isinstance(event, ToolCallDelta)]
        assert len(own) == len(fragments) + 2
        assert all(fragments)
        assert "".join(fragments) == ready.call.raw

    @property
    def refused(self) -> list[tuple[str, str]]:
        """Return name and raw arguments of the calls that are not offered."""
        return [(call.name, call.raw) for call in self.done if isinstance(call, InvalidToolCall)]


def assemble(deltas: list[Any], tools: tuple[str, ...] = ("go", "get_weather")) -> Assembled:
    """Put deltas together; each is one entry, or a list of entries of one chunk."""
    declared = frozenset(tools)
    slots = CallSlots(declared, lambda: "seed")
    events: list[Event] = []
    for delta in deltas:
        slots.add(delta if isinstance(delta, list) else [delta], events)
    finish = finisher_for([Tool(name, parameters={"type": "object"}) for name in tools])
    return Assembled(events, slots.finish(finish, cut=False, events=events))
