"""When an error is worth another attempt, and after what pause."""

from __future__ import annotations

from unillm._flow.effects import Backoff, Draw, Flow, Now
from unillm._flow.operation import Operation
from unillm.errors import OverloadedError, ProviderError, RateLimitError, UnillmError
from unillm.types.policy import RetryPolicy


def pause_after(
    error: UnillmError, policy: RetryPolicy, operation: Operation
) -> Flow[float | None]:
    """Return the seconds to wait before the next attempt, or None if there shall be none.

    There is none if the error would come again, the caller has been given events already, the
    attempts are used up, the pause would be longer than the policy or the deadline allows, or it is
    for whoever makes the call to wait.
    """
    made = len(operation.attempts) - operation.reasked
    if not error.retryable or operation.emitted or made >= policy.max_attempts:
        return None
    if operation.is_paced and isinstance(error, RateLimitError | OverloadedError):
        return None
    asked = error.retry_after if isinstance(error, ProviderError) else None
    drawn = yield from Draw()
    pause = drawn * min(policy.max_wait, policy.first_wait * 2.0 ** min(made - 1, 60))
    now = yield from Now()
    if asked is not None:
        if asked > policy.max_wait:
            return None
        pause = asked
    if policy.wait is not None or policy.stop is not None:
        began = operation.began.monotonic if operation.began else now.monotonic
        slept = sum(attempt.waited for attempt in operation.attempts)
        elapsed = now.monotonic - began
        decided = yield from Backoff(policy, made, elapsed, slept, pause, error)
        if decided is None:
            return None
        pause = decided if asked is None else asked
    total_at = operation.total_at
    if total_at is not None and now.monotonic + pause >= total_at:
        return None
    return pause
