"""What observers are told about each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeAlias

from unillm.errors import UnillmError
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision
from unillm.types.json import JsonRoundTrip
from unillm.types.pickled import LATER, restored
from unillm.types.request import ChatRequest
from unillm.types.response import Attempt, ChatResponse, Outcome
from unillm.types.usage import Cost, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a call is made for: by this it is found again, and its cost is added up.

    Attributes:
        tags: The caller's labels: those of the call over those of the tasks around it, the
            innermost first, over the client's.
        session: The caller's id of the conversation: the call's own, else that of the innermost
            task that names one, else the client's.
        user: For whom it is made: as the innermost task says that names one, else the setting
            ``user``, which providers are sent.
        tasks: The names of the tasks around it, the outermost first.
        run: The id of the run it belongs to, as a turn of it or as a call of one of its tools;
            None: to none.
        turn: Which turn of the run it is, from 1; None: it is none.
    """

    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    session: str | None = None
    user: str | None = None
    tasks: tuple[str, ...] = ()
    run: str | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(JsonRoundTrip):
    """One time that something of a call was sent somewhere, without what that was.

    Attributes:
        operation: The id of the operation.
        number: Which of its attempts it was.
        at: When, in seconds since 1970 (UTC).
        origin: Where to: the host, with scheme and port; None: not known.
        provider: Who that is, as the client names it.
        model: The model asked.
        jurisdiction: The country whose law the host is under, as far as was known then.
        sent_bytes: How many bytes of body may have left, at most; None: not known.
        status: The HTTP status; None: no answer came.
        outcome: How the attempt ended.
        constraints: What held of whoever was sent anything: all of it.
    """

    operation: str
    number: int
    at: float
    origin: str | None
    provider: str
    model: str
    jurisdiction: str | None
    sent_bytes: int | None
    status: int | None
    outcome: Outcome
    constraints: tuple[Constraints, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One operation, told once, when it is over.

    Attributes:
        operation: A unique id.
        outcome: ``ok``, ``error``, or ``cancelled`` by the caller.
        provider: Who was asked last.
        model: What was asked last.
        streamed: Whether it was a stream.
        origin: The host that was asked last, with scheme and port.
        attempts: Every HTTP exchange made.
        usage: Tokens of all attempts together; None: none was reported.
        cost: What all attempts cost together.
        request: What was asked, the prompt included; None: it was no chat.
        response: The answer, if it completed; what had come of it, if not; else None.
        error: What was raised, if something was.
        started_at: Seconds since 1970 (UTC).
        duration: Seconds from the call to its end.
        scope: What the call was made for: tags, session, user, tasks and run.
        decision: How the route chose; None: nobody chose.
        constraints: What held of whoever was sent anything: all that client, call and route
            demand. What a route within the route demands of its own targets is not here.
    """

    operation: str
    outcome: Outcome
    provider: str
    model: str
    streamed: bool
    origin: str
    attempts: tuple[Attempt, ...]
    usage: Usage | None
    cost: Cost
    request: ChatRequest | None = field(repr=False)
    response: ChatResponse | None = field(repr=False)
    error: UnillmError | None
    started_at: float
    duration: float
    scope: Scope
    decision: Decision | None = field(default=None, repr=False, metadata=LATER)
    constraints: tuple[Constraints, ...] = field(default=(), metadata=LATER)

    __setstate__ = restored

    def audit(self) -> tuple[Sent, ...]:
        """Return where something of the call was sent, in order, under which constraints.

        What was refused before it was sent is not here; what may have been sent is.
        """
        return tuple(
            Sent(
                operation=self.operation,
                number=attempt.number,
                at=attempt.started_at,
                origin=attempt.origin,
                provider=attempt.provider,
                model=attempt.model,
                jurisdiction=attempt.jurisdiction,
                sent_bytes=attempt.sent_bytes,
                status=attempt.status,
                outcome=attempt.outcome,
                constraints=self.constraints,
            )
            for attempt in self.attempts
            if attempt.sent_bytes != 0
        )

    @property
    def tags(self) -> Mapping[str, str]:
        """Return the caller's labels."""
        return self.scope.tags

    @property
    def session(self) -> str | None:
        """Return the caller's id of the conversation."""
        return self.scope.session


Observer: TypeAlias = Callable[[Record], None]
"""A synchronous, fast function; what it raises is logged and never reaches the caller."""
