"""Whether there is another attempt after one that failed, whom it asks, and after what pause."""

from __future__ import annotations

from unillm._flow.course import Course
from unillm._flow.effects import Backoff, Draw, Flow, Instant, MayRetry, Now
from unillm._flow.operation import Operation
from unillm.errors import (
    BadRequestError,
    ContentPolicyError,
    OverloadedError,
    RateLimitError,
    UnillmError,
)
from unillm.routing.failures import handling_of
from unillm.types.dataclass import dataclass
from unillm.types.policy import RetryPolicy


def pause_after(
    error: UnillmError,
    policy: RetryPolicy,
    operation: Operation,
    course: Course,
) -> Flow[float | None]:
    """Return the seconds to wait before the next attempt, or None if there shall be none.

    There is none if the error would come again, the attempts are used up, the pause would be longer
    than the policy or the deadline allows, or it is for whoever makes the call to wait. Nor is
    there one if the caller has been given events of the answer, and neither he nor his route has
    said that it goes on then.
    """
    if course.route is None and not error.retryable:
        return None
    now = yield from Now()
    handling = handling_of(error)
    course.failed(handling, error, now.monotonic)
    made = len(operation.attempts) - operation.reasked
    if (operation.emitted and not course.goes_on) or not may_try(policy, operation, course):
        return None
    failure = _Failure(error, policy, operation, made, now)
    fresh = course.others() if course.travels(handling) else []
    if fresh:
        pause = None if (yield from failure.paused(0.0)) is None else 0.0
    else:
        pause = yield from _again(failure, course)
    if pause is None or failure.is_late(pause):
        return None
    operation.role = "fallback" if fresh else "retry"
    return pause


def pause_before(
    last: UnillmError, policy: RetryPolicy, operation: Operation, course: Course
) -> Flow[float | None]:
    """Return the seconds to wait before one is asked again, since nobody else can be after all.

    That is so where the others were found to be too dear, or put by, only when it was their turn.

    Args:
        last: What the last attempt failed with.
        policy: How often and how long.
        operation: What it is for.
        course: Who may be asked.
    """
    made = len(operation.attempts) - operation.reasked
    failure = _Failure(last, policy, operation, made, (yield from Now()))
    pause = yield from _again(failure, course)
    if pause is None or failure.is_late(pause):
        return None
    operation.role = "retry"
    return pause


def begins_anew(
    error: UnillmError, policy: RetryPolicy, operation: Operation, course: Course
) -> Flow[bool]:
    """Tell whether a target that will not go on from an answer is asked for a whole one instead.

    It takes no beginning of an answer, or what was to be gone on from is too long for it: that is
    no fault of the call as it was made.
    """
    if operation.joint is None or operation.emitted or course.at is None:
        return False
    if not isinstance(error, BadRequestError) or isinstance(error, ContentPolicyError):
        return False
    now = (yield from Now()).monotonic
    late = operation.total_at is not None and now >= operation.total_at
    if late or not may_try(policy, operation, course):
        return False
    course.errors.append(error)
    course.again, operation.joint, operation.role = course.at, None, "retry"
    return True


def may_try(policy: RetryPolicy, operation: Operation, course: Course) -> bool:
    """Tell whether there may be another attempt, by their number."""
    return len(operation.attempts) - operation.reasked < course.most_attempts(policy)


@dataclass(frozen=True, slots=True)
class _Failure:
    """An attempt that failed, when, and after how many."""

    error: UnillmError
    policy: RetryPolicy
    operation: Operation
    made: int
    now: Instant

    def paused(self, pause: float) -> Flow[float | None]:
        """Return a pause as the policy's own objects would have it; None: they end the attempts."""
        policy, operation, now = self.policy, self.operation, self.now.monotonic
        if policy.wait is None and policy.stop is None:
            return pause
        began = operation.began.monotonic if operation.began else now
        slept = sum(attempt.waited for attempt in operation.attempts)
        return (yield from Backoff(policy, self.made, now - began, slept, pause, self.error))

    def is_late(self, pause: float) -> bool:
        """Tell whether the time for the operation would be up."""
        total_at = self.operation.total_at
        return total_at is not None and self.now.monotonic + pause >= total_at

    def is_anothers(self) -> bool:
        """Tell whether whoever makes the call waits that out himself."""
        return self.operation.is_paced and isinstance(self.error, RateLimitError | OverloadedError)


def _again(failure: _Failure, course: Course) -> Flow[float | None]:
    """Return the pause before one is asked that was asked before; None: none is to be."""
    error, policy, now = failure.error, failure.policy, failure.now.monotonic
    asked_before = [leg for leg in course.open() if leg.tries]
    stays = error.retryable or course.travels(handling_of(error))
    if not asked_before or not stays or failure.is_anothers():
        return None
    least = [leg for leg in asked_before if leg.tries == asked_before[0].tries]
    leg = min(least, key=lambda leg: sum(leg.asked_back or (0.0,)))
    pause = (yield from Draw()) * min(
        policy.max_wait, policy.first_wait * 2.0 ** min(leg.tries - 1, 60)
    )
    asked = leg.pause(now)
    if asked is not None:
        if asked > policy.max_wait:
            return None
        pause = asked
    if not (yield from _may_retry(course, policy)):
        return None
    decided = yield from failure.paused(pause)
    course.rested = decided is not None
    return decided if decided is None or asked is None else asked


def _may_retry(course: Course, policy: RetryPolicy) -> Flow[bool]:
    """Tell whether a target that has failed may be asked once more, as calls of the client go."""
    if course.health is None or policy.budget is None:
        return True
    return (yield from MayRetry(course.health, policy.budget))
