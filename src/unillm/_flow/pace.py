"""How fast one target may be asked: arithmetic over what it says and over what it refuses.

Three things hold a call back, whichever holds longest:

- what the headers say is left (`routing/bucket.py`). Where that is too hopeful, the next rule
  holds;
- a pause that the provider asked for with an error;
- how many calls may run at once. That number is halved where a provider has had too many requests
  or no capacity twice within a round of that many calls (once may be chance), and grows again by
  one for each that many good answers. DeepSeek, whose only limit is the number of calls at once,
  gives neither headers nor pauses.
"""

from __future__ import annotations

import math

from unillm.errors import OverloadedError, ProviderError, RateLimitError, UnillmError
from unillm.routing.bucket import LONGEST, Buckets
from unillm.types.rates import RateLimits

TIMES = 8
"""How often a row is asked again after "too many requests" or "no capacity"."""

MOST_PAUSE = 60.0
"""Seconds a row waits at most where the provider does not say how long."""

SLOWS = (RateLimitError, OverloadedError)
"""What is waited out, and asked again."""


class Pace:
    """When calls to one target may begin. All moments are seconds of one clock.

    Attributes:
        running: How many calls run.
        answered: How many were answered.
    """

    def __init__(self, most: int) -> None:
        """Begin with as many calls at once as are wanted."""
        self.running = 0
        self.answered = 0
        self._most = most
        self._allowed = float(most)
        self._cut_at = 0
        self._struck_at = -math.inf
        self._held_until = -math.inf
        self._buckets = Buckets()

    @property
    def allowed(self) -> int:
        """Return how many calls may run at once now."""
        return int(self._allowed)

    def wait(self, now: float) -> float:
        """Return the seconds until another call may begin; infinity: not before one has ended."""
        if self.running >= self.allowed:
            return math.inf
        longest = self._buckets.wait(now)
        if longest > LONGEST:
            # One call at a time finds out whether that is so; if it is, its error says how long.
            longest = math.inf if self.running else 0.0
        return max(self._held_until - now, longest)

    def begin(self) -> int:
        """Count a call that begins, and return its number."""
        self.running += 1
        return self._buckets.begin()

    def answer(self, number: int, now: float, rates: RateLimits | None, tokens: int | None) -> None:
        """Learn from a call that was answered.

        Args:
            number: What `begin` returned.
            now: The moment.
            rates: What the answer told of limits.
            tokens: How many tokens it used, if that was told.
        """
        self.running -= 1
        self.answered += 1
        self._allowed = min(float(self._most), self._allowed + 1.0 / self._allowed)
        if tokens is not None:
            self._buckets.use(tokens)
        self._buckets.learn(number, now, rates)

    def fail(self, number: int, now: float, error: UnillmError) -> None:
        """Learn from a call that failed."""
        self.running -= 1
        if not isinstance(error, ProviderError):
            return
        self._buckets.learn(number, now, error.rate_limits)
        if not isinstance(error, SLOWS) or not error.retryable:
            return
        if error.retry_after is not None and error.retry_after <= LONGEST:
            self._held_until = max(self._held_until, now + error.retry_after)
        if number <= self._cut_at:
            return  # those that were under way by then met the same trouble: it counts once
        struck_at, self._struck_at = self._struck_at, number
        if number - struck_at <= self.allowed:
            self._cut_at = self._buckets.begun
            self._allowed = max(1.0, min(self._allowed, self.running + 1.0) / 2)

    def drop(self) -> None:
        """Count a call that was called off, or never sent."""
        self.running -= 1


def pause_before(error: UnillmError, times: int, first: float, drawn: float) -> float | None:
    """Return the seconds a row waits before it is asked again, or None if it is not.

    Args:
        error: What it failed with.
        times: How often it was asked again already.
        first: The upper bound of the first pause, in seconds; each next one's is twice as long.
        drawn: A random number from 0 to 1.
    """
    if not isinstance(error, SLOWS) or not error.retryable or times >= TIMES:
        return None
    if error.retry_after:  # "after 0 seconds" says nothing: all would come again at once
        return error.retry_after if error.retry_after <= LONGEST else None
    return drawn * min(MOST_PAUSE, first * 2.0**times)
