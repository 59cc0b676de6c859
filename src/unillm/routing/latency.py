"""How long a target takes: means that rise at once and fall slowly, and the spread of them all."""

from __future__ import annotations

import math

DECAY = 10.0
"""Seconds in which what a peak has above the mean falls to a third (1/e), as with Finagle's."""
WEIGHT = 0.125
"""What share of the mean a new sample has, as with TCP's round trips (RFC 6298)."""
REMEMBERED = 600.0
"""Seconds without a sample after which nothing is known any more, so that it is tried again."""
PERIOD = 300.0
"""Seconds for which one half of a spread is collected; then the other half is dropped."""
_STEP = math.log(1.05)
"""Between two steps of a spread: a quantile is off by 2.5 % at most."""
_FRESH = 64
"""Samples that are noted before they are counted."""
_LEAST, _MOST = 1e-4, 1e4
"""Seconds: what is beyond counts as this, so that a spread has fewer than 400 steps."""


class PeakMean:
    """A mean that jumps to a higher sample at once, and comes back within seconds."""

    __slots__ = ("_at", "_mean", "_peak")

    def __init__(self) -> None:
        """Begin without a sample."""
        self._mean = self._peak = 0.0
        self._at = -math.inf

    def add(self, sample: float, now: float) -> None:
        """Take a sample of a moment."""
        since = max(0.0, now - self._at)
        if since > REMEMBERED:
            self._mean = self._peak = sample
        else:
            mean, peak = self._mean, self._peak
            if peak > mean:
                peak = mean + (peak - mean) * math.exp(-since / DECAY)
            self._mean = mean + WEIGHT * (sample - mean)
            self._peak = max(peak, sample)
        self._at = now

    def value(self, now: float) -> float | None:
        """Return it at a moment; None: nothing is known, or nothing any more."""
        since = max(0.0, now - self._at)
        if since > REMEMBERED:
            return None
        above = self._peak - self._mean
        return self._mean + above * math.exp(-since / DECAY) if above > 0 else self._mean


class Spread:
    """What share of samples is below what, in bounded memory: counts on a logarithmic scale.

    It is of the last five to ten minutes: the counts of two periods, the older is dropped.
    """

    __slots__ = ("_fresh", "_new", "_old", "_since", "_told")

    def __init__(self) -> None:
        """Begin without a sample."""
        self._fresh: list[float] = []
        self._new: dict[int, int] = {}
        self._old: dict[int, int] = {}
        self._since = -math.inf
        self._told = 0

    @property
    def count(self) -> int:
        """Return how many samples there are."""
        return self._told + len(self._fresh)

    def add(self, sample: float, now: float) -> None:
        """Take a sample of a moment."""
        if now - self._since >= PERIOD:
            self._turn(now)
        self._fresh.append(sample)
        if len(self._fresh) >= _FRESH:
            self._count_fresh()

    def quantile(self, share: float, now: float) -> float | None:
        """Return what a share of the samples does not pass, within 2.5 %; None: there are none."""
        self._turn(now)
        self._count_fresh()
        if not self.count:
            return None
        left = max(1, math.ceil(share * self.count))
        step = 0
        for step in sorted(self._new.keys() | self._old.keys()):
            left -= self._new.get(step, 0) + self._old.get(step, 0)
            if left <= 0:
                break
        return math.exp((step - 0.5) * _STEP)

    def _count_fresh(self) -> None:
        """Count the samples that were only noted: each attempt has one, and few ask for a share."""
        new = self._new
        for sample in self._fresh:
            step = math.ceil(math.log(min(_MOST, max(_LEAST, sample))) / _STEP)
            new[step] = new.get(step, 0) + 1
        self._told += len(self._fresh)
        self._fresh.clear()

    def _turn(self, now: float) -> None:
        since = now - self._since
        if since < PERIOD:
            return
        self._count_fresh()
        self._old = self._new if since < 2 * PERIOD else {}
        self._new, self._since = {}, now
        self._told = sum(self._old.values())
