"""Who is asked for one operation: those that may be, in their order, and how each has fared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from unillm._flow.attempt import Exchanged
from unillm.errors import (
    InvalidRequestError,
    NoTargetError,
    ProviderError,
    RouteExhaustedError,
    UnillmError,
)
from unillm.routing.failures import Handling, handling_of
from unillm.types.dataclass import dataclass
from unillm.types.empty import empty_list
from unillm.types.health import FRESH, HealthStore, Stats
from unillm.types.parsed import OutputTry
from unillm.types.policy import RetryPolicy
from unillm.types.route import OnMidstreamError, Route
from unillm.types.routing import Decision, Excluded, Verify
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm._flow.choosing import Choosing
    from unillm._flow.hedging import Allowance


@dataclass(slots=True)
class Leg:
    """One target that may be asked.

    Attributes:
        name: What the route calls it.
        target: Whom it means.
        what: What is sent to it; None: that was not made yet.
        tries: How many attempts were made at it.
        asked_back: When its server wanted not to be asked, and for how many seconds; None:
            it did not say.
        out: Why it is asked no more; None: it may be.
        verify: Looks at its answers, if they are to be looked at.
        going_on: What is sent to it instead, to go on from an answer that broke off.
        stats: How its target stood when the order was made.
    """

    name: str
    target: Target
    what: Exchanged | None = None
    tries: int = 0
    asked_back: tuple[float, float] | None = None
    out: Excluded | None = None
    verify: Verify | None = None
    stats: Stats = FRESH
    going_on: Exchanged | None = None

    def pause(self, now: float) -> float | None:
        """Return the seconds that are left of what its server asked for; None: it asked for none.

        At the moment when it asked these are its own, to the digit.
        """
        if self.asked_back is None:
            return None
        at, seconds = self.asked_back
        return max(0.0, seconds - (now - at))

    @property
    def asked(self) -> Exchanged:
        """Return what is sent to it, which has been made."""
        if self.going_on is not None:
            return self.going_on
        if self.what is None:
            message = f"what is sent to {self.name} was not made"
            raise InvalidRequestError(message)
        return self.what


@dataclass(slots=True, kw_only=True)
class Course:
    """The way of one operation from target to target.

    Attributes:
        make: Makes what is sent to a target.
        name: The name of the route; None: a model was named directly.
        route: The route.
        choosing: How the order is made; None: there is nothing to choose.
        health: Who keeps how targets fare; None: nobody.
        retry_given: Whether the caller has said how often to try.
        hedges: How many calls of the route may be hedged; None: none.
        legs: Those that may be asked, in order.
        excluded: Those that may not.
        decision: How the order came about; None: it is not made, or there was nothing to choose.
        at: The one that is asked now, or was last; None: none yet.
        again: The one that is to be asked next, whoever's turn it is; None: nobody.
        rested: Whether the pause was made that lies before a target is asked once more.
        tokens: How many tokens the prompt has, if anybody has counted them.
        errors: What came of the attempts that failed.
        tries: The answers that were not the output that was wanted.
        mirrors: Who gets a copy of the call.
        mirror: Begins one; None: nobody gets any.
        on_midstream_error: What the caller has said of streams that break off; None: nothing, so
            that it is as the route says.
    """

    make: Callable[[Target], Exchanged]
    name: str | None = None
    route: Route | None = None
    choosing: Choosing | None = None
    health: HealthStore | None = None
    retry_given: bool = False
    hedges: Allowance | None = None
    legs: list[Leg] = field(default_factory=empty_list)
    excluded: list[Excluded] = field(default_factory=empty_list)
    decision: Decision | None = None
    at: Leg | None = None
    again: Leg | None = None
    rested: bool = False
    tokens: int = 0
    errors: list[UnillmError] = field(default_factory=empty_list)
    tries: list[OutputTry] = field(default_factory=empty_list)
    mirrors: list[Leg] = field(default_factory=empty_list)
    mirror: Callable[[Leg], None] | None = None
    on_midstream_error: OnMidstreamError | None = None

    @classmethod
    def direct(cls, what: Exchanged, health: HealthStore | None = None) -> Course:
        """Return the course of a call that names its model."""
        course = cls.alone(what.plan.target, health)
        course.legs[0].what = what
        return course

    @classmethod
    def alone(cls, target: Target, health: HealthStore | None = None) -> Course:
        """Return the course of what is asked of one target, whatever happens."""
        return cls(make=never, legs=[Leg(name=str(target), target=target)], health=health)

    def ask(self, leg: Leg) -> None:
        """Take note of who is asked next."""
        self.at, self.again, self.rested = leg, None, False
        leg.tries += 1

    def unasked(self, leg: Leg, reason: str) -> None:
        """Take note that one was not asked after all: it may cost more there than is left."""
        leg.tries -= 1
        self.pass_by(leg, "budget", reason.removesuffix("."))

    def open(self) -> list[Leg]:
        """Return those that may still be asked, in the order in which they are to be.

        Whoever was asked the least comes first: all have their turn before one is asked again.
        """
        if self.again is not None and self.again.out is None:
            return [self.again]
        legs = [leg for leg in self.legs if leg.out is None]
        if len(legs) > 1:
            legs.sort(key=lambda leg: leg.tries)  # stable: within a turn, the order of the decision
        return legs

    def turn(self) -> list[Leg]:
        """Return those whose turn it is: of those asked the least, whoever says to come soonest."""
        legs = self.open()
        if len(legs) < 2:
            return legs
        least = [leg for leg in legs if leg.tries == legs[0].tries]
        least.sort(key=lambda leg: sum(leg.asked_back or (0.0,)))
        return least

    def others(self) -> list[Leg]:
        """Return those that may be asked instead of the one that was, and have not been yet."""
        return [leg for leg in self.legs if leg.out is None and not leg.tries]

    def exclude(self, leg: Leg, by: str, reason: str) -> None:
        """Ask one no more, for this operation."""
        leg.out = Excluded(leg.name, by, reason)

    def pass_by(self, leg: Leg, by: str, reason: str) -> None:
        """Ask one no more to whom nothing was sent; if it was to be the first time, tell so."""
        self.exclude(leg, by, reason)
        decision = self.decision
        if decision is None or leg.out is None or leg.tries:
            return
        order = tuple(name for name in decision.order if name != leg.name)
        self.decision = replace(decision, order=order, excluded=(*decision.excluded, leg.out))

    @property
    def goes_on(self) -> bool:
        """Tell whether an answer may begin anew of which the caller has seen a part."""
        return self._midstream != "raise"

    @property
    def continues(self) -> bool:
        """Tell whether it is to be gone on with, where that can be done."""
        return self._midstream == "continue"

    @property
    def _midstream(self) -> OnMidstreamError:
        if self.on_midstream_error is not None:
            return self.on_midstream_error
        return "raise" if self.route is None else self.route.on_midstream_error

    def must_stand(self, leg: Leg) -> bool:
        """Tell whether an answer of one is looked at before it counts: another could give one."""
        return leg.verify is not None and bool(self.others())

    def failed(self, handling: Handling, error: UnillmError, now: float) -> None:
        """Learn from an attempt that failed."""
        self.errors.append(error)
        leg = self.at
        if leg is None:
            return
        if not error.retryable:
            self.exclude(leg, "failure", f"{type(error).__name__}: {error.message}")
        if handling.travels == "larger":
            self._require_larger(leg)
        asked = error.retry_after if isinstance(error, ProviderError) else None
        leg.asked_back = None if asked is None else (now, asked)

    def _require_larger(self, failed: Leg) -> None:
        """Leave those out that are known to have no larger window than one that was too small."""
        window = failed.target.window
        for leg in self.legs:
            has = leg.target.window
            if leg.out is None and window is not None and has is not None and has <= window:
                self.exclude(leg, "context", f"its window of {has:,} tokens is no larger")

    def travels(self, handling: Handling) -> bool:
        """Tell whether a call that failed so may go to another target."""
        if handling.travels == "allowed":
            return self.route is not None and self.route.on_content_policy == "next"
        return handling.travels != "no"

    def moves_on(self, *, emitted: bool) -> bool:
        """Tell whether another target may answer instead of the one whose answer was refused.

        Args:
            emitted: Whether the caller has been given events of that answer.
        """
        if self.route is None or not self.others():
            return False
        return not emitted or self.goes_on

    def answered(self) -> None:
        """Take note that the one that was asked last has answered."""
        if self.choosing is not None and self.at is not None:
            self.choosing.answered(self.at)

    def most_attempts(self, policy: RetryPolicy) -> int:
        """Return how many attempts there may be in all; a policy that nobody gave is no limit."""
        if self.route is None:
            return policy.max_attempts
        if self.route.max_attempts is not None:
            return self.route.max_attempts
        allowed = policy.max_attempts
        return allowed if self.retry_given else max(allowed, len(self.legs))

    @property
    def tried(self) -> list[Leg]:
        """Return those that were asked."""
        return [leg for leg in self.legs if leg.tries]

    def exhausted(self, last: UnillmError) -> UnillmError:
        """Return what is raised in the end: all errors, if several targets failed.

        What ends a call whoever is asked, such as the caller's own mistake, is raised as it is.
        """
        tried = self.tried
        if len(tried) < 2 or self.route is None or not self.travels(handling_of(last)):
            return last
        told = "; ".join(
            f"{error.provider or ''}:{error.model or ''}: {type(error).__name__}: "
            f"{error.message.removesuffix('.')}"
            for error in self.errors
        )
        others = ", ".join(leg.name for leg in self.others())
        left = f"; there was no time or attempt left to ask {others}" if others else ""
        made = RouteExhaustedError(
            f"no target of the route {self.name!r} has answered: {told}{left}",
            errors=self.errors,
            retryable=any(error.retryable for error in self.errors),
        )
        made.attempts = last.attempts
        return made

    def nobody(self) -> NoTargetError:
        """Return what is raised when nobody may be asked in the first place."""
        out = [*self.excluded, *(leg.out for leg in self.legs if leg.out is not None)]
        return nobody_left(self.name, out)


def nobody_left(route: str | None, out: Sequence[Excluded]) -> NoTargetError:
    """Return what is raised where nobody of a route may be asked."""
    lines = "".join(f"\n- {one.name}: {one.reason}" for one in out)
    return NoTargetError(f"the route {route!r} has no target that may be asked:{lines}")


def never(target: Target) -> Exchanged:
    """Refuse to make what would be sent.

    Raises:
        InvalidRequestError: Always.
    """
    message = f"what is sent to {target} was not made"
    raise InvalidRequestError(message)
