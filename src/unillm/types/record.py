"""What observers are told about each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from unillm.errors import UnillmError
from unillm.types.response import Attempt, ChatResponse, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One operation, told once, when it is over.

    Attributes:
        operation: A unique id.
        outcome: ``ok``, ``error``, or ``cancelled`` by the caller.
        provider: Who was asked last.
        model: What was asked last.
        streamed: Whether it was a stream.
        attempts: Every HTTP exchange made.
        response: The answer, if it completed; what had come of it, if not; else None.
        error: What was raised, if something was.
        started_at: Seconds since 1970 (UTC).
        duration: Seconds from the call to its end.
        tags: The caller's labels.
        session: The caller's id of the conversation.
    """

    operation: str
    outcome: Outcome
    provider: str
    model: str
    streamed: bool
    attempts: tuple[Attempt, ...]
    response: ChatResponse | None = field(repr=False)
    error: UnillmError | None
    started_at: float
    duration: float
    tags: Mapping[str, str]
    session: str | None


Observer: TypeAlias = Callable[[Record], None]
"""A synchronous, fast function; what it raises is logged and never reaches the caller."""
