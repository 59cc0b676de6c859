"""A place for the next attempt: whom it asks, once there is room, and how it fared afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unillm._flow.budget import hold_of
from unillm._flow.course import Course, Leg
from unillm._flow.effects import Admit, Flow, Now, Sleep, Tally
from unillm._flow.operation import Operation, Trial
from unillm._flow.retry import pause_before
from unillm.errors import DeadlineExceededError, ProviderError, UnillmError, UnsupportedFeatureError
from unillm.routing.failures import handling_of
from unillm.types.health import Admission, Entrant, Report
from unillm.types.policy import RetryPolicy

if TYPE_CHECKING:
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
) -> Flow[Leg]:
    """Return whom the next attempt asks: the first who can take the call and has room for it.

    Where all whose turn it is are put by, those that were asked before are asked once more, after a
    pause; where there are none, whoever comes back soonest is asked all the same: an error says
    more than a refusal of ours. Where one is only full, it is waited for.

    Args:
        course: Who may be asked.
        operation: What it is for.
        policy: How often one that was asked may be asked again, and when.
        last: What the attempt before failed with; None: there was none.

    Raises:
        NoTargetError: Nobody may be asked.
        UnillmError: All that could be asked were.
    """
    times = 0
    refused: dict[int, Admission] = {}
    while True:
        legs = _turn(course, refused)
        if not legs:
            raise course.nobody() if last is None else course.exhausted(last)
        if legs[0].tries and course.again is None and not course.rested:
            yield from _rest(course, operation, policy, last)
            refused.clear()
            continue
        leg, alone = _next(legs, refused, len(course.open()))
        if leg is None:
            yield from _wait([refused[id(leg)] for leg in legs], operation, times)
            times += 1
            refused.clear()
        elif leg.what is not None or (yield from _is_made(course, leg, operation)):
            admission = yield from _admitted(course, leg, operation, alone=alone)
            if admission.admitted:
                course.ask(leg)
                return leg
            refused[id(leg)] = replace(admission, wait=None) if alone else admission


def _turn(course: Course, refused: Mapping[int, Admission]) -> list[Leg]:
    """Return whose turn it is; if they are all put by, those that were asked before."""
    legs = course.turn()
    if refused and legs and not legs[0].tries and all(_put_by(leg, refused) for leg in legs):
        asked = [leg for leg in course.open() if leg.tries]
        legs = [leg for leg in asked if leg.tries == asked[0].tries] or legs
    return legs


def _put_by(leg: Leg, refused: Mapping[int, Admission]) -> bool:
    """Tell whether one was refused for its health, which is said to change, not for being full."""
    found = refused.get(id(leg))
    return found is not None and found.wait is not None


def _next(
    legs: Sequence[Leg], refused: Mapping[int, Admission], left: int
) -> tuple[Leg | None, bool]:
    """Return who is to be asked for a place, and whether as one who has nobody beside him.

    Args:
        legs: Whose turn it is.
        refused: What those were told that had asked.
        left: How many there are, whosever turn it is.
    """
    for leg in legs:
        if id(leg) not in refused:
            return leg, left == 1
    if all(_put_by(leg, refused) for leg in legs):
        return min(legs, key=lambda leg: refused[id(leg)].wait or 0.0), True
    return None, False


def _is_made(course: Course, leg: Leg, operation: Operation) -> Flow[bool]:
    """Make what is sent to one; tell whether it can take it."""
    try:
        leg.what = course.make(leg.target)
    except UnsupportedFeatureError as error:
        course.pass_by(leg, "capability", error.message)
        return False
    if operation.billing is not None:
        yield from operation.billing.prepared(leg.target)
    return True


def _rest(
    course: Course, operation: Operation, policy: RetryPolicy, last: UnillmError | None
) -> Flow[None]:
    """Make the pause before one is asked again, since nobody else can be.

    Raises:
        UnillmError: Nobody is to be asked again.
    """
    failed = course.errors[-1] if course.errors else last
    if failed is None:
        course.rested = True
        return
    pause = yield from pause_before(failed, policy, operation, course)
    if pause is None:
        raised = course.exhausted(failed)
        if raised is last:
            raise raised  # from nothing: it would be its own cause
        raise raised from last
    yield from Sleep(pause, failed)


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
        attempt.outcome,
        "none" if handling is None else handling.cools,
        error.retry_after if isinstance(error, ProviderError) else None,
        attempt.first_token,
        attempt.duration,
        None if usage is None else usage.output_tokens,
        rates,
    )


def _admitted(course: Course, leg: Leg, operation: Operation, *, alone: bool) -> Flow[Admission]:
    if course.health is None:
        return _ADMITTED
    lease = hold_of(operation, len(operation.attempts) + 1)
    entrant = entrant_of(leg.target, alone=alone, tokens=course.tokens)
    return (yield from Admit(course.health, lease, entrant))


def entrant_of(target: Target, *, alone: bool, tokens: int) -> Entrant:
    """Return who asks for a place at a target.

    Args:
        target: It.
        alone: Whether there is nobody else to ask.
        tokens: How many tokens the prompt has; 0: nobody has counted them.
    """
    limit, bulkhead = target.concurrency, target.max_concurrency
    return Entrant(target.key, target.provider, limit, bulkhead, alone, tokens)


_ADMITTED = Admission(admitted=True)


def _wait(refused: Sequence[Admission], operation: Operation, times: int) -> Flow[None]:
    """Wait until there may be room.

    Raises:
        DeadlineExceededError: There would be none in time.
    """
    pause = min(MOST_WAIT, WAIT * 2.0 ** min(times, 10))
    pause = min([pause, *(one.wait for one in refused if one.wait is not None)])
    now = (yield from Now()).monotonic
    if operation.total_at is not None and now + pause >= operation.total_at:
        error = DeadlineExceededError(
            f"there was no room for the call in time: {refused[0].reason}. Give it longer "
            "(Timeout.total), or allow more at once."
        )
        error.attempts = tuple(operation.attempts)
        raise error
    yield from Sleep(pause, None)
