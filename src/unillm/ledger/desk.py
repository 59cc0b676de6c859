"""What the writing thread does: writes, tries again, tells, forgets."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from unillm.ledger import sessions, store
from unillm.ledger.rows import DAY, Booked, Bookkeeper

if TYPE_CHECKING:
    from unillm.ledger.backlog import Backlog
    from unillm.ledger.connection import Connection
    from unillm.ledger.held import Held
    from unillm.ledger.place import Place

logger = logging.getLogger("unillm")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds between tries, while the database is away."""

_CLOSING_PAUSE = 0.2  # the same, while somebody waits for the end
_HOUR = 3600.0


class _MovedError(Exception):
    """The file that was written to is no longer where the ledger is."""


def work(place: Place, backlog: Backlog, keep_days: int | None) -> None:
    """Write what the backlog is given, until it is closed.

    The connection is known to this frame alone. A forked child has neither frame nor thread, so
    that nothing there can use the connection of its parent, or close it.
    """
    backlog.writer = threading.get_ident()
    desk = Desk(place, backlog, keep_days)
    try:
        desk.attempt_chores()
        while (batch := backlog.take(_HOUR)) is not None:
            if batch:
                desk.settle(desk.booked(batch))
            desk.attempt_chores()
        desk.end()
    except BaseException as error:  # noqa: BLE001 - nobody could catch it
        said = type(error).__name__
        logger.error("the ledger %s is no longer written: %s", place.shown, said)  # noqa: TRY400 - a traceback could show what a row holds
        backlog.over, backlog.served = True, False
        backlog.give_up()
    finally:
        desk.disconnect()


class Desk:
    """Holds the connection, and what is known of the process that writes."""

    def __init__(self, place: Place, backlog: Backlog, keep_days: int | None) -> None:
        """Take what it needs; nothing is opened yet."""
        self._place = place
        self._backlog = backlog
        self._keep_days = keep_days
        self._books = Bookkeeper()
        self._before = backlog.written, backlog.dropped  # by a thread that has ended
        self._session = sessions.here(uuid.uuid4().hex, opened=time.time(), room=backlog.room)
        self._connection: Connection | None = None
        self._chores_at = 0.0
        self._pruned_at = 0.0

    def booked(self, batch: Sequence[Held]) -> list[Booked]:
        """Return operations as rows; one of which none can be made is dropped."""
        booked: list[Booked] = []
        for held in batch:
            try:
                booked.append(self._books.booked(held))
            except Exception as error:  # noqa: BLE001 - an observer's own record may hold anything
                self._refused(error)
        return booked

    def settle(self, batch: Sequence[Booked]) -> None:
        """Write operations, again and again until it works or the time is up."""
        pause = FIRST_PAUSE
        while batch:
            try:
                self._commit(batch)
            except self._place.poison() as error:
                if len(batch) == 1:
                    self._refused(error)
                    return
                half = len(batch) // 2
                self.settle(batch[:half])
                batch = batch[half:]
            except Exception as error:  # noqa: BLE001 - whatever a database raises: calls go on
                self.disconnect()
                self._tell_away(error)
                if time.monotonic() >= self._backlog.give_up_at:
                    self._lose(len(batch))
                    return
                self._backlog.pause(pause, _CLOSING_PAUSE)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._backlog.settle(written=len(batch), dropped=0)
                self._tell_back()
                return

    def attempt_chores(self) -> None:
        """Give a sign of life each hour, and forget old rows each day; if it fails, later."""
        now = time.time()
        if now - self._chores_at < _HOUR:
            return
        self._chores_at = now
        try:
            connection = self._connected()
            with connection.transaction():
                sessions.keep(connection, self._session, now)
            if self._keep_days is not None and now - self._pruned_at >= DAY:
                store.prune(connection, int(now // DAY) - self._keep_days)
                self._pruned_at = now
        except Exception as error:  # noqa: BLE001 - as above
            self.disconnect()
            self._tell_away(error)

    def end(self) -> None:
        """Leave word that nothing more comes."""
        try:
            connection = self._connected()
            self._session.dropped = self._backlog.dropped - self._before[1]
            with connection.transaction():
                sessions.end(connection, self._session, time.time())
        except Exception as error:  # noqa: BLE001 - as above
            self._tell_away(error)

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _commit(self, batch: Sequence[Booked]) -> None:
        connection, session = self._connected(), self._session
        with connection.transaction():
            store.write(connection, batch)
            session.written = self._backlog.written - self._before[0] + len(batch)
            session.dropped = self._backlog.dropped - self._before[1]
            sessions.keep(connection, session, time.time())
        if not connection.is_here():
            raise _MovedError("the file was moved or deleted")

    def _connected(self) -> Connection:
        if self._connection is not None and not self._connection.is_here():
            self.disconnect()
        if self._connection is None:
            self._connection = self._place.open()
            self._greet(self._connection)
        return self._connection

    def _greet(self, connection: Connection) -> None:
        """Leave word that this process writes, and tell of those that ended without any."""
        with connection.transaction():
            sessions.keep(connection, self._session, time.time())
        for loss in sessions.found_gone(connection, self._session.id, time.time()):
            logger.warning(
                "process %d on %s ended without closing the ledger %s, which it last wrote on %s: "
                "up to %d operations may be missing",
                *(loss.pid, loss.host, self._place.shown, f"{loss.seen:%Y-%m-%d %H:%M:%S} UTC"),
                loss.at_most,
            )

    def _refused(self, error: Exception) -> None:
        said = type(error).__name__  # its message may quote what the row holds
        logger.error("an operation cannot be written to the ledger, and is dropped: %s", said)
        self._backlog.settle(written=0, dropped=1)

    def _lose(self, count: int) -> None:
        self._backlog.settle(written=0, dropped=count)
        lost = count + self._backlog.give_up()
        logger.error(
            "%d operations are lost: the ledger %s was away to the end", lost, self._place.shown
        )

    def _tell_away(self, error: Exception) -> None:
        if self._backlog.tell_away(away=True):
            logger.error(
                "the ledger %s cannot be written (%s); operations wait, %d at the most; "
                "calls go on",
                *(self._place.shown, self._place.said(error), self._backlog.room),
            )

    def _tell_back(self) -> None:
        if self._backlog.tell_away(away=False):
            logger.warning(
                "the ledger %s is written again; operations dropped so far: %d",
                *(self._place.shown, self._backlog.dropped),
            )
