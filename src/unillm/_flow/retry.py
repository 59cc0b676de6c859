"""Whether there is another attempt after one that failed, whom it asks, and after what pause."""

from __future__ import annotations

from unillm._flow.course import Course, Leg
from unillm._flow.effects import Backoff, Draw, Flow, Instant, MayRetry, Now
from unillm._flow.operation import Operation
from unillm.errors import OverloadedError, RateLimitError, UnillmError
from unillm.routing.failures import handling_of
from unillm.types.policy import RetryPolicy


def pause_after(
    error: UnillmError,
    policy: RetryPolicy,
    operation: Operation,
    course: Course,
    *,
    may_go_on: bool = False,
) -> Flow[float | None]:
    """Return the seconds to wait before the next attempt, or None if there shall be none.

    There is none if the error would come again, the attempts are used up, the pause would be longer
    than the policy or the deadline allows, or it is for whoever makes the call to wait. Nor is
    there one if the caller has been given events of the answer, unless ``may_go_on``.
    """
    leg = course.at
    if leg is None:
        return None
    now = yield from Now()
    handling = handling_of(error)
    course.failed(leg, handling, error, now.monotonic)
    made = len(operation.attempts) - operation.reasked
    if (operation.emitted and not may_go_on) or made >= course.most_attempts(policy):
        return None
    fresh = course.others() if course.travels(handling) else []
    if fresh:
        pause = yield from _paused(error, policy, operation, made, 0.0, now)
        pause = None if pause is None else 0.0
        role = "fallback"
    else:
        pause = yield from _again(error, policy, operation, course, made, now)
        role = "retry"
    if pause is None or _is_late(operation, now.monotonic + pause):
        return None
    operation.role = role
    return pause


def _again(
    error: UnillmError,
    policy: RetryPolicy,
    operation: Operation,
    course: Course,
    made: int,
    now: Instant,
) -> Flow[float | None]:
    """Return the pause before one is asked that was asked before; None: none is to be."""
    leg = _soonest(course) if error.retryable or course.travels(handling_of(error)) else None
    if leg is None:
        return None
    if operation.is_paced and isinstance(error, RateLimitError | OverloadedError):
        return None
    drawn = yield from Draw()
    pause = drawn * min(policy.max_wait, policy.first_wait * 2.0 ** min(leg.tries - 1, 60))
    asked = None if leg.not_before is None else max(0.0, leg.not_before - now.monotonic)
    if asked is not None:
        if asked > policy.max_wait:
            return None
        pause = asked
    if course.health is not None and not (yield from MayRetry(course.health)):
        return None
    decided = yield from _paused(error, policy, operation, made, pause, now)
    return decided if decided is None or asked is None else asked


def _soonest(course: Course) -> Leg | None:
    """Return whom to ask again: of those that were asked the least, who says to come soonest."""
    legs = course.open()
    if not legs:
        return None
    least = legs[0].tries
    return min((leg for leg in legs if leg.tries == least), key=lambda leg: leg.not_before or 0.0)


def _paused(
    error: UnillmError,
    policy: RetryPolicy,
    operation: Operation,
    made: int,
    pause: float,
    now: Instant,
) -> Flow[float | None]:
    """Return a pause as the policy's own objects would have it; None: they end the attempts."""
    if policy.wait is None and policy.stop is None:
        return pause
    began = operation.began.monotonic if operation.began else now.monotonic
    slept = sum(attempt.waited for attempt in operation.attempts)
    return (yield from Backoff(policy, made, now.monotonic - began, slept, pause, error))


def _is_late(operation: Operation, moment: float) -> bool:
    return operation.total_at is not None and moment >= operation.total_at
