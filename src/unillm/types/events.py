"""What a stream yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from unillm.types.json import JsonRoundTrip
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


@dataclass(frozen=True, slots=True)
class ToolCallStarted(JsonRoundTrip):
    """A tool call has begun. It is not complete: wait for `ToolCallReady` to execute it.

    Attributes:
        index: Position among the calls of this answer, from 0.
        id: The call's id.
        name: The tool named.
    """

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta(JsonRoundTrip):
    """More of a call's arguments, as text; joined, the fragments are `ToolCall.raw`."""

    index: int
    fragment: str


@dataclass(frozen=True, slots=True)
class ToolCallReady(JsonRoundTrip):
    """A call that is complete, with arguments that parse and fit the tool's schema."""

    index: int
    call: ToolCall


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
    | Finished
)
"""One item of a stream."""
