"""Who writes a ledger, and what may be missing of those that ended without a word."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from unillm.ledger.connection import Connection, Row
from unillm.types.dataclass import dataclass

_SILENCE = 3 * 3600.0
"""Seconds without a sign after which a process elsewhere counts as gone: each gives one an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Operations that are not in the ledger, or may not be.

    Attributes:
        host: Where the process ran.
        pid: Its number there.
        opened: When it began to write.
        seen: When it wrote last.
        written: How many operations it wrote.
        dropped: How many it had to drop, because the queue was full or the database away.
        at_most: How many more may be missing, because it ended without closing the ledger: as
            many as its queue held at the most. 0: it closed it, or still runs.
    """

    host: str
    pid: int
    opened: datetime
    seen: datetime
    written: int
    dropped: int
    at_most: int


@dataclass(slots=True, kw_only=True)
class Session:
    """A process that writes.

    Attributes:
        id: A unique id.
        host: Where it runs, and since which start of the machine.
        pid: Its number.
        born: When the machine says it began, which a later process of the same number did not.
        opened: When it began to write, in seconds since 1970.
        room: How many operations its queue holds.
        written: How many it wrote.
        dropped: How many it dropped.
    """

    id: str
    host: str
    pid: int
    born: str
    opened: float
    room: int
    written: int = 0
    dropped: int = 0


def here(id_: str, *, opened: float, room: int) -> Session:
    """Return the session of this process."""
    pid = os.getpid()
    return Session(id=id_, host=_host(), pid=pid, born=_born(pid), opened=opened, room=room)


def keep(connection: Connection, session: Session, now: float) -> None:
    """Write how far a session is; in a transaction."""
    connection.rows(
        "INSERT INTO sessions (id, host, pid, born, opened, seen, ended, room, written, dropped) "
        "VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "seen = excluded.seen, ended = NULL, written = excluded.written, "
        "dropped = excluded.dropped",
        (
            *(session.id, session.host, session.pid, session.born, session.opened, now),
            *(session.room, session.written, session.dropped),
        ),
    )


def end(connection: Connection, session: Session, now: float) -> None:
    """Write that a session is over; one that lost nothing is not worth a row."""
    keep(connection, session, now)
    if session.dropped:
        connection.rows("UPDATE sessions SET ended = 'closed' WHERE id = ?", (session.id,))
    else:
        connection.rows("DELETE FROM sessions WHERE id = ?", (session.id,))


def found_gone(connection: Connection, mine: str, now: float) -> list[Loss]:
    """Mark those that ended without a word, and return them; each is returned to one finder."""
    told: list[Loss] = []
    for row in connection.rows(f"SELECT {_COLUMNS} FROM sessions WHERE ended IS NULL"):
        if row[0] == mine or not _is_gone(row, now):
            continue
        with connection.transaction():
            marked = connection.rows(
                "UPDATE sessions SET ended = 'gone' WHERE id = ? AND ended IS NULL RETURNING id",
                (row[0],),
            )
        told += [_loss((*row[:6], "gone", *row[7:]))] if marked else []
    return told


def losses(connection: Connection, since: float, until: float) -> list[Loss]:
    """Return what may be missing of a period."""
    rows = connection.rows(
        f"SELECT {_COLUMNS} FROM sessions WHERE (ended = 'gone' OR dropped > 0) "
        "AND seen >= ? AND opened < ? ORDER BY opened, id",
        (since, until),
    )
    return [_loss(row) for row in rows]


_COLUMNS = "id, host, pid, born, opened, seen, ended, room, written, dropped"


def _loss(row: Row) -> Loss:
    _, host, pid, _, opened, seen, ended, room, written, dropped = row
    return Loss(
        host=host.partition("/")[0],
        pid=pid,
        opened=datetime.fromtimestamp(opened, UTC),
        seen=datetime.fromtimestamp(seen, UTC),
        written=written,
        dropped=dropped,
        at_most=room if ended == "gone" else 0,
    )


def known_dropped(found: Iterable[Loss]) -> int:
    """Return how many operations are missing for certain."""
    return sum(loss.dropped for loss in found)


def _is_gone(row: Row, now: float) -> bool:
    host, pid, born = str(row[1]), int(row[2]), str(row[3])
    name, _, boot = host.partition("/")
    mine, _, my_boot = _host().partition("/")
    if name != mine:  # nobody here can tell
        return now - float(row[5]) > _SILENCE
    return boot != my_boot or not _lives(pid, born)


def _lives(pid: int, born: str) -> bool:
    if born:
        return _born(pid) == born
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}/{boot}"


def _born(pid: int) -> str:
    """Return when a process began, in ticks since the machine did; empty: that is not told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program, in parentheses, may hold anything.
    return stat.rpartition(")")[2].split()[19]
