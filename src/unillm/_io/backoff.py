"""Asking a user's tenacity objects how long to wait, and whether to go on."""

from __future__ import annotations

import math
import time
from typing import Any

from unillm._flow.effects import Backoff
from unillm.errors import InvalidRequestError


def decide(effect: Backoff) -> float | None:
    """Return the seconds to wait, or None to stop.

    Raises:
        InvalidRequestError: A tenacity object cannot work outside its own loop.
    """
    try:
        return _decide(effect)
    except Exception as error:
        message = f"the retry policy's tenacity object failed: {error!r}"
        raise InvalidRequestError(message) from error


def _decide(effect: Backoff) -> float | None:
    from tenacity import RetryCallState

    nothing: Any = None  # the fields a state has for the function it retries; there is none here
    state = RetryCallState(retry_object=nothing, fn=None, args=(), kwargs={})
    state.attempt_number = effect.attempt
    state.start_time = time.monotonic() - effect.elapsed
    state.idle_for = effect.slept
    error = effect.error
    state.set_exception((type(error), error, error.__traceback__))
    policy = effect.policy
    pause = effect.drawn if policy.wait is None else float(policy.wait(state))
    if not (math.isfinite(pause) and pause >= 0):
        raise ValueError(f"a pause of {pause} s")
    state.upcoming_sleep = pause
    if policy.stop is not None and policy.stop(state):
        return None
    return pause
