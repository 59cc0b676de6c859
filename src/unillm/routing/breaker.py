"""When a target is not asked for a while: arithmetic over how its attempts ended.

It is put by once seven in ten of its last attempts failed, of eight or more, by no fault of the
caller's; then one attempt at a time finds out whether it is well again. Without money, or with a
key that is no good, it is put by at once, and for longer. Why these numbers:
`docs/decisions/health.md`.
"""

from __future__ import annotations

import math
from collections import deque

from unillm.types.health import ADMITTED, Admission, Cooling, Report, State

WINDOW = 120.0
"""Seconds after which an outcome counts no more."""
SAMPLES = 50
"""So many of the last outcomes count: one that was well for long is put by soon all the same."""
LEAST = 8
"""Fewer outcomes say nothing."""
SHARE = 0.7
"""What share of them has to have failed."""
FIRST: dict[Cooling, float] = {"failure": 5.0, "quota": 300.0, "auth": 300.0}
"""Seconds for which a target is put by the first time; each time in a row it is twice as long."""
MOST: dict[Cooling, float] = {"failure": 300.0, "quota": 3600.0, "auth": 3600.0}
"""Seconds for which it is put by at most."""
LONGEST = 3600.0
"""Seconds: what a server says is to be waited is not believed beyond that."""
PROBE = 60.0
"""Seconds after which an attempt that finds out for others is waited for no more."""

_DOUBLED = 10
"""Doublings after which every span is at its most."""

REASONS = {
    "failure": "too many of its last calls failed",
    "quota": "its account has nothing left",
    "auth": "it refuses the key, or does not have the model",
    "held": "it asked to be left alone for a while",
    "probing": "another call is finding out if it is well",
}
"""Why a target is not asked."""


class Breaker:
    """Whether one target is asked. All moments are seconds of one clock.

    Attributes:
        cooling: Why it is put by; ``none``: it is not.
        until: Until when.
        held_until: Until when its server asked to be left alone.
    """

    __slots__ = (
        "_closed_at",
        "_failures",
        "_opened_at",
        "_probe",
        "_probe_until",
        "_span",
        "_times",
        "_votes",
        "cooling",
        "held_until",
        "until",
    )

    def __init__(self) -> None:
        """Begin with one that was never asked."""
        self.cooling: Cooling = "none"
        self.until = -math.inf
        self.held_until = -math.inf
        self._failures = 0
        self._votes: deque[tuple[float, bool]] = deque()
        self._times = 0
        self._span = 0.0
        self._opened_at = self._closed_at = -math.inf
        self._probe: str | None = None
        self._probe_until = -math.inf

    def state(self, now: float) -> State:
        """Return whether it is asked."""
        if self.cooling == "none":
            return "open" if now < self.held_until else "closed"
        if now >= self.until:
            return "half_open"
        return "quota" if self.cooling == "quota" else "open"

    def changes_at(self, now: float) -> float | None:
        """Return when that changes by itself; None: not by itself."""
        at = self.held_until if self.cooling == "none" else self.until
        return at if at > now else None

    def counted(self, now: float) -> tuple[int, int]:
        """Return how many outcomes count, and how many of them are failures."""
        self._forget(now)
        return len(self._votes), self._failures

    def admit(self, lease: str, now: float, *, alone: bool) -> Admission:
        """Tell whether an attempt may be made.

        Args:
            lease: Its name.
            now: The moment.
            alone: Whether nobody else can be asked: then it may.
        """
        if self.cooling == "none":
            if now >= self.held_until or alone:
                return ADMITTED
            return _refused("held", self.held_until - now)
        if now < self.until:
            return ADMITTED if alone else _refused(self.cooling, self.until - now)
        if self._probe is not None and now < self._probe_until:
            if alone:
                return ADMITTED
            return _refused("probing", self._probe_until - now)
        self._probe, self._probe_until = lease, now + PROBE
        return Admission(admitted=True, probe=True)

    def report(self, lease: str, began: float, report: Report, now: float) -> None:
        """Learn from how an attempt ended that was admitted at a moment."""
        if lease == self._probe:
            self._probe = None
        kind = report.cooling
        if report.outcome == "ok":
            if self.cooling == "none":
                self._vote(now, failed=False)
            elif began > self._opened_at:
                self._close(now)
        elif report.outcome == "error" and kind != "none":
            self._fail(began, kind, report.retry_after, now)

    def _fail(self, began: float, kind: Cooling, retry_after: float | None, now: float) -> None:
        if retry_after is not None and kind in {"rate", "failure"}:
            self.held_until = max(self.held_until, now + min(retry_after, LONGEST))
        lasting = kind in {"quota", "auth"}
        if self.cooling == "none":
            self._vote(now, failed=True)
            many = len(self._votes) >= LEAST and self._failures >= SHARE * len(self._votes)
            if lasting or many:
                self._open(kind if lasting else "failure", now)
        elif began > self._opened_at or (lasting and kind != self.cooling):
            # Those that were under way as it was put by tell of the same trouble.
            self._open(kind if lasting else "failure", now)

    def _open(self, kind: Cooling, now: float) -> None:
        soon = self.cooling == "none" and now - self._closed_at <= self._span
        self._times = self._times + 1 if soon or self.cooling == kind else 0
        self._span = min(MOST[kind], FIRST[kind] * 2.0 ** min(self._times, _DOUBLED))
        self.cooling = kind
        self._opened_at, self.until = now, now + self._span
        self._probe = None

    def _close(self, now: float) -> None:
        self.cooling = "none"
        self._closed_at = now
        self._probe = None
        self._votes.clear()
        self._failures = 0

    def _vote(self, now: float, *, failed: bool) -> None:
        self._votes.append((now, failed))
        self._failures += failed
        if len(self._votes) > SAMPLES or self._votes[0][0] <= now - WINDOW:
            self._forget(now)

    def _forget(self, now: float) -> None:
        votes = self._votes
        while votes and (len(votes) > SAMPLES or votes[0][0] <= now - WINDOW):
            self._failures -= votes.popleft()[1]


def _refused(why: str, wait: float) -> Admission:
    return Admission(admitted=False, reason=REASONS[why], wait=wait)
