"""How many attempts may be made at targets that have failed already: a share of all requests.

Where everything fails, retries multiply what a provider has to bear just when it can bear least.
A share of the requests bounds that; a floor keeps it from being felt by who makes few.
"""

from __future__ import annotations

import math

WINDOW = 10.0
"""Seconds in which what was counted falls to a third (1/e)."""
BURST = 10.0
"""So many retries are free."""
PER_SECOND = 10.0
"""And so many a second."""


class RetryBudget:
    """Counts requests and retries, the recent ones. All moments are seconds of one clock."""

    __slots__ = ("_at", "_requests", "_retries")

    def __init__(self) -> None:
        """Begin with none."""
        self._requests = self._retries = 0.0
        self._at = -math.inf

    def count(self, now: float) -> None:
        """Count a request."""
        self._fade(now)
        self._requests += 1.0

    def take(self, share: float, now: float) -> bool:
        """Tell whether one more retry fits, and count it if it does.

        Args:
            share: What share of the requests they may be.
            now: The moment.
        """
        self._fade(now)
        if self._retries + 1.0 > BURST + PER_SECOND * WINDOW + share * self._requests:
            return False
        self._retries += 1.0
        return True

    def _fade(self, now: float) -> None:
        if now > self._at:
            kept = math.exp((self._at - now) / WINDOW)
            self._requests *= kept
            self._retries *= kept
            self._at = now
