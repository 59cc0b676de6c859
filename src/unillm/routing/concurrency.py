"""How many calls may run at once where a provider limits just that: more by one, less by a fifth.

DeepSeek's limits are of this kind, and an answer does not say how much is left of them. So the
number grows by one for each that many good answers while it is used, up to what is known to be
allowed, and falls by a fifth on "too many requests" and "no capacity", once within some seconds:
those that were under way met the same trouble. Nor does it grow within these: it would be back
above the limit before it may fall again, and every call above it refused until then.
"""

from __future__ import annotations

import math

LESS = 0.8
"""What is left of it then."""
CALM = 15.0
"""Seconds in which it falls once, and does not grow."""


class Concurrency:
    """How many calls to one target may run at once.

    Attributes:
        most: How many are known to be allowed.
    """

    __slots__ = ("_calm_until", "_value", "most")

    def __init__(self, most: int) -> None:
        """Begin with all that are allowed."""
        self.most = most
        self._value = float(most)
        self._calm_until = -math.inf

    @property
    def allowed(self) -> int:
        """Return how many may run now."""
        return int(self._value)

    def grow(self, running: int, now: float) -> None:
        """Learn from a good answer, while so many ran."""
        if now >= self._calm_until and self._value < self.most and 2 * running >= self._value:
            self._value = min(float(self.most), self._value + 1.0 / self._value)

    def shrink(self, now: float) -> None:
        """Learn from "too many requests" or "no capacity"."""
        if now >= self._calm_until:
            self._value = max(1.0, self._value * LESS)
            self._calm_until = now + CALM
