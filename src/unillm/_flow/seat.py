"""A place for the next attempt: whom it asks, once there is room, and how it fared afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._flow.budget import hold_of
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Admit, Flow, Now, Sleep, Tally
from unillm._flow.operation import Operation, Trial
from unillm._flow.retry import pause_again
from unillm.errors import (
    BudgetExceededError,
    DeadlineExceededError,
    ProviderError,
    UnillmError,
    UnsupportedFeatureError,
)
from unillm.routing.failures import handling_of
from unillm.types.health import Admission, Entrant, Report

if TYPE_CHECKING:
    from unillm.types.policy import RetryPolicy
    from unillm.types.rates import RateLimits
    from unillm.types.response import Attempt
    from unillm.types.target import Target

WAIT = 0.05
"""Seconds before it is looked again for room, where it is not said how long that takes; each time
twice as long."""
MOST_WAIT = 1.0
"""The most of them."""


def seated(
    course: Course, operation: Operation, policy: RetryPolicy, last: UnillmError | None
) -> Flow[tuple[Leg, float]]:
    """Return whom the next attempt asks, and the seconds that were waited before he is asked again.

    It is the first of those whose turn it is who can take the call and has room for it. Where each
    of them is put by, or out of rate limits, the first is asked all the same: who else could be?

    Args:
        course: Who may be asked.
        operation: What it is for.
        policy: When one is asked again.
        last: What the attempt before failed with; None: there was none.

    Raises:
        NoTargetError: Nobody may be asked.
        UnillmError: All that could be asked were.
    """
    times, waited, nobody_else = 0, 0.0, False
    while True:
        legs = course.open()
        if not legs:
            raise course.nobody() if last is None else course.exhausted(last)
        if legs[0].tries and course.again is None and course.errors:
            waited += yield from _pause_again(course, operation, policy, last)
            legs = course.open()
        turn = [leg for leg in legs if leg.tries == legs[0].tries]
        alone = nobody_else or len(legs) == 1
        leg, refused = yield from _first_with_room(turn, course, operation, alone=alone)
        if leg is not None:
            course.ask(leg)
            return leg, waited
        if not refused:
            continue
        is_full = any(one.wait is None for one in refused)
        if is_full:
            yield from _wait(refused, operation, times)
            times += 1
        nobody_else = not is_full


def _first_with_room(
    legs: list[Leg], course: Course, operation: Operation, *, alone: bool
) -> Flow[tuple[Leg | None, list[Admission]]]:
    """Return the first who can take the call and has room; None: nobody has, with what they say."""
    refused: list[Admission] = []
    for leg in legs:
        if leg.what is None:
            try:
                leg.what = course.make(leg.target)
            except UnsupportedFeatureError as error:
                course.exclude(leg, "capability", error.message)
                continue
            if operation.billing is not None:
                yield from operation.billing.prepared(leg.target)
        admission = yield from _admitted(course, leg, operation, alone=alone)
        if admission.admitted:
            return leg, refused
        refused.append(admission)
    return None, refused


def _pause_again(
    course: Course, operation: Operation, policy: RetryPolicy, last: UnillmError | None
) -> Flow[float]:
    """Wait before one is asked again, since whoever was to be asked instead cannot be.

    Raises:
        UnillmError: He is not to be asked again.
    """
    pause = yield from pause_again(policy, operation, course)
    if pause is None:
        error = course.errors[-1] if last is None else last
        raise error if isinstance(error, BudgetExceededError) else course.exhausted(error)
    yield from Sleep(pause, course.errors[-1])
    return pause


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


def _wait(refused: list[Admission], operation: Operation, times: int) -> Flow[None]:
    """Wait until one of those who had no room may have some.

    Raises:
        DeadlineExceededError: There would be none in time.
    """
    look = min(MOST_WAIT, WAIT * 2.0 ** min(times, 10))
    pause = min(look if one.wait is None else one.wait for one in refused)
    now = (yield from Now()).monotonic
    if operation.total_at is not None and now + pause >= operation.total_at:
        reasons = "; ".join(dict.fromkeys(one.reason for one in refused))
        raise DeadlineExceededError(
            f"there was no room for the call in time: {reasons}. Give it longer (Timeout.total), "
            "or allow more at once."
        )
    yield from Sleep(pause, None)
