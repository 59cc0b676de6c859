"""How fast one target may be asked: arithmetic over what it says and over what it refuses.

Three things hold a call back, whichever holds longest:

- what the headers say is left. Of each limit it is reckoned what calls begun since have used, and
  what has come back since: evenly, so that all is there when the limit says it is reset. OpenAI's
  limits work so ("the time until the rate limit resets to its initial state", its guide "Rate
  limits", read 2026-11-28). Where one gives all back at once instead, this is too hopeful, and the
  next rule holds;
- a pause that the provider asked for with an error;
- how many calls may run at once. That number is halved where a provider has had too many requests
  or no capacity twice within a round of that many calls (once may be chance), and grows again by
  one for each that many good answers. DeepSeek, whose only limit is the number of calls at once,
  gives neither headers nor pauses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from unillm.errors import OverloadedError, ProviderError, RateLimitError, UnillmError
from unillm.types.rates import RateLimit, RateLimits

LONGEST = 300.0
"""Seconds: a longer pause that a provider asks for is not waited for."""

TIMES = 8
"""How often a row is asked again after "too many requests" or "no capacity"."""

MOST_PAUSE = 60.0
"""Seconds a row waits at most where the provider does not say how long."""

SLOWS = (RateLimitError, OverloadedError)
"""What is waited out, and asked again."""


@dataclass(slots=True)
class _Budget:
    """What is left of one limit, from what was told at a moment of one call."""

    told: RateLimit
    at: float
    number: int

    def wait(self, now: float, begun: int, cost: float) -> float:
        """Return the seconds until one more call fits in.

        Args:
            now: The moment.
            begun: How many calls were begun in all.
            cost: What a call uses.
        """
        remaining, limit, reset = self.told.remaining, self.told.limit, self.told.reset
        if remaining is None or not reset or limit == 0:
            return 0.0  # where nothing at all is allowed, no header came with an answer
        left = self.at + reset - now
        if left <= 0:
            return 0.0
        used = (begun - self.number) * cost
        if limit is None or limit <= remaining:
            return left if remaining - used < cost else 0.0
        need = min(cost, float(limit))
        rate = (limit - remaining) / reset
        there = remaining + rate * (now - self.at) - used
        return 0.0 if there >= need else min(left, (need - there) / rate)


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
        self._begun = 0
        self._cut_at = 0
        self._struck_at = -math.inf
        self._held_until = -math.inf
        self._tokens = 0.0
        self._budgets: dict[str, _Budget] = {}

    @property
    def allowed(self) -> int:
        """Return how many calls may run at once now."""
        return int(self._allowed)

    def wait(self, now: float) -> float:
        """Return the seconds until another call may begin; infinity: not before one has ended."""
        if self.running >= self.allowed:
            return math.inf
        costs = {"requests": 1.0, "tokens": self._tokens}
        waits = [b.wait(now, self._begun, costs[b.told.of]) for b in self._budgets.values()]
        longest = max(waits, default=0.0)
        if longest > LONGEST:
            # One call at a time finds out whether that is so; if it is, its error says how long.
            longest = math.inf if self.running else 0.0
        return max(self._held_until - now, longest)

    def begin(self) -> int:
        """Count a call that begins, and return its number."""
        self.running += 1
        self._begun += 1
        return self._begun

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
            self._tokens = self._tokens * 0.9 + tokens * 0.1 if self._tokens else float(tokens)
        self._learn(number, now, rates)

    def fail(self, number: int, now: float, error: UnillmError) -> None:
        """Learn from a call that failed."""
        self.running -= 1
        if not isinstance(error, ProviderError):
            return
        self._learn(number, now, error.rate_limits)
        if not isinstance(error, SLOWS) or not error.retryable:
            return
        if error.retry_after is not None and error.retry_after <= LONGEST:
            self._held_until = max(self._held_until, now + error.retry_after)
        if number <= self._cut_at:
            return  # those that were under way by then met the same trouble: it counts once
        struck_at, self._struck_at = self._struck_at, number
        if number - struck_at <= self.allowed:
            self._cut_at = self._begun
            self._allowed = max(1.0, min(self._allowed, self.running + 1.0) / 2)

    def drop(self) -> None:
        """Count a call that was called off, or never sent."""
        self.running -= 1

    def _learn(self, number: int, now: float, rates: RateLimits | None) -> None:
        for told in rates.limits if rates is not None else ():
            known = self._budgets.get(told.name)
            if known is None or number > known.number:
                self._budgets[told.name] = _Budget(told, now, number)


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
