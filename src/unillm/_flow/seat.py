"""A place for the next attempt: whom it asks, once there is room, and how it fared afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._flow.budget import hold_of
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Admit, Flow, Now, Sleep, Tally
from unillm._flow.operation import Operation, Trial
from unillm.errors import DeadlineExceededError, ProviderError, UnillmError, UnsupportedFeatureError
from unillm.routing.failures import handling_of
from unillm.types.health import Admission, Entrant, Report

if TYPE_CHECKING:
    from unillm.types.rates import RateLimits
    from unillm.types.response import Attempt
    from unillm.types.target import Target

WAIT = 0.05
"""Seconds before it is looked again for room, where it is not said how long that takes; each time
twice as long."""
MOST_WAIT = 1.0
"""The most of them."""


def seated(course: Course, operation: Operation, last: UnillmError | None) -> Flow[Leg]:
    """Return whom the next attempt asks: the first who can take the call and has room for it.

    Args:
        course: Who may be asked.
        operation: What it is for.
        last: What the attempt before failed with; None: there was none.

    Raises:
        NoTargetError: Nobody may be asked.
        UnillmError: All that could be asked were.
    """
    times, full = 0, set[int]()
    while True:
        legs = course.open()
        if not legs:
            raise course.nobody() if last is None else course.exhausted(last)
        leg = next((leg for leg in legs if id(leg) not in full), None)
        if leg is None:
            full.clear()
            continue
        if leg.what is None:
            try:
                leg.what = course.make(leg.target)
            except UnsupportedFeatureError as error:
                course.pass_by(leg, "capability", error.message)
                continue
            if operation.billing is not None:
                yield from operation.billing.prepared(leg.target)
        admission = yield from _admitted(course, leg, operation, alone=len(legs) == 1)
        if admission.admitted:
            course.ask(leg)
            return leg
        full.add(id(leg))
        if len(full) == len(legs):
            yield from _wait(admission, operation, times)
            times += 1


def unseated(course: Course, operation: Operation) -> Flow[None]:
    """Give back a place that was not used: nothing was sent."""
    if course.health is not None:
        lease = hold_of(operation, len(operation.attempts) + 1)
        yield from Tally(lease, Report(outcome="cancelled"))


def reported(
    course: Course, operation: Operation, trial: Trial, error: UnillmError | None
) -> Flow[None]:
    """Tell how the last attempt fared to who keeps that."""
    if course.health is None:
        return
    attempt = operation.attempts[-1]
    report = report_of(attempt, error, trial.rate_limits)
    yield from Tally(hold_of(operation, attempt.number), report)


def report_of(
    attempt: Attempt, error: UnillmError | None, rates: RateLimits | None = None
) -> Report:
    """Return what an attempt says of its target."""
    usage = attempt.usage
    handling = None if error is None else handling_of(error)
    return Report(
        outcome=attempt.outcome,
        cooling="none" if handling is None else handling.cools,
        retry_after=error.retry_after if isinstance(error, ProviderError) else None,
        first_token=attempt.first_token,
        duration=attempt.duration,
        output_tokens=None if usage is None else usage.output_tokens,
        rate_limits=rates,
    )


def _admitted(course: Course, leg: Leg, operation: Operation, *, alone: bool) -> Flow[Admission]:
    if course.health is None:
        return _ADMITTED
    lease = hold_of(operation, len(operation.attempts) + 1)
    return (yield from Admit(course.health, lease, entrant_of(leg.target, alone=alone)))


def entrant_of(target: Target, *, alone: bool) -> Entrant:
    """Return who asks for a place at a target.

    Args:
        target: It.
        alone: Whether there is nobody else to ask.
    """
    return Entrant(
        key=target.key,
        provider=target.provider,
        limit=target.concurrency,
        bulkhead=target.max_concurrency,
        alone=alone,
    )


_ADMITTED = Admission(admitted=True)


def _wait(admission: Admission, operation: Operation, times: int) -> Flow[None]:
    """Wait until there may be room.

    Raises:
        DeadlineExceededError: There would be none in time.
    """
    pause = admission.wait
    if pause is None:
        pause = min(MOST_WAIT, WAIT * 2.0 ** min(times, 10))
    now = (yield from Now()).monotonic
    if operation.total_at is not None and now + pause >= operation.total_at:
        raise DeadlineExceededError(
            f"there was no room for the call in time: {admission.reason}. Give it longer "
            "(Timeout.total), or allow more at once."
        )
    yield from Sleep(pause, None)
