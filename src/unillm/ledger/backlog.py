"""What is recorded and not yet written: a bounded queue, and the count of everything."""

from __future__ import annotations

import logging
import threading
from collections import deque

from unillm.ledger.held import Held
from unillm.types.dataclass import dataclass

logger = logging.getLogger("unillm")

BATCH = 500
"""How many operations are written at once at the most."""

LINGER = 0.1
"""Seconds in which operations gather before they are written, unless somebody waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flushed:
    """What has become of the operations that this process recorded.

    Attributes:
        written: How many are in the database.
        pending: How many of those recorded before are still to be written; 0: all are settled.
        dropped: How many are lost: the queue was full, or the database away to the end.
    """

    written: int
    pending: int
    dropped: int


class Backlog:
    """Operations on their way to the database.

    What is taken and not yet settled counts as well, so `room` bounds what a crash can lose.
    """

    def __init__(self, *, room: int, wait: float | None) -> None:
        """Make it empty.

        Args:
            room: How many operations it holds.
            wait: How many seconds to wait for room; None: not at all.
        """
        self.room = room
        self.written = 0
        self.dropped = 0
        self.closing = False
        self.served = False
        """Whether a thread writes what is put: the one that finds it so starts one."""
        self.over = False
        """Whether the program ends, so that nobody would write what is put."""
        self.is_away = False
        self.writer: int | None = None
        self.give_up_at = float("inf")
        self._wait = wait
        self._queue: deque[Held] = deque()
        self._accepted = 0
        self._settled = 0
        self._closed_at = 0
        self._flushing = 0
        self._asleep = False
        self._told = False
        # One that the same thread may take twice: the end of a stream that nobody closed is
        # recorded wherever garbage is collected, here too.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)

    def put(self, held: Held) -> bool:
        """Take an operation, or drop it; tell which."""
        with self._lock:
            is_full = self._accepted - self._settled >= self.room
            if self.over or (is_full and not self._found_room()):
                self._drop()
                return False
            if not self.served:
                self._reopen()
            self._queue.append(held)
            self._accepted += 1
            if self._asleep or len(self._queue) == BATCH:
                self._asleep = False
                self._changed.notify_all()
        return True

    def take(self, nap: float) -> list[Held] | None:
        """Return the next operations to write, none after so many seconds; None: it is closed."""
        with self._changed:
            is_done = self.closing and self._settled >= self._closed_at
            if is_done and self._queue and not self.over:
                self._reopen()  # somebody else goes on
            if not self._queue and not self.closing:
                self._asleep = True
                self._changed.wait_for(lambda: self._queue or self.closing, nap)
                self._asleep = False
            if not self._queue:
                self.served = not self.closing
                self._changed.notify_all()
                return [] if self.served else None
            self._changed.wait_for(self._is_urgent, LINGER)
            return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]

    def settle(self, *, written: int, dropped: int) -> None:
        """Note what became of operations that were taken."""
        with self._changed:
            self.written += written
            self._settled += written + dropped
            self.dropped += dropped
            self._told = self._told and not self.is_empty
            self._changed.notify_all()

    def flush(self, timeout: float, *, away: bool = True) -> Flushed:
        """Wait until all that was put before is settled, for so many seconds at the most.

        Args:
            timeout: The seconds.
            away: Whether to wait while the database is away, too.
        """
        with self._changed:
            until = self._accepted
            self._flushing += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(
                    lambda: self._settled >= until or (self.is_away and not away), timeout
                )
            finally:
                self._flushing -= 1
            return Flushed(
                written=self.written,
                pending=max(until - self._settled, 0),
                dropped=self.dropped,
            )

    def close(self, *, give_up_at: float = 0.0) -> None:
        """Have its thread end; from an instant on (monotonic) what cannot be written is dropped.

        What is put afterwards opens it again.
        """
        with self._changed:
            self.give_up_at = give_up_at
            self.closing = True
            self._closed_at = self._accepted
            self._changed.notify_all()

    def wait_closed(self, timeout: float) -> bool:
        """Wait until its thread ends; tell whether it does, and nothing opened it again."""
        with self._changed:
            self._changed.wait_for(lambda: not (self.served and self.closing), timeout)
            return not self.served

    def give_up(self) -> int:
        """Drop what is still queued, and return how many operations that were."""
        with self._changed:
            count = len(self._queue)
            self._queue.clear()
            self.settle(written=0, dropped=count)
            return count

    def tell_away(self, *, away: bool) -> bool:
        """Note whether the database is away; tell whether that is news."""
        with self._changed:
            is_news, self.is_away = self.is_away is not away, away
            self._changed.notify_all()
        return is_news

    def pause(self, seconds: float, closing: float) -> None:
        """Wait; if it is closed, or closed meanwhile, not longer than ``closing`` from then on."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.closing, seconds):
                return
            self._changed.wait(min(seconds, closing))

    @property
    def is_empty(self) -> bool:
        """Tell whether all that was put is settled."""
        return self._accepted == self._settled

    def _is_urgent(self) -> bool:
        return self.closing or self._flushing > 0 or len(self._queue) >= BATCH

    def _found_room(self) -> bool:
        # The writer itself would wait for itself: garbage is collected in its thread, too.
        if self._wait is None or threading.get_ident() == self.writer:
            return False
        free = self._changed.wait_for(
            lambda: self._accepted - self._settled < self.room or self.closing, self._wait
        )
        return free and not self.closing

    def _reopen(self) -> None:
        self.closing, self.give_up_at = False, float("inf")
        self._changed.notify_all()

    def _drop(self) -> None:
        self.dropped += 1
        if not self._told:
            self._told = True
            why = (
                "ends with the program"
                if self.over
                else f"has {self.room:,} waiting, and no more room"
            )
            logger.error("the ledger %s: operations are dropped and counted; calls go on", why)
