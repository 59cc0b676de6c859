"""What a stream yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall


@dataclass(frozen=True, slots=True)
class TextDelta(JsonRoundTrip):
    """More of the visible answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta(JsonRoundTrip):
    """More of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta(JsonRoundTrip):
    """More of the model's refusal."""

    text: str


class Growing(Protocol):
    """The arguments of a call while they come."""

    def value(self) -> JsonObject | None:
        """Return the object as far as it has come, or None before it began."""
        ...


class _Following:
    """Hold what follows a call, beside the fields: it is neither compared, shown nor written."""

    __slots__ = ("_growing",)
    _growing: Growing


@dataclass(frozen=True, slots=True)
class ToolCallStarted(JsonRoundTrip):
    """A tool call has begun. It is not complete: wait for `ToolCallReady` to execute it.

    Attributes:
        index: Which call of this answer it is; they are numbered from 0 as they begin.
        id: The call's id.
        name: The tool named.
    """

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta(JsonRoundTrip, _Following):
    """More of a call's arguments, as text; joined, the fragments are `ToolCall.raw`."""

    index: int
    fragment: str

    @classmethod
    def of(cls, index: int, fragment: str, growing: Growing) -> Self:
        """Make an event that knows what has come of the call before it."""
        made = cls(index, fragment)
        object.__setattr__(made, "_growing", growing)
        return made

    @property
    def partial(self) -> JsonObject | None:
        """Return the arguments as far as they have come, to be shown, never to be executed.

        It is one dict for all events of a call, read on where it ended and changed in place when
        it is asked for: reading it at every event costs no more than reading the arguments once.
        Copy what you keep. None before the arguments began, and for an event that was made by
        hand or read back from JSON.
        """
        growing = getattr(self, "_growing", None)
        return None if growing is None else growing.value()


@dataclass(frozen=True, slots=True)
class ToolCallReady(JsonRoundTrip):
    """A call that is complete, with arguments that parse and fit the tool's schema."""

    index: int
    call: ToolCall


@dataclass(frozen=True, slots=True)
class StreamRestarted(JsonRoundTrip):
    """The answer begins anew: what was shown of it before is void, calls included.

    It comes before the first event of the new answer, and only where the caller asked for it:
    with ``RepairPolicy(reask=…)``, after an answer whose calls were refused.

    Attributes:
        attempt: Number of the attempt the events after it belong to.
        reason: Why the answer before it could not stand.
    """

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class Finished(JsonRoundTrip):
    """The answer is complete: always the last event of a stream that did not fail."""

    response: ChatResponse


Event: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | RefusalDelta
    | ToolCallStarted
    | ToolCallDelta
    | ToolCallReady
    | StreamRestarted
    | Finished
)
"""One item of a stream."""
