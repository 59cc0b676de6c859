"""How many calls of each route may be hedged."""

from __future__ import annotations

import threading
from dataclasses import field

from unillm.types.dataclass import dataclass

_ONE = 1_000_000_000
"""Shares are counted in billionths: sums of floats would drift."""
MOST = 10
"""Hedges that are saved up at most: where all is late at once, no more are made in a row."""


@dataclass(slots=True)
class Allowance:
    """What a share of the calls of one route gives. Safe between threads.

    It begins with nothing: at a share of 5 % the first hedge is allowed by the 20th call.
    """

    share: float
    _saved: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def called(self) -> None:
        """Count a call."""
        with self._lock:
            self._saved = min(self._saved + round(self.share * _ONE), MOST * _ONE)

    def take(self) -> bool:
        """Tell whether one more may be hedged, and count it if it may."""
        with self._lock:
            if self._saved < _ONE:
                return False
            self._saved -= _ONE
            return True

    def give_back(self) -> None:
        """Count one hedge less: nothing was sent."""
        with self._lock:
            self._saved = min(self._saved + _ONE, MOST * _ONE)


@dataclass(slots=True)
class Hedges:
    """What the routes of a client may hedge, by their names and shares."""

    _known: dict[tuple[str, float], Allowance] = field(
        default_factory=dict[tuple[str, float], Allowance]
    )

    def of(self, route: str, share: float) -> Allowance:
        """Return what a route may hedge."""
        known = self._known.get((route, share))
        if known is None:
            known = self._known.setdefault((route, share), Allowance(share))
        return known
