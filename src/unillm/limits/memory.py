"""Budgets of one process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from heapq import heapify, heappop, heappush

from unillm.types.budget import Account, Claim
from unillm.types.dataclass import dataclass

KEPT = 3600.0
"""Seconds that an account of the past is kept beyond its leases, for calls that end late."""
REMEMBERED = 30 * 86_400.0
"""Seconds for which it is known of a hold that it has lapsed."""
_SPARE = 64
"""Entries that may be of no use any more, before any are cleared away."""


@dataclass(slots=True)
class _Hold:
    """What is reserved under one name.

    Attributes:
        amount: So much.
        keeps: Whether it counts as spent once it lapses.
        lapsed: How much was booked as it lapsed; None: it has not.
        booked: Whether it was never reserved, and spent all the same.
    """

    amount: int
    keeps: bool
    lapsed: int | None = None
    booked: bool = False


@dataclass(slots=True)
class _Tally:
    """One account."""

    spent: int = 0
    reserved: int = 0
    overshoot: int = 0
    expired: int = 0
    told: bool = False
    until: float | None = None
    holds: dict[str, _Hold] = field(default_factory=dict[str, _Hold])
    leases: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    def account(self, *, room: bool = True, soft: bool = False) -> Account:
        return Account(
            spent=self.spent,
            reserved=self.reserved,
            overshoot=self.overshoot,
            expired=self.expired,
            room=room,
            soft=soft,
        )

    def expire(self, now: float) -> None:
        """Let what is reserved lapse where its lease is over."""
        while self.leases and self.leases[0][0] <= now:
            _, name = heappop(self.leases)
            hold = self.holds.get(name)
            if hold is None:
                continue
            if hold.lapsed is not None or hold.booked:
                del self.holds[name]
                continue
            heappush(self.leases, (now + REMEMBERED, name))
            hold.lapsed = hold.amount if hold.keeps else 0
            self.reserved -= hold.amount
            self.spent += hold.lapsed
            self.expired += hold.amount

    def hold(self, name: str, claim: Claim, now: float) -> None:
        """Reserve what is asked for."""
        self.holds[name] = _Hold(claim.amount, claim.keeps)
        self.reserved += claim.amount
        heappush(self.leases, (now + claim.lease, name))
        if len(self.leases) > 2 * len(self.holds) + _SPARE:
            self.leases = [lease for lease in self.leases if lease[1] in self.holds]
            heapify(self.leases)

    def settle(self, name: str, claim: Claim, spent: int, now: float, *, unheld: bool) -> bool:
        """Book what was spent; tell whether that passed the soft limit."""
        hold = self.holds.get(name)
        if (hold is None and not unheld) or (hold is not None and hold.booked):
            return False
        if hold is None:
            self.holds[name] = _Hold(0, keeps=False, booked=True)
            heappush(self.leases, (now + REMEMBERED, name))
        else:
            del self.holds[name]
            if hold.lapsed is None:
                self.reserved -= hold.amount
            else:
                self.expired -= hold.amount
                self.spent -= hold.lapsed
        self.spent += spent
        self.overshoot += max(0, spent - claim.amount)
        passed = claim.soft is not None and self.spent >= claim.soft and not self.told
        self.told = self.told or passed
        return passed


class MemoryStore:
    """Keeps count in this process, for all its threads. A forked process has a copy of its own.

    Leases go by a clock that nobody sets: the time of day may jump, and calls go on.

    Args:
        clock: Tells the time in seconds, for all it is needed for; for tests.
    """

    blocks = False

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        """Begin with nothing spent."""
        self._clock = clock or time.monotonic
        self._time_of_day = clock or time.time
        self._tallies: dict[str, _Tally] = {}
        self._sweep_at = _SPARE
        # Reentrant: a forgotten stream may be collected, and settled, at any allocation under it.
        self._lock = threading.RLock()
        self._process = os.getpid()

    def reserve(self, hold: str, claims: Sequence[Claim]) -> Sequence[Account]:
        """Reserve the amount of each claim, or of none if one has no room; tell which has."""
        with self._locked():
            now = self._clock()
            tallies = [self._of(claim, now) for claim in claims]
            rooms = [
                hold in tally.holds or tally.spent + tally.reserved + claim.amount <= claim.limit
                for tally, claim in zip(tallies, claims, strict=True)
            ]
            if all(rooms):
                for tally, claim in zip(tallies, claims, strict=True):
                    if hold not in tally.holds:
                        tally.hold(hold, claim, now)
            return [tally.account(room=room) for tally, room in zip(tallies, rooms, strict=True)]

    def settle(
        self, hold: str, claims: Sequence[Claim], spent: int, *, unheld: bool = False
    ) -> Sequence[Account]:
        """Put what was spent in the place of what was reserved."""
        with self._locked():
            now = self._clock()
            found: list[Account] = []
            for claim in claims:
                tally = self._of(claim, now)
                soft = tally.settle(hold, claim, spent, now, unheld=unheld)
                found.append(tally.account(soft=soft))
            return found

    def read(self, claims: Sequence[Claim]) -> Sequence[Account]:
        """Tell how accounts stand."""
        with self._locked():
            now = self._clock()
            return [self._of(claim, now).account() for claim in claims]

    def _of(self, claim: Claim, now: float) -> _Tally:
        tally = self._tallies.get(claim.key)
        if tally is None:
            if len(self._tallies) >= self._sweep_at:
                self._sweep(now)
            tally = self._tallies[claim.key] = _Tally()
        if claim.until is not None:
            left = max(0.0, claim.until - self._time_of_day())
            tally.until = max(tally.until or now, now + left + claim.lease + KEPT)
        tally.expire(now)
        return tally

    def _sweep(self, now: float) -> None:
        """Forget what is of the past; how often, grows with how much is not."""
        self._tallies = {
            key: tally
            for key, tally in self._tallies.items()
            if tally.until is None or tally.until > now
        }
        self._sweep_at = 2 * len(self._tallies) + _SPARE

    def _locked(self) -> threading.RLock:
        if self._process != os.getpid():
            # Forked: whoever held the lock at that moment is not here to give it back.
            self._lock, self._process = threading.RLock(), os.getpid()
        return self._lock

    def __repr__(self) -> str:
        """Show nothing of what is counted: accounts may be named after users."""
        return f"MemoryStore({len(self._tallies)} accounts)"
