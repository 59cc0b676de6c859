"""A ledger in a schema of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from unillm.errors import InvalidRequestError
from unillm.ledger.connection import Row
from unillm.ledger.schema import STEPS, migrate, require_readable, version_of

if TYPE_CHECKING:
    import psycopg

_DEFAULTS = {
    "connect_timeout": "10",
    # A server that is cut off is noticed, rather than waited for.
    "tcp_user_timeout": "15000",
    "application_name": "unillm",
}
_STATEMENT = "SET LOCAL statement_timeout = '60s'"
_LOCK = 0x756E6C67
"""What processes that migrate at the same time wait for each other by."""


class PostgresConnection:
    """A connection to a server."""

    ordered = ""

    def __init__(self, dsn: str, schema: str) -> None:
        """Connect.

        Raises:
            psycopg.Error: That failed.
        """
        import psycopg
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        given = conninfo_to_dict(dsn)
        self._schema = schema
        self._inner: psycopg.Connection[Row] = psycopg.connect(
            make_conninfo(dsn, **{k: v for k, v in _DEFAULTS.items() if k not in given}),
            autocommit=True,
            prepare_threshold=None,  # poolers between do not know prepared statements
        )

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement, and return the rows that it gives."""
        if self._inner.info.transaction_status == 0:  # nothing has begun: names need the schema
            with self.transaction():
                return self._rows(sql, values)
        return self._rows(sql, values)

    def many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        with self._inner.cursor() as cursor:
            cursor.executemany(_placed(sql), values)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table, by COPY: twice as fast as one INSERT for each."""
        into = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._inner.cursor() as cursor, cursor.copy(into.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def transaction(self, *, alone: bool = False) -> Generator[None]:
        """Commit what happens in the block, or undo all of it."""
        with self._inner.transaction():
            self._rows("SELECT set_config('search_path', ?, true)", (_quoted(self._schema),))
            self._rows(_STATEMENT)
            if alone:
                self._rows("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
                if not self._rows("SELECT 1 FROM pg_namespace WHERE nspname = ?", (self._schema,)):
                    self._rows(f"CREATE SCHEMA {_quoted(self._schema)}")
            yield

    def has_table(self, name: str) -> bool:
        """Tell whether there is a table of this name."""
        found = "SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = ?"
        return bool(self.rows(found, (self._schema, name)))

    def is_here(self) -> bool:
        """Tell whether it is open; a server that went away says so itself."""
        return not self._inner.closed

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        done = self._inner.execute(_placed(sql), values or None)
        return done.fetchall() if done.description else []


def opened(dsn: str, schema: str) -> PostgresConnection:
    """Connect to a ledger to write to it; make it, or bring it up to date, if need be.

    Raises:
        psycopg.Error: That failed.
        UnusableLedgerError: It was made by a later release.
    """
    connection = PostgresConnection(dsn, schema)
    try:
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def opened_to_read(dsn: str, schema: str, shown: str) -> PostgresConnection:
    """Connect to a ledger to read it.

    Raises:
        InvalidRequestError: There is none.
        psycopg.Error: It cannot be read.
        UnusableLedgerError: It was made by a later release.
    """
    connection = PostgresConnection(dsn, schema)
    try:
        version = version_of(connection)
        require_readable(version)
        if 0 < version < len(STEPS):
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    if version == 0:
        connection.close()
        raise InvalidRequestError(
            f"there is no ledger at {shown}, schema {schema!r}: nothing was recorded there yet"
        )
    return connection


def poison() -> tuple[type[Exception], ...]:
    """Return what is raised because of a row, and not because of the database."""
    import psycopg

    of_rows = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
    return (*of_rows, OverflowError, TypeError, ValueError)


def _placed(sql: str) -> bytes:
    """Return a statement with psycopg's marks; none of ours has either sign in its text.

    As bytes: psycopg's types let a text be a statement only where it is spelled out in the code.
    """
    return sql.replace("?", "%s").encode()


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
