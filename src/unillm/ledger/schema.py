"""The tables, the same in both databases, and how an older ledger becomes a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm.ledger.connection import Connection

_SUMS = (
    *("calls", "errors", "cancelled", "attempts", "input_tokens", "cached_tokens"),
    *("cache_write_tokens", "output_tokens", "reasoning_tokens", "unreported", "cost", "cost_low"),
    *("cost_high", "estimated", "bounded", "unknown", "unbounded", "reported_cost", "reported"),
    "cache_savings",
)
_MEASURES = ", ".join(f"{name} BIGINT NOT NULL" for name in _SUMS)
_AMOUNTS = (
    "input_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT, output_tokens BIGINT, "
    "reasoning_tokens BIGINT, cost BIGINT, cost_low BIGINT, cost_high BIGINT, "
    "cost_state TEXT NOT NULL"
)

_FIRST = (
    # What is found by time is kept in the order of time, without an index beside it.
    f"""CREATE TABLE operations (
        at DOUBLE PRECISION NOT NULL, id TEXT NOT NULL, day BIGINT NOT NULL,
        outcome TEXT NOT NULL, error TEXT, provider TEXT NOT NULL, model TEXT NOT NULL,
        served TEXT, route TEXT, strategy TEXT, reason TEXT, streamed BIGINT NOT NULL,
        attempts BIGINT NOT NULL, {_AMOUNTS}, reported_cost BIGINT, cache_savings BIGINT,
        user_name TEXT, session TEXT, run TEXT, turn BIGINT, tags TEXT, tasks TEXT NOT NULL,
        duration DOUBLE PRECISION, first_token DOUBLE PRECISION,
        PRIMARY KEY (at, id)) :ordered""",
    f"""CREATE TABLE attempts (
        at DOUBLE PRECISION NOT NULL, operation TEXT NOT NULL, number BIGINT NOT NULL,
        provider TEXT NOT NULL, model TEXT NOT NULL, served TEXT, tier TEXT,
        outcome TEXT NOT NULL, status BIGINT, error TEXT, message TEXT, {_AMOUNTS},
        cost_reason TEXT, price TEXT, reported_cost BIGINT, cache_savings BIGINT,
        started DOUBLE PRECISION, duration DOUBLE PRECISION, first_token DOUBLE PRECISION,
        waited DOUBLE PRECISION, request_id TEXT,
        PRIMARY KEY (at, operation, number)) :ordered""",
    """CREATE TABLE contents (
        at DOUBLE PRECISION NOT NULL, operation TEXT NOT NULL, asked TEXT, answered TEXT,
        PRIMARY KEY (at, operation))""",
    """CREATE TABLE prices (
        id TEXT PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, since TEXT,
        source TEXT, checked TEXT, entry TEXT NOT NULL)""",
    f"""CREATE TABLE daily (
        day BIGINT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, tasks TEXT NOT NULL,
        {_MEASURES}, PRIMARY KEY (day, provider, model, tasks)) :ordered""",
    f"""CREATE TABLE daily_labels (
        day BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
        {_MEASURES}, PRIMARY KEY (day, kind, name, value)) :ordered""",
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, born TEXT NOT NULL,
        opened DOUBLE PRECISION NOT NULL, seen DOUBLE PRECISION NOT NULL, ended TEXT,
        room BIGINT NOT NULL, written BIGINT NOT NULL, dropped BIGINT NOT NULL)""",
)

_ROUTES = (
    # How routes chose, why each attempt was made and where its bytes went; and what a call needed.
    "ALTER TABLE operations ADD COLUMN role TEXT",
    "ALTER TABLE operations ADD COLUMN needs TEXT",
    "ALTER TABLE attempts ADD COLUMN role TEXT",
    "ALTER TABLE attempts ADD COLUMN origin TEXT",
    "ALTER TABLE attempts ADD COLUMN jurisdiction TEXT",
    "ALTER TABLE attempts ADD COLUMN sent_bytes BIGINT",
    *(
        f"ALTER TABLE {table} ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0"
        for table in ("daily", "daily_labels")
        for name in ("retries", "fallbacks", "hedges")
    ),
)

_BY_ID = (
    # One operation is looked up by what a reply has said of it, long before it is told when it was.
    "CREATE INDEX operations_by_id ON operations (id)",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _ROUTES, _BY_ID)
"""What makes version 1 of nothing, version 2 of version 1, and so on. A step never changes: there
are ledgers that it has made. ``:ordered`` is what each database calls a table kept in key order."""


class UnusableLedgerError(Exception):
    """What is there cannot be used as a ledger; the message says why, and what to do."""


def version_of(connection: Connection) -> int:
    """Return the version of the tables; 0: there are none."""
    if not connection.has_table("meta"):
        return 0
    found = connection.rows("SELECT value FROM meta WHERE name = 'version'")
    return int(found[0][0]) if found else 0


def require_readable(version: int) -> None:
    """Refuse tables that this release does not know.

    Raises:
        UnusableLedgerError: They are newer.
    """
    if version > len(STEPS):
        raise UnusableLedgerError(
            f"it has version {version} of the tables, and this release of unillm knows "
            f"{len(STEPS)}: install a newer one, or use another ledger"
        )


def migrate(connection: Connection) -> None:
    """Bring the tables to the version of this release, all of it or nothing.

    Raises:
        UnusableLedgerError: They are newer already.
    """
    known = version_of(connection)
    require_readable(known)
    if known == len(STEPS):
        return
    with connection.transaction(alone=True):
        known = version_of(connection)  # another process may have done it
        require_readable(known)
        if known == 0:
            connection.rows("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            connection.rows("INSERT INTO meta (name, value) VALUES ('version', '0')")
        for step in STEPS[known:]:
            for statement in step:
                connection.rows(statement.replace(":ordered", connection.ordered))
        connection.rows("UPDATE meta SET value = ? WHERE name = 'version'", (str(len(STEPS)),))
