"""What a stream yields."""

from __future__ import annotations

from typing import Any, Generic, Protocol, Self, TypeAlias, TypeVar

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall

T = TypeVar("T")


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
    """A JSON value while it comes."""

    def value(self) -> Any:
        """Return the value as far as it has come, or None before it began."""
        ...


class _Following:
    """Hold what follows a value, beside the fields: it is neither compared, shown nor written."""

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
        made = object.__new__(cls)
        _put_index(made, index)
        _put_fragment(made, fragment)
        _put_growing(made, growing)
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
        value: JsonObject | None = None if growing is None else growing.value()
        return value


_put_index = vars(ToolCallDelta)["index"].__set__
_put_fragment = vars(ToolCallDelta)["fragment"].__set__
_put_growing = vars(_Following)["_growing"].__set__
"""What sets a field that is frozen, of an event that is being made: one is made for each token."""


@dataclass(frozen=True, slots=True)
class ToolCallReady(JsonRoundTrip):
    """A call that is complete, with arguments that parse and fit the tool's schema."""

    index: int
    call: ToolCall


@dataclass(frozen=True, slots=True, match_args=False)
class OutputDelta(JsonRoundTrip, _Following, Generic[T]):
    """More of the output that was asked for, as JSON text; `partial` is its value so far."""

    fragment: str

    __match_args__ = ("partial",)

    @classmethod
    def of(cls, fragment: str, growing: Growing) -> Self:
        """Make an event that knows what has come of the output before it."""
        made = cls(fragment)
        object.__setattr__(made, "_growing", growing)
        return made

    @property
    def partial(self) -> T | None:
        """Return the output as far as it has come, to be shown: nothing in it was validated.

        It is one value for all events of an answer, of the type that was asked for, read on where
        it ended and changed in place when it is asked for: reading it at every event costs no
        more than reading the text once. Copy what you keep.

        What is there is of the type its field declares, but no validator, constraint or
        ``__post_init__`` has seen it. A text grows; a number, a date and the like come when they
        are whole, and so does what may be one of several types. A field that has not come has its
        default, or None; ``model_fields_set`` of a pydantic model says which have. None before
        the output began, and for an event that was made by hand or read back from JSON.
        """
        growing = getattr(self, "_growing", None)
        value: T | None = None if growing is None else growing.value()
        return value


@dataclass(frozen=True, slots=True)
class StreamRestarted(JsonRoundTrip):
    """The answer begins anew: what was shown of it before is void, calls included.

    It comes before the first event of the new answer, and only where the caller asked for it:
    with ``RepairPolicy(reask=…)``, after an answer whose calls were refused; with ``output=`` and
    ``retries=``, after one that does not fit; and of a route with ``on_midstream_error``
    ``restart`` or ``continue``, after one that broke off and could not be gone on with.

    Attributes:
        attempt: Number of the attempt the events after it belong to.
        reason: Why the answer before it could not stand.
    """

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class StreamContinued(JsonRoundTrip):
    """The answer goes on from another attempt, since the one before broke off: nothing is void.

    It comes before the first event of what follows, and only with a route that has
    ``on_midstream_error="continue"``.

    Attributes:
        attempt: Number of the attempt the events after it belong to.
        reason: Why the attempt before it broke off.
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
    | OutputDelta[Any]
    | StreamRestarted
    | StreamContinued
    | Finished
)
"""One item of a stream."""

ParsedEvent: TypeAlias = (
    TextDelta
    | ReasoningDelta
    | RefusalDelta
    | ToolCallStarted
    | ToolCallDelta
    | ToolCallReady
    | OutputDelta[T]
    | StreamRestarted
    | StreamContinued
    | Finished
)
"""One item of a stream with ``output=``."""
