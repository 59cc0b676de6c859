"""What is left of the limits that a provider tells of with its answers.

Of each limit it is reckoned what calls begun since have used, and what has come back since: evenly,
so that all is there when the limit says it is reset. OpenAI's limits work so ("the time until the
rate limit resets to its initial state", its guide "Rate limits", read 2026-11-28). Where one gives
all back at once instead, this is too hopeful.
"""

from __future__ import annotations

from unillm.types.dataclass import dataclass
from unillm.types.rates import RateLimit, RateLimits

LONGEST = 300.0
"""Seconds: a longer wait is not taken on trust; one call at a time finds out whether it is so."""
_WEIGHT = 0.1
"""What share of the mean of tokens a new call has."""


@dataclass(slots=True)
class Told:
    """What is left of one limit, from what was told at a moment of one call."""

    told: RateLimit
    at: float
    number: int

    def there(self, now: float, begun: int, cost: float) -> float | None:
        """Return how much there is at a moment; None: that is not known.

        Args:
            now: The moment.
            begun: How many calls were begun in all.
            cost: What a call uses.
        """
        remaining, limit, reset = self.told.remaining, self.told.limit, self.told.reset
        if remaining is None or not reset or limit == 0:
            return None  # where nothing at all is allowed, no header came with an answer
        used = (begun - self.number) * cost
        if limit is None or limit <= remaining:
            return remaining - used
        return remaining + (limit - remaining) / reset * (now - self.at) - used

    def wait(self, now: float, begun: int, each: float, cost: float) -> float:
        """Return the seconds until one more call fits in that uses so much."""
        there, reset = self.there(now, begun, each), self.told.reset
        if there is None or not reset:
            return 0.0
        left = self.at + reset - now
        if left <= 0:
            return 0.0
        remaining, limit = self.told.remaining or 0, self.told.limit
        if limit is None or limit <= remaining:
            return left if there < cost else 0.0
        need = min(cost, float(limit))
        rate = (limit - remaining) / reset
        return 0.0 if there >= need else min(left, (need - there) / rate)

    def headroom(self, now: float, begun: int, cost: float) -> float | None:
        """Return what share of it is there, from 0 to 1; None: that is not known."""
        there, limit = self.there(now, begun, cost), self.told.limit
        if there is None or limit is None:
            return None
        if now >= self.at + (self.told.reset or 0.0):
            return 1.0
        return min(1.0, max(0.0, there / limit))


class Buckets:
    """The limits of one target. All moments are seconds of one clock.

    Attributes:
        begun: How many calls were begun.
        told: What was told last of each limit, by its name.
    """

    __slots__ = ("_tokens", "begun", "told")

    def __init__(self) -> None:
        """Begin with none told."""
        self.begun = 0
        self._tokens = 0.0
        self.told: dict[str, Told] = {}

    def begin(self) -> int:
        """Count a call that begins, and return its number."""
        self.begun += 1
        return self.begun

    def use(self, tokens: int) -> None:
        """Learn how many tokens a call used."""
        known = self._tokens
        self._tokens = known * (1 - _WEIGHT) + tokens * _WEIGHT if known else float(tokens)

    def learn(self, number: int, now: float, rates: RateLimits | None) -> None:
        """Learn what a call was told; what a later one was told is newer."""
        for told in rates.limits if rates is not None else ():
            known = self.told.get(told.name)
            if known is None or number > known.number:
                self.told[told.name] = Told(told, now, number)

    def wait(self, now: float, tokens: int = 0) -> float:
        """Return the seconds until another call fits in; it may use more tokens than the mean."""
        if not self.told:
            return 0.0
        mean = self._tokens
        cost = max(mean, tokens)
        return max(
            one.wait(now, self.begun, 1.0, 1.0)
            if one.told.of == "requests"
            else one.wait(now, self.begun, mean, cost)
            for one in self.told.values()
        )

    def headroom(self, now: float) -> float | None:
        """Return what share is left of the limit of which the least is, from 0 to 1."""
        if not self.told:
            return None
        shares = [
            one.headroom(now, self.begun, 1.0 if one.told.of == "requests" else self._tokens)
            for one in self.told.values()
        ]
        return min((share for share in shares if share is not None), default=None)
