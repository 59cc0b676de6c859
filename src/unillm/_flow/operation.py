"""The memory of one operation: what was tried, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from unillm._flow.billing import Billing
from unillm._flow.bounds import Beside, Bounds, bounds_of
from unillm._flow.budget import Spending
from unillm._flow.effects import Instant
from unillm._wire.decoder import Decoder
from unillm.errors import UnillmError
from unillm.types.constraints import Constraints
from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision
from unillm.types.events import Event, StreamContinued, StreamRestarted
from unillm.types.policy import Timeout
from unillm.types.rates import RateLimits
from unillm.types.record import Record, Scope
from unillm.types.request import ChatRequest
from unillm.types.response import Attempt, ChatResponse, Outcome, Role
from unillm.types.target import Target
from unillm.types.usage import UNSENT, Cost, Usage, nothing, total_cost, total_usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm._flow.joint import Joint
    from unillm._flow.traced import Traced


@dataclass(slots=True, kw_only=True)
class Trial:
    """An attempt while it runs; moments are monotonic.

    Attributes:
        number: 1 for the first of the operation.
        target: Who is asked.
        sent_at: When it began.
        sent_unix: The same, in seconds since 1970.
        waited: Seconds slept before it.
        role: Why it is made.
        sent: Whether it was handed to the transport: anything may have been sent from then on.
        sent_bytes: How many bytes of body were handed to it.
        status: The HTTP status; None: none came.
        request_id: The provider's id of the exchange.
        rate_limits: What the provider said is left.
        first_token_at: When the first token came.
        usage: Tokens that were reported.
        served_model: Who answers, as the provider named it.
        service_tier: The tier that serves it, as the provider said.
        reported_cost: What the provider says it charged.
        what: What is asked; None: it is no chat.
        beside: What is billed of what is no chat; None: nothing.
        billing: How it is billed; None: it is not.
        within: The most tokens it can have, where that was reckoned beforehand.
        answer: What decodes the answer; None: none has begun, or it is no chat.
        said: The answer, once it is whole.
        raced: Whether another may run beside it, and its flow is to tell when its answer begins.
    """

    number: int
    target: Target
    sent_at: float
    sent_unix: float
    waited: float
    role: Role = "first"
    sent: bool = False
    sent_bytes: int = 0
    status: int | None = None
    request_id: str | None = None
    rate_limits: RateLimits | None = None
    first_token_at: float | None = None
    usage: Usage | None = None
    served_model: str | None = None
    service_tier: str | None = None
    reported_cost: Decimal | None = None
    what: Exchanged | None = None
    beside: Beside | None = None
    billing: Billing | None = None
    within: Bounds | None = None
    answer: Decoder | None = None
    said: ChatResponse | None = None
    raced: bool = False
    heard_at: float | None = None
    gaps: list[float] | None = None
    """Seconds between the pieces of a stream; None: nobody wants to know."""

    def heard(self, at: float) -> None:
        """Take note of a piece of the answer."""
        if self.first_token_at is None:
            self.first_token_at = at
        elif self.gaps is not None and self.heard_at is not None:
            self.gaps.append(at - self.heard_at)
        self.heard_at = at

    @property
    def request(self) -> ChatRequest | None:
        """Return what is asked, as it is sent."""
        if self.what is not None:
            return self.what.plan.request
        return None if self.beside is None else self.beside.request

    @property
    def answered(self) -> ChatResponse | None:
        """Return the answer, as far as it came."""
        if self.said is not None or self.answer is None:
            return self.said
        return self.answer.partial

    @property
    def usage_stands(self) -> bool:
        """Tell whether the tokens reported are those of the whole exchange."""
        return self.answer is None or self.answer.usage_stands

    def hear(self) -> None:
        """Take from what decodes the answer whatever the provider said of it."""
        if self.answer is not None:
            self.usage, self.reported_cost = self.answer.usage, self.answer.reported_cost
            self.served_model = self.answer.served_model
            self.service_tier = self.answer.service_tier

    def is_whole(self, error: UnillmError | None) -> bool:
        """Tell whether all of the answer came, whatever was awaited after it.

        Args:
            error: Why the attempt failed; None: it did not, or was cancelled.
        """
        finished = error is None and self.answer is not None and self.answer.finished
        return finished or self.said is not None

    def bounds(self) -> Bounds:
        """Return the most tokens that it can have."""
        if self.within is not None:
            return self.within
        if self.what is not None:
            return bounds_of(self.what)
        return Bounds(None, None) if self.beside is None else self.beside.bounds

    def ended(self, at: float, outcome: Outcome, error: UnillmError | None = None) -> Attempt:
        """Return the attempt as it is remembered, and what it cost."""
        first, lasted, billing = self.first_token_at, at - self.sent_at, self.billing
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
            cost=_NOT_BILLED if billing is None else billing.cost(self, lasted, outcome, error),
            reported_cost=self.reported_cost,
            started_at=self.sent_unix,
            duration=lasted,
            first_token=None if first is None else first - self.sent_at,
            waited=self.waited,
            role=self.role,
            request_id=self.request_id,
            origin=self.target.origin,
            sent_bytes=self.sent_bytes,
            jurisdiction=self.target.place.jurisdiction,
        )


_NOT_BILLED = nothing("it asks no model")
_RUNNING = Cost(reason="it is not over")


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
        traced: What follows it; None: nobody does.
        spending: What it may spend; None: there is no budget.
        constraints: What holds of whoever is sent anything.
        remember: Remembers what the answer thought; None: nobody does.
        began: When it began; None before.
        attempts: The attempts that are over.
        trial: The attempt that runs, if one does.
        emitted: Whether the caller has been given any event of the answer that is being read.
        is_paced: Whether whoever makes the call waits out "too many requests" and "no capacity",
            and makes it again: the operation leaves those to him, so that attempts do not multiply.
        role: Why the next attempt is made.
        decision: How the route chose; None: a model was named directly, or it has not.
        reasked: How often the model was asked again because its answer could not stand.
        restart: Why what is being read takes the place of an answer the caller has events of, or
            goes on from it.
        joint: What came of the answer before, where this goes on from it; None: it is a new one.
        left: What the caller has of an answer that was left behind; None: nothing.
        held: What is told of an answer once it stands; None: all is told as it comes.
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
    traced: Traced | None = None
    spending: Spending | None = None
    constraints: tuple[Constraints, ...] = ()
    remember: Callable[[ChatResponse], None] | None = None
    began: Instant | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    trial: Trial | None = None
    emitted: bool = False
    is_paced: bool = False
    role: Role = "first"
    decision: Decision | None = None
    reasked: int = 0
    restart: str | None = None
    joint: Joint | None = None
    left: ChatResponse | None = None
    held: list[Event] | None = None
    answer: Decoder | None = None
    watch: Watching | None = None
    response: ChatResponse | None = None

    @property
    def total_at(self) -> float | None:
        """Return when the whole operation must be over (monotonic)."""
        if self.began is None or self.timeout.total is None:
            return None
        return self.began.monotonic + self.timeout.total

    def start_gaps(self) -> list[float] | None:
        """Return where an attempt keeps the times between pieces, if anybody wants them."""
        wanted = self.streamed and self.traced is not None and self.traced.times_chunks
        return [] if wanted else None

    @property
    def partial(self) -> ChatResponse | None:
        """Return what the caller may see of the answer so far, or None if none began."""
        voided = self.restart is not None and self.joint is None
        arrived = None if self.held is not None or voided else self._arrived
        return self._told_of(self.left if arrived is None else arrived)

    @property
    def _arrived(self) -> ChatResponse | None:
        """Return what has arrived of the answer, seen or not."""
        return None if self.answer is None else self.joined(self.answer.partial)

    def _told_of(self, so_far: ChatResponse | None) -> ChatResponse | None:
        """Return an answer that is not whole with what it cost, and how its route chose."""
        if so_far is None:
            return None
        return replace(so_far, cost=self.cost, decision=self.decision or so_far.decision)

    def joined(self, response: ChatResponse) -> ChatResponse:
        """Return an answer with what it goes on from."""
        return response if self.joint is None else self.joint.joined(response)

    def left_behind(self, error: UnillmError) -> ChatResponse | None:
        """Return what is left of an answer that an error ends: of it, else of those before."""
        partial = error.partial if isinstance(error.partial, ChatResponse) else None
        if self.restart is not None:  # nothing of it was told
            partial = None
        return self._told_of(partial or self.left)

    @property
    def cost(self) -> Cost:
        """Return what the attempts cost together; unknown, while one runs."""
        if self.trial is None and len(self.attempts) == 1:  # as most are
            return self.attempts[0].cost
        costs = [attempt.cost for attempt in self.attempts]
        if self.trial is not None:
            costs.append(_RUNNING)
        return total_cost(costs) if costs else UNSENT

    def take_restart(self) -> StreamRestarted | StreamContinued | None:
        """Return, once, the event that tells of a new answer, or of one that goes on."""
        reason, self.restart = self.restart, None
        if reason is None:
            return None
        event = StreamRestarted if self.joint is None else StreamContinued
        return event(self.trial.number if self.trial else len(self.attempts), reason)

    def end_trial(self, at: float, outcome: Outcome, error: UnillmError | None = None) -> None:
        """Remember the running attempt as over."""
        if self.trial is not None:
            self.attempts.append(self.trial.ended(at, outcome, error))
            self.trial = None

    def record(self, now: Instant, outcome: Outcome, error: UnillmError | None) -> Record:
        """Return what observers are told."""
        began = self.began or now
        self.end_trial(now.monotonic, outcome, error)
        attempts = tuple(self.attempts)
        return Record(
            operation=self.id,
            outcome=outcome,
            provider=self.target.provider,
            model=self.target.model,
            streamed=self.streamed,
            origin=self.target.origin,
            attempts=attempts,
            usage=total_usage([attempt.usage for attempt in attempts]),
            cost=self.cost,
            request=self.request,
            response=self.response or self._told_of(self._arrived or self.left),
            error=error,
            started_at=began.unix,
            duration=now.monotonic - began.monotonic,
            scope=self.scope,
            decision=self.decision,
            constraints=self.constraints,
        )
