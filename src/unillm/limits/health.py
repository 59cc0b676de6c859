"""How targets fare, as one process sees it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from unillm.routing.retry_budget import RetryBudget
from unillm.routing.vitals import Vitals, crowded
from unillm.types.health import FRESH, Admission, Entrant, Report, Stats

MOST = 1_000
"""Targets that are remembered; beyond it the oldest are forgotten that nothing is sent to."""


class MemoryHealth:
    """Keeps how targets fare for all threads of this process. A forked process has its own.

    Args:
        most: How many targets are remembered.
    """

    blocks = False

    def __init__(self, *, most: int = MOST) -> None:
        """Begin with none known."""
        self._most = most
        self._targets: dict[str, Vitals] = {}
        self._providers: dict[str, set[str]] = {}
        self._retries = RetryBudget()
        # Reentrant: a forgotten stream may be collected, and reported, at any allocation under it.
        self._lock = threading.RLock()
        self._process = os.getpid()

    def look(self, keys: Sequence[str], now: float) -> Sequence[Stats]:
        """Return how targets stand, in their order."""
        targets = self._targets
        with self._locked():
            found = map(targets.get, keys)
            return [FRESH if target is None else target.stats(now) for target in found]

    def admit(self, lease: str, entrant: Entrant, now: float) -> Admission:
        """Give an attempt a place, under a name that its report bears too."""
        with self._locked():
            target = self._targets.get(entrant.key)
            if target is None:
                target = self._new(entrant.key)
            running: set[str] | None = None
            if entrant.bulkhead is not None:
                running = self._providers.setdefault(entrant.provider, set())
                if len(running) >= entrant.bulkhead:
                    reason = crowded(len(running), entrant.provider)
                    return Admission(admitted=False, reason=reason)
            admission = target.admit(lease, entrant, now)
            if admission.admitted:
                self._retries.count(now)
                if running is not None:
                    running.add(lease)
            return admission

    def report(self, lease: str, entrant: Entrant, report: Report, now: float) -> None:
        """Take note of how an attempt ended, once, and free its place."""
        with self._locked():
            if entrant.bulkhead is not None:
                self._providers.get(entrant.provider, set[str]()).discard(lease)
            target = self._targets.get(entrant.key)
            if target is not None:
                target.report(lease, report, now)

    def drained(self, entrant: Entrant, now: float) -> Admission | None:
        """Return a refusal if nothing is left of the rate limits that a target told of here."""
        with self._locked():
            target = self._targets.get(entrant.key)
            return None if target is None or entrant.alone else target.drained(entrant, now)

    def may_retry(self, share: float, now: float) -> bool:
        """Tell whether one more attempt at a target that has failed fits the retry budget."""
        with self._locked():
            return self._retries.take(share, now)

    def quantile(self, key: str, share: float, now: float, *, whole: bool = False) -> float | None:
        """Return the seconds in which a share of answers had begun lately; None: not known.

        It is not known before there is an answer that was slower: of 20, for a share of 0.95.
        """
        with self._locked():
            target = self._targets.get(key)
            return None if target is None else target.late(share, now, whole=whole)

    def keys(self) -> Sequence[str]:
        """Return the targets it knows, by their keys."""
        with self._locked():
            return tuple(self._targets)

    def _new(self, key: str) -> Vitals:
        if len(self._targets) >= self._most:
            idle = [name for name, target in self._targets.items() if not target.leases]
            for name in idle[: max(1, self._most // 8)]:
                del self._targets[name]
        target = self._targets[key] = Vitals()
        return target

    def _locked(self) -> threading.RLock:
        if self._process != os.getpid():
            # Forked: whoever held the lock, or has calls under way, is not here.
            self._lock, self._process = threading.RLock(), os.getpid()
            self._providers.clear()
            for target in self._targets.values():
                target.free()
        return self._lock

    def __repr__(self) -> str:
        """Show how much is known."""
        return f"MemoryHealth({len(self._targets)} targets)"
