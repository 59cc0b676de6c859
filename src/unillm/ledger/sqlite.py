"""A ledger in a file of SQLite's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakSet

from unillm.errors import InvalidRequestError
from unillm.ledger.connection import Row
from unillm.ledger.schema import STEPS, UnusableLedgerError, migrate, require_readable, version_of

_PATIENCE = 5.0
"""Seconds to wait for another process that writes, before it is tried again later."""

POISON: tuple[type[Exception], ...] = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What is raised because of a row, and not because of the database."""


class SqliteConnection:
    """A connection to a file.

    It is closed while its process forks, and opens itself anew afterwards. SQLite keeps what locks
    a process has in its memory, which a child inherits, and the locks themselves with the system,
    which it does not: a child of a process with an open file would take locks for its own that
    nobody has, or wait for ever for some that nobody gives back
    (https://sqlite.org/howtocorrupt.html, "carrying an open database file across a fork").
    """

    ordered = "WITHOUT ROWID"

    def __init__(self, path: Path, *, durable: bool = False, read_only: bool = False) -> None:
        """Open the file.

        Raises:
            sqlite3.Error: It cannot be opened, or is no ledger.
        """
        self._path = path
        self._durable = durable
        self._read_only = read_only
        self._inner: sqlite3.Connection | None = None
        self._is_closed = False
        self.lock = RLock()
        if not read_only:
            _create(path)
        self._file = _identity(path)
        with _GATE, self.lock:
            self._connected()
            _OPEN.add(self)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement, and return the rows that it gives."""
        with self.lock:
            return self._connected().execute(sql, values).fetchall()

    def many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        with self.lock:
            self._connected().executemany(sql, values)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table."""
        marks = ", ".join("?" * len(columns))
        self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Generator[None]:
        """Commit what happens in the block, or undo all of it. Nobody else writes meanwhile."""
        del alone
        with self.lock:
            inner = self._connected()
            inner.execute("BEGIN IMMEDIATE")
            try:
                yield
                inner.execute("COMMIT")
            except BaseException:
                if inner.in_transaction:
                    inner.rollback()
                raise

    def has_table(self, name: str) -> bool:
        """Tell whether there is a table of this name."""
        found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(self.rows(found, (name,)))

    def is_here(self) -> bool:
        """Tell whether the file at the path is still the one that was opened."""
        return self._file is not None and _identity(self._path) == self._file

    def close(self) -> None:
        """Close it."""
        with self.lock:
            self._is_closed = True
            self.pause()

    def pause(self) -> None:
        """Close it until it is used again; by whoever has the lock."""
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()

    def _connected(self) -> sqlite3.Connection:
        if self._inner is not None:
            return self._inner
        if self._is_closed:
            raise sqlite3.OperationalError("it was closed")
        inner = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={'ro' if self._read_only else 'rw'}",
            uri=True,
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,  # the lock sees to it that one at a time has it
        )
        try:
            if not self._read_only:
                inner.execute("PRAGMA journal_mode = WAL").fetchall()
                inner.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        except BaseException:
            inner.close()
            raise
        self._inner = inner
        return inner


_OPEN: WeakSet[SqliteConnection] = WeakSet()
"""Those to close before a fork. It concerns the process as a whole, and so do these three."""

_GATE = RLock()  # none is opened while the process forks
_paused: list[SqliteConnection] = []


def _before_fork() -> None:
    _GATE.acquire()
    _paused[:] = _OPEN
    for connection in _paused:
        connection.lock.acquire()  # whoever writes ends what he is at
        connection.pause()


def _after_fork() -> None:
    for connection in _paused:
        connection.lock.release()
    _paused.clear()
    _GATE.release()


def _after_fork_in_child() -> None:
    _OPEN.clear()
    _after_fork()


if hasattr(os, "register_at_fork"):  # else nothing forks here
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child
    )


def opened(path: Path, *, durable: bool) -> SqliteConnection:
    """Open a ledger to write to it; make it, or bring it up to date, if need be.

    Raises:
        sqlite3.Error: That failed.
        UnusableLedgerError: It was made by a later release.
    """
    connection = SqliteConnection(path, durable=durable)
    try:
        _require_ours(connection)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def opened_to_read(path: Path) -> SqliteConnection:
    """Open a ledger to read it.

    Raises:
        InvalidRequestError: There is none.
        sqlite3.Error: It cannot be read.
        UnusableLedgerError: It was made by a later release.
    """
    if not path.exists():
        raise InvalidRequestError(f"there is no ledger at {path}: nothing was recorded there yet")
    connection, version = _readable(path)
    if version in {0, len(STEPS)}:  # 0: it is empty, and somebody else will make it
        return connection
    connection.close()
    opened(path, durable=False).close()
    return SqliteConnection(path, read_only=True)


def _readable(path: Path) -> tuple[SqliteConnection, int]:
    """Open what is there to read it, and return the version of its tables, too."""
    connection = SqliteConnection(path, read_only=True)
    try:
        _require_ours(connection)
        version = version_of(connection)
        require_readable(version)
    except BaseException:
        connection.close()
        raise
    return connection, version


def _require_ours(connection: SqliteConnection) -> None:
    tables = connection.rows("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1")
    if tables and not connection.has_table("meta"):
        raise UnusableLedgerError("it is the database of another program: name another file")


def check(path: Path) -> None:
    """Refuse a path at which there can be no ledger.

    SQLite alone opens a file that is there. Whoever else does, and closes it, gives back all locks
    that this process has on it, and another one would delete the log that is written here
    (https://sqlite.org/howtocorrupt.html, "Posix advisory locks canceled").

    Raises:
        InvalidRequestError: The message says why, and what to do.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise InvalidRequestError(f"ledger={str(path)!r} is a folder: name a file in it")
    if not folder.is_dir():
        raise InvalidRequestError(f"ledger={str(path)!r}: there is no folder {str(folder)!r}")
    if not path.exists():
        if not os.access(folder, os.W_OK):
            raise InvalidRequestError(f"ledger={str(path)!r}: nobody may write to {str(folder)!r}")
        return
    if not os.access(path, os.R_OK):
        raise InvalidRequestError(f"ledger={str(path)!r} cannot be read: it is not yours to read")
    try:
        _readable(path)[0].close()
    except UnusableLedgerError as error:
        raise InvalidRequestError(f"ledger={str(path)!r}: {error}") from error
    except sqlite3.DatabaseError as error:
        # Else it is locked, or broken: whoever writes to it tells, and tries again.
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise InvalidRequestError(
                f"ledger={str(path)!r} is no database of SQLite's: name another file, "
                "or move it away"
            ) from error


def _create(path: Path) -> None:
    """Make the file so that nobody else may read it; what SQLite puts beside it is the same."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise sqlite3.OperationalError(f"the file cannot be made: {error.strerror}") from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
