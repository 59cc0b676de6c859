"""One target as a whole: whether it is asked, how fast it is, how many calls are under way."""

from __future__ import annotations

import math

from unillm.routing.breaker import Breaker
from unillm.routing.bucket import LONGEST, Buckets
from unillm.routing.concurrency import Concurrency
from unillm.routing.latency import PeakMean, Spread
from unillm.types.health import FRESH, Admission, Entrant, Report, Stats

_MOMENT = 0.05
"""Seconds in which nothing changes by itself that would matter."""
_WEIGHT = 0.1
"""What share of the mean length of answers a new one has."""


class Vitals:
    """How one target fares. All moments are seconds of one clock.

    Attributes:
        leases: The attempts under way, by name: when each was admitted, and its number.
        spread: Of the seconds to the first token.
        whole: Of the seconds to answers that came in one piece.
    """

    __slots__ = (
        "_breaker",
        "_buckets",
        "_concurrency",
        "_first_token",
        "_output_tokens",
        "_per_token",
        "_told",
        "_told_at",
        "_told_until",
        "leases",
        "spread",
        "whole",
    )

    def __init__(self) -> None:
        """Begin with one that was never asked."""
        self.leases: dict[str, tuple[float, int]] = {}
        self.spread = Spread()
        self.whole = Spread()
        self._breaker = Breaker()
        self._buckets = Buckets()
        self._concurrency: Concurrency | None = None
        self._first_token = PeakMean()
        self._per_token = PeakMean()
        self._output_tokens: float | None = None
        self._told = FRESH
        self._told_at = self._told_until = -math.inf

    def admit(self, lease: str, entrant: Entrant, now: float) -> Admission:
        """Give an attempt a place, or say why not.

        Who is alone passes breaker and rate limits, whatever is known of them: he finds out.
        """
        if entrant.limit is not None:
            known, running = self._concurrency, len(self.leases)
            if known is None or known.most != entrant.limit:
                known = self._concurrency = Concurrency(entrant.limit)
            if running >= known.allowed:
                return Admission(admitted=False, reason=full(running))
        if self._buckets.told and not entrant.alone:
            refused = self.drained(entrant, now)
            if refused is not None:
                return refused
        admission = self._breaker.admit(lease, now, alone=entrant.alone)
        self._told_until = -math.inf
        if admission.admitted:
            self.leases[lease] = (now, self._buckets.begin())
            if entrant.tokens:
                self._buckets.use(entrant.tokens)
        return admission

    def report(self, lease: str, report: Report, now: float) -> bool:
        """Learn how an attempt ended, and free its place; tell whether it had one."""
        held = self.leases.pop(lease, None)
        if held is None:
            return False
        self._told_until = -math.inf
        self._breaker.report(lease, held[0], report, now)
        if report.rate_limits is not None:
            self._buckets.learn(held[1], now, report.rate_limits)
        if report.first_token is not None:
            self._first_token.add(report.first_token, now)
            self.spread.add(report.first_token, now)
        elif report.outcome == "ok":
            # An answer in one piece: all that is known of how fast it is here, for who compares.
            self._first_token.add(report.duration, now)
            self.whole.add(report.duration, now)
        if report.outcome == "ok":
            self._learn(report, now)
        elif self._concurrency is not None and report.cooling == "rate":
            self._concurrency.shrink(now)
        return True

    def late(self, share: float, now: float, *, whole: bool) -> float | None:
        """Return the seconds that a share of answers did not take; None: they are too few."""
        spread = self.whole if whole else self.spread
        found = spread.quantile(share, now)
        return found if round(spread.count * (1 - share), 6) >= 1 else None

    def free(self) -> None:
        """Free all places: whoever had them is not here to report."""
        for lease in list(self.leases):
            self.report(lease, CANCELLED, 0.0)

    def stats(self, now: float) -> Stats:
        """Return how it stands; for some moments the same, if nothing happens."""
        if self._told_at <= now < self._told_until:
            return self._told
        breaker, concurrency = self._breaker, self._concurrency
        requests, failures = breaker.counted(now)
        until = breaker.changes_at(now)
        told = self._told = Stats(
            breaker.state(now),
            until,
            len(self.leases),
            None if concurrency is None else concurrency.allowed,
            self._buckets.headroom(now),
            self._first_token.value(now),
            self._per_token.value(now),
            self._output_tokens,
            float(requests),
            float(failures),
        )
        self._told_at = now
        self._told_until = now + _MOMENT if until is None else min(until, now + _MOMENT)
        return told

    def drained(self, entrant: Entrant, now: float) -> Admission | None:
        """Return a refusal if nothing is left of what its provider allows in a time."""
        if not self._buckets.told:
            return None
        wait = self._buckets.wait(now, entrant.tokens)
        if wait > 0 and (wait <= LONGEST or self.leases):
            reason = "nothing is left of its rate limits"
            return Admission(admitted=False, reason=reason, wait=wait)
        return None

    def _learn(self, report: Report, now: float) -> None:
        tokens, first = report.output_tokens, report.first_token
        if self._concurrency is not None:
            self._concurrency.grow(len(self.leases) + 1, now)
        if tokens:
            known = self._output_tokens
            self._output_tokens = tokens if known is None else known + _WEIGHT * (tokens - known)
            if first is not None and tokens > 1 and report.duration > first:
                self._per_token.add((report.duration - first) / (tokens - 1), now)


CANCELLED = Report(outcome="cancelled")
"""How an attempt ended of which nothing is known."""


def full(running: int) -> str:
    """Say that a target takes no more at once."""
    return f"{running} calls are under way, as many as it takes at once"


def crowded(running: int, provider: str) -> str:
    """Say that a provider may be sent no more at once."""
    return f"{running} calls are under way at {provider}, as many as its max_concurrency allows"
