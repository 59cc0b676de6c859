"""What comes of a run: turns of a model, and of the tools it calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from unillm.types.json import JsonRoundTrip
from unillm.types.messages import Message
from unillm.types.response import Attempt, ChatResponse
from unillm.types.usage import Cost, Usage

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RunResult(JsonRoundTrip, Generic[T]):
    """A run that is over, or as far as it has come.

    Attributes:
        text: What the model said last.
        output: What that was made into, with ``output=``; else None.
        messages: The whole conversation, results of tools included: a valid history, from which
            another run goes on.
        usage: Tokens of all turns together; None: no turn reported any.
        cost: What all turns cost together.
        attempts: Every HTTP exchange made, in order.
        turns: The answers of the model, in order.
    """

    text: str
    output: T
    messages: tuple[Message, ...]
    usage: Usage | None
    cost: Cost
    attempts: tuple[Attempt, ...]
    turns: tuple[ChatResponse, ...]
