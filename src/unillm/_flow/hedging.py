"""Hedging: a second attempt, at the next target of the route, where the first token is late."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from unillm._flow.attempt import attempt
from unillm._flow.budget import hold_of, settled
from unillm._flow.effects import Admit, Flow, Now, Quantile, Tally
from unillm._flow.race import Await, Drop, Race, Racer, Start
from unillm._flow.seat import entrant_of, reported
from unillm._flow.trying import secured, trial_of
from unillm.errors import UnillmError, UnsupportedFeatureError
from unillm.routing.failures import handling_of
from unillm.types.dataclass import dataclass
from unillm.types.health import Report

if TYPE_CHECKING:
    from unillm._flow.course import Course, Leg
    from unillm._flow.operation import Operation, Trial
    from unillm.types.policy import RetryPolicy
    from unillm.types.response import ChatResponse, Outcome
    from unillm.types.route import Hedge

_HEDGED = frozenset({"first", "fallback", "retry"})
"""What attempts are made for that may be hedged. Whoever is asked again, or goes on with what
another began, is the only one who can."""


class Allowance(Protocol):
    """How many calls of a route may be hedged."""

    def called(self) -> None:
        """Count a call."""
        ...

    def take(self) -> bool:
        """Tell whether one more may be hedged, and count it if it may."""
        ...

    def give_back(self) -> None:
        """Count one hedge less: nothing was sent."""
        ...


def hedge_for(course: Course, operation: Operation, policy: RetryPolicy) -> Hedge | None:
    """Return when the attempt that is about to begin is hedged; None: it is not.

    It is not where the route does not say so, where there is no other target that may be asked and
    was not, where answers are looked at before they count, or where there may be no more attempts.
    """
    hedge = None if course.route is None else course.route.hedge
    if hedge is None or course.hedges is None:
        return None
    if not operation.attempts:
        course.hedges.called()
    made = len(operation.attempts) - operation.reasked
    if operation.role not in _HEDGED or made + 2 > course.most_attempts(policy):
        return None
    if not course.others() or any(leg.verify is not None for leg in course.legs):
        return None
    return hedge


def hedged(hedge: Hedge, leg: Leg, course: Course, operation: Operation) -> Flow[ChatResponse]:
    """Return the answer of the attempt that runs, or of a second one that began before it.

    Afterwards the operation's attempt is the one that answered, or the last that failed; the other
    is among those that are over.

    Raises:
        UnillmError: Both failed, or the one that won did later.
    """
    trial = operation.trial
    if trial is None:
        raise AssertionError  # whoever calls this has begun an attempt
    after = yield from _after(hedge, leg, course, streamed=operation.streamed)
    if after is None:
        return (yield from attempt(leg.asked, operation, trial))
    heat = _Heat(course=course, operation=operation, first=_racer(leg, operation, trial))
    racer = yield from Race(heat.run(trial.sent_at + after), heat.called_off)
    heat.hand_over(racer)
    return (yield from racer.finished())


def _after(hedge: Hedge, leg: Leg, course: Course, *, streamed: bool) -> Flow[float | None]:
    """Return after how many seconds an answer is late; None: nobody can tell."""
    if not isinstance(hedge.after, str):
        return float(hedge.after)
    if course.health is None:
        return None
    share = int(hedge.after[1:]) / 100
    return (yield from Quantile(course.health, leg.target.key, share, whole=not streamed))


def _racer(leg: Leg, operation: Operation, trial: Trial) -> Racer:
    trial.raced = True
    asked = 0 if operation.spending is None else operation.spending.asked
    return Racer(leg=leg, trial=trial, flow=attempt(leg.asked, operation, trial), asked=asked)


@dataclass(slots=True, kw_only=True)
class _Heat:
    """One attempt, a second one beside it, if it comes to that, and what became of both."""

    course: Course
    operation: Operation
    first: Racer
    second: Racer | None = None
    running: list[Racer] = field(default_factory=list[Racer])

    def run(self, late: float) -> Flow[Racer]:
        """Return whose answer is to be had: whose begins first, or who fails last.

        Args:
            late: The moment at which the second begins, if the first has not (monotonic).
        """
        yield from self._start(self.first)
        racer = yield from Await(late)
        if racer is None:
            self.second = yield from self._prepared()
            if self.second is not None:
                yield from self._start(self.second)
            racer = yield from Await(None)
        while racer is None or self._goes_on(racer):
            if racer is not None:
                yield from self._over(racer)
            racer = yield from Await(None)
        for other in [other for other in self.running if other is not racer]:
            yield from Drop(other)
            yield from self._over(other)
        return racer

    def called_off(self, at: float) -> None:
        """Remember those that run as over."""
        for racer in list(self.running):
            self._end(racer, at)

    def hand_over(self, racer: Racer) -> None:
        """Make the one that is left the operation's attempt."""
        operation, leg = self.operation, racer.leg
        self.running.clear()
        self.course.at = leg
        operation.trial = racer.trial
        operation.target, operation.request = leg.target, leg.asked.plan.request
        operation.answer = racer.trial.answer
        if operation.spending is not None:
            operation.spending.asked = racer.asked
        watch = leg.asked.watch
        operation.watch = watch() if watch is not None and operation.streamed else None

    def _start(self, racer: Racer) -> Flow[None]:
        self.running.append(racer)
        yield from Start(racer)

    def _goes_on(self, racer: Racer) -> bool:
        """Tell whether the other may still answer, one having failed.

        What the first failed with may be such that nobody else is to be asked.
        """
        if racer.error is None or len(self.running) < 2:
            return False
        return racer is self.second or self.course.travels(handling_of(racer.error))

    def _over(self, racer: Racer) -> Flow[None]:
        """Remember one that is over as the other is not, and tell whom it concerns."""
        course, operation, error = self.course, self.operation, racer.error
        now = (yield from Now()).monotonic
        self._end(racer, now)
        if error is None:
            racer.leg.tries -= 1  # it did not fail, and may be asked yet
        else:
            error.provider = error.provider or racer.leg.target.provider
            error.model = error.model or racer.leg.target.model
            error.attempts = tuple(operation.attempts)
            course.at = racer.leg
            course.failed(handling_of(error), error, now)
        if operation.spending is not None:
            operation.spending.asked = racer.asked
        yield from reported(course, operation, racer.trial, error)
        yield from settled(operation)

    def _end(self, racer: Racer, at: float) -> None:
        self.running.remove(racer)
        operation = self.operation
        operation.trial = racer.trial
        outcome: Outcome = "cancelled" if racer.error is None else "error"
        operation.end_trial(at if racer.at is None else racer.at, outcome, racer.error)
        operation.trial = self.running[0].trial if self.running else None

    def _prepared(self) -> Flow[Racer | None]:
        """Return the second attempt, with all that it needs; None: there is to be none."""
        hedges = self.course.hedges
        if hedges is None or not hedges.take():
            return None
        for leg in self.course.others():
            if (yield from self._is_made(leg)) and (yield from self._is_admitted(leg)):
                racer = yield from self._secured(leg)
                if racer is not None:
                    self.course.ask(leg)
                    return racer
        hedges.give_back()
        return None

    def _is_made(self, leg: Leg) -> Flow[bool]:
        """Make what is sent to a target, and tell whether it takes it."""
        if leg.what is None:
            try:
                leg.what = self.course.make(leg.target)
            except UnsupportedFeatureError as error:
                self.course.exclude(leg, "capability", error.message)
                return False
        if self.operation.billing is not None:
            yield from self.operation.billing.prepared(leg.target)
        return True

    def _is_admitted(self, leg: Leg) -> Flow[bool]:
        """Tell whether a target has room; one is not waited for."""
        if self.course.health is None:
            return True
        entrant = entrant_of(leg.target, alone=False, tokens=self.course.tokens)
        return (yield from Admit(self.course.health, self._lease, entrant)).admitted

    def _secured(self, leg: Leg) -> Flow[Racer | None]:
        """Return an attempt at a target that has room, if there is money and time for it."""
        operation, now = self.operation, (yield from Now())
        number = self.first.trial.number + 1
        trial = trial_of(leg, operation, now, number=number, role="hedge")
        try:
            yield from secured(trial, operation)
        except UnillmError:
            if self.course.health is not None:
                yield from Tally(self._lease, Report(outcome="cancelled"))
            return None
        return _racer(leg, operation, trial)

    @property
    def _lease(self) -> str:
        """Return the name of what the second has: the first is not over, and counts."""
        return hold_of(self.operation, self.first.trial.number + 1)
