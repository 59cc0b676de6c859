"""The memory of one operation: what was tried, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from unillm._flow.billing import Billing
from unillm._flow.budget import Spending
from unillm._flow.effects import Instant
from unillm._wire.decoder import Decoder
from unillm.errors import UnillmError
from unillm.types.events import Event, StreamRestarted
from unillm.types.policy import Timeout
from unillm.types.rates import RateLimits
from unillm.types.record import Record, Scope
from unillm.types.request import ChatRequest
from unillm.types.response import Attempt, ChatResponse, Outcome
from unillm.types.target import Target
from unillm.types.usage import Cost, Usage, total_cost, total_usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged


@dataclass(slots=True, kw_only=True)
class Trial:
    """An attempt while it runs; moments are monotonic."""

    number: int
    target: Target
    sent_at: float
    sent_unix: float
    waited: float
    status: int | None = None
    request_id: str | None = None
    rate_limits: RateLimits | None = None
    first_token_at: float | None = None
    usage: Usage | None = None
    served_model: str | None = None
    service_tier: str | None = None
    reported_cost: Decimal | None = None
    what: Exchanged | None = None
    billing: Billing | None = None

    def ended(self, at: float, outcome: Outcome, error: UnillmError | None = None) -> Attempt:
        """Return the attempt as it is remembered, and what it cost."""
        first = self.first_token_at
        return Attempt(
            number=self.number,
            provider=self.target.provider,
            model=self.target.model,
            outcome=outcome,
            status=self.status,
            error=f"{type(error).__name__}: {error.message}" if error else None,
            usage=self.usage,
            served_model=self.served_model,
            service_tier=self.service_tier,
            cost=Cost() if self.billing is None else self.billing.cost(self, at - self.sent_at),
            reported_cost=self.reported_cost,
            started_at=self.sent_unix,
            duration=at - self.sent_at,
            first_token=None if first is None else first - self.sent_at,
            waited=self.waited,
            request_id=self.request_id,
        )


class Watching(Protocol):
    """Tells of the output in an answer while it comes."""

    def over(self, events: list[Event]) -> list[Event]:
        """Return what is told instead of some events."""
        ...


@dataclass(slots=True, kw_only=True)
class Operation:
    """All attempts that serve one call of the user's.

    Attributes:
        id: A unique id.
        target: Whom it asks.
        streamed: Whether the user reads it as a stream.
        timeout: Its time limits.
        scope: What it is made for.
        request: What is asked; None: it is no chat.
        billing: How its attempts are billed; None: nobody reckons.
        spending: What it may spend; None: there is no budget.
        began: When it began; None before.
        attempts: The attempts that are over.
        trial: The attempt that runs, if one does.
        emitted: Whether the caller has been given any event of the answer that is being read.
        is_paced: Whether whoever makes the call waits out "too many requests" and "no capacity",
            and makes it again: the operation leaves those to him, so that attempts do not multiply.
        reasked: How often the model was asked again because its answer could not stand.
        restart: Why the answer that is being read takes the place of one the caller has events of.
        answer: What decodes the running answer; it knows what has arrived.
        watch: What tells of the output in it, if one is wanted.
        response: The complete answer, once there is one.
    """

    id: str
    target: Target
    streamed: bool
    timeout: Timeout
    scope: Scope = field(default_factory=Scope)
    request: ChatRequest | None = None
    billing: Billing | None = None
    spending: Spending | None = None
    began: Instant | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    trial: Trial | None = None
    emitted: bool = False
    is_paced: bool = False
    reasked: int = 0
    restart: str | None = None
    answer: Decoder | None = None
    watch: Watching | None = None
    response: ChatResponse | None = None

    @property
    def total_at(self) -> float | None:
        """Return when the whole operation must be over (monotonic)."""
        if self.began is None or self.timeout.total is None:
            return None
        return self.began.monotonic + self.timeout.total

    @property
    def partial(self) -> ChatResponse | None:
        """Return what has arrived of the answer, or None if none began."""
        return None if self.answer is None else self.answer.partial

    def take_restart(self) -> StreamRestarted | None:
        """Return, once, the event that tells of a new answer, if there is one to tell of."""
        reason, self.restart = self.restart, None
        if reason is None:
            return None
        return StreamRestarted(self.trial.number if self.trial else len(self.attempts), reason)

    def end_trial(self, at: float, outcome: Outcome, error: UnillmError | None = None) -> None:
        """Remember the running attempt as over."""
        if self.trial is not None:
            self.attempts.append(self.trial.ended(at, outcome, error))
            self.trial = None

    def record(self, now: Instant, outcome: Outcome, error: UnillmError | None) -> Record:
        """Return what observers are told."""
        began = self.began or now
        self.end_trial(now.monotonic, outcome, error)
        return Record(
            operation=self.id,
            outcome=outcome,
            provider=self.target.provider,
            model=self.target.model,
            streamed=self.streamed,
            origin=self.target.origin,
            attempts=tuple(self.attempts),
            usage=total_usage(attempt.usage for attempt in self.attempts),
            cost=total_cost(attempt.cost for attempt in self.attempts),
            request=self.request,
            response=self.response or self.partial,
            error=error,
            started_at=began.unix,
            duration=now.monotonic - began.monotonic,
            scope=self.scope,
        )
