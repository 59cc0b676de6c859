"""The events of an answer, with those of the output it holds among them."""

from __future__ import annotations

from collections.abc import Iterator

from unillm._flow.modes import Expected
from unillm._outputs import Output
from unillm._wire.growing import GrowingValue
from unillm.types.events import (
    Event,
    OutputDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
)


class _Shown:
    """The output while it comes, as its type."""

    __slots__ = ("_growing", "_output")

    def __init__(self, output: Output) -> None:
        self._output = output
        self._growing = GrowingValue(output.shape, openers=output.openers)

    def add(self, fragment: str) -> None:
        self._growing.add(fragment)

    def value(self) -> object:
        return self._output.shown(self._growing.value())


_delta_of = OutputDelta[object].of


class Watch:
    """Follows one answer: after each piece of its text comes an `OutputDelta`.

    The call of the tool that takes the output is told as the text it stands for.
    """

    __slots__ = ("_hidden", "_shown", "_tool")

    def __init__(self, expected: Expected) -> None:
        """Start before the first event."""
        self._tool = expected.tool
        self._shown = _Shown(expected.output)
        self._hidden: int | None = None

    def over(self, events: list[Event]) -> list[Event]:
        """Return what is told instead of some events."""
        return [told for event in events for told in self._told(event)]

    def _told(self, event: Event) -> Iterator[Event]:
        match event:
            case TextDelta(text):
                yield event
                yield self._delta(text)
            case ToolCallStarted(index, _, name) if name == self._tool and self._hidden is None:
                self._hidden = index
            case ToolCallDelta(index, fragment) if index == self._hidden:
                yield TextDelta(fragment)
                yield self._delta(fragment)
            case ToolCallReady(index, _) if index == self._hidden:
                pass
            case _:
                yield event

    def _delta(self, fragment: str) -> OutputDelta[object]:
        self._shown.add(fragment)
        return _delta_of(fragment, self._shown)
