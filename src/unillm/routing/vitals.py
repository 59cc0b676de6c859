"""One target as a whole: whether it is asked, how fast it is, how many calls are under way."""

from __future__ import annotations

from dataclasses import dataclass

from unillm.routing.breaker import Breaker
from unillm.routing.bucket import LONGEST, Buckets
from unillm.routing.concurrency import Concurrency
from unillm.routing.latency import PeakMean, Spread
from unillm.types.health import Admission, Entrant, Report, Stats

_WEIGHT = 0.1
"""What share of the mean length of answers a new one has."""


@dataclass(slots=True)
class _Lease:
    """An attempt under way: when it was admitted, and its number for the limits."""

    began: float
    number: int


class Vitals:
    """How one target fares. All moments are seconds of one clock.

    Attributes:
        leases: The attempts under way, by name.
        spread: Of the seconds to the first token.
    """

    __slots__ = (
        "_breaker",
        "_buckets",
        "_concurrency",
        "_duration",
        "_first_token",
        "_output_tokens",
        "_per_token",
        "leases",
        "spread",
    )

    def __init__(self) -> None:
        """Begin with one that was never asked."""
        self.leases: dict[str, _Lease] = {}
        self.spread = Spread()
        self._breaker = Breaker()
        self._buckets = Buckets()
        self._concurrency: Concurrency | None = None
        self._first_token = PeakMean()
        self._per_token = PeakMean()
        self._duration = PeakMean()
        self._output_tokens: float | None = None

    def admit(self, lease: str, entrant: Entrant, now: float) -> Admission:
        """Give an attempt a place, or say why not.

        Who is alone passes, whatever is known: whatever it is, he finds out, and is counted.
        """
        alone, limit = entrant.alone, entrant.limit
        known = self._concurrency
        if limit is not None and (known is None or known.most != limit):
            self._concurrency = Concurrency(limit)
        if not alone:
            refused = self._full(entrant, now)
            if refused is not None:
                return refused
        admission = self._breaker.admit(lease, now, alone=alone)
        if admission.admitted:
            self.leases[lease] = _Lease(now, self._buckets.begin())
            if entrant.tokens:
                self._buckets.use(entrant.tokens)
        return admission

    def report(self, lease: str, report: Report, now: float) -> bool:
        """Learn how an attempt ended, and free its place; tell whether it had one."""
        held = self.leases.pop(lease, None)
        if held is None:
            return False
        self._breaker.report(lease, held.began, report, now)
        if report.rate_limits is not None:
            self._buckets.learn(held.number, now, report.rate_limits)
        if report.first_token is not None:
            self._first_token.add(report.first_token, now)
            self.spread.add(report.first_token, now)
        if report.outcome == "ok":
            self._learn(report, now)
        elif self._concurrency is not None and report.cooling == "rate":
            self._concurrency.shrink(now)
        return True

    def free(self) -> None:
        """Free all places: whoever had them is not here to report."""
        for lease in list(self.leases):
            self.report(lease, CANCELLED, 0.0)

    def wait(self, now: float) -> float | None:
        """Return the seconds until a place is likely to be free; None: not known."""
        each = self._duration.value(now)
        return None if each is None else each / max(1, len(self.leases))

    def stats(self, now: float) -> Stats:
        """Return how it stands."""
        breaker, concurrency = self._breaker, self._concurrency
        return Stats(
            state=breaker.state(now),
            until=breaker.changes_at(now),
            in_flight=len(self.leases),
            limit=None if concurrency is None else concurrency.allowed,
            headroom=self._buckets.headroom(now),
            first_token=self._first_token.value(now),
            per_token=self._per_token.value(now),
            output_tokens=self._output_tokens,
            requests=float(breaker.requests(now)),
            failures=float(breaker.failures),
        )

    def _full(self, entrant: Entrant, now: float) -> Admission | None:
        """Return a refusal if no more can be taken on now."""
        concurrency = self._concurrency
        if concurrency is not None:
            running = len(self.leases)
            if running >= concurrency.allowed:
                return Admission(
                    admitted=False,
                    reason=f"{running} calls are under way, as many as it takes at once",
                    wait=self.wait(now),
                )
        wait = self._buckets.wait(now, entrant.tokens)
        if wait > 0 and (wait <= LONGEST or self.leases):
            reason = "nothing is left of its rate limits"
            return Admission(admitted=False, reason=reason, wait=wait)
        return None

    def _learn(self, report: Report, now: float) -> None:
        tokens, first = report.output_tokens, report.first_token
        self._duration.add(report.duration, now)
        if self._concurrency is not None:
            self._concurrency.grow(len(self.leases) + 1)
        if tokens:
            known = self._output_tokens
            self._output_tokens = tokens if known is None else known + _WEIGHT * (tokens - known)
            if first is not None and tokens > 1 and report.duration > first:
                self._per_token.add((report.duration - first) / (tokens - 1), now)


CANCELLED = Report(outcome="cancelled")
"""How an attempt ended of which nothing is known."""
