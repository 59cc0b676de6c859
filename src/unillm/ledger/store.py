"""Writing operations, and forgetting old ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from unillm.ledger.connection import Connection
from unillm.ledger.measures import NAMES, Measures
from unillm.ledger.rows import ATTEMPT, CONTENT, DAY, OPERATION, PRICE, Booked, LabelKey

MANY_VALUES = 1_000
"""How many values of a tag, or users, have sums of their own on one day; others are together."""

OTHERS = "(others)"
_CHUNK = 2_000


def write(connection: Connection, batch: Sequence[Booked]) -> int:
    """Write operations that are not there yet, and return how many; in a transaction."""
    fresh = _fresh(connection, batch)
    if not fresh:
        return 0
    connection.many(_insert("operations", OPERATION), [op.operation for op in fresh])
    connection.many(_insert("attempts", ATTEMPT), [row for op in fresh for row in op.attempts])
    contents = [op.content for op in fresh if op.content is not None]
    if contents:
        connection.many(_insert("contents", CONTENT), contents)
    prices = {name: row for op in fresh for name, row in op.prices.items()}
    if prices:
        nothing = " ON CONFLICT (id) DO NOTHING"
        connection.many(_insert("prices", PRICE) + nothing, sorted(prices.values()))
    # In one order everywhere: else two that write at the same time may wait for each other.
    days = sorted(_added(op.days for op in fresh).items())
    connection.many(_ADD_DAYS, [(*key, *sums.values()) for key, sums in days])
    labels = sorted(_bounded(connection, _added(op.labels for op in fresh)).items())
    if labels:
        connection.many(_ADD_LABELS, [(*key, *sums.values()) for key, sums in labels])
    return len(fresh)


def prune(connection: Connection, before: int) -> int:
    """Forget the rows of operations that began before a day, and return how many there were.

    The daily sums stay. A part at a time is deleted, so that nobody who writes waits for long.
    """
    end, deleted = before * DAY, 0
    with connection.transaction():
        connection.rows(
            "INSERT INTO meta (name, value) VALUES ('pruned', ?) ON CONFLICT (name) DO UPDATE "
            "SET value = excluded.value WHERE CAST(meta.value AS BIGINT) < "
            "CAST(excluded.value AS BIGINT)",
            (str(before),),
        )
    while True:
        with connection.transaction():
            found = connection.rows(
                "SELECT at FROM operations WHERE at < ? ORDER BY at LIMIT ?", (end, _CHUNK)
            )
            if not found:
                return deleted
            last = found[-1][:1]
            for table in ("attempts", "contents"):
                connection.rows(f"DELETE FROM {table} WHERE at <= ?", last)
            gone = connection.rows("DELETE FROM operations WHERE at <= ? RETURNING 1", last)
            deleted += len(gone)


def pruned_before(connection: Connection) -> int:
    """Return the first day whose operations are all there still."""
    found = connection.rows("SELECT value FROM meta WHERE name = 'pruned'")
    return int(found[0][0]) if found else 0


def _fresh(connection: Connection, batch: Sequence[Booked]) -> list[Booked]:
    """Leave out what is there: after a commit that nobody could confirm it is written again."""
    several = {op.key: op for op in reversed(batch)}
    keys = [value for key in several for value in key]
    marks = ", ".join(["(?, ?)"] * len(several))
    there = connection.rows(
        f"SELECT at, id FROM operations WHERE (at, id) IN (VALUES {marks})", keys
    )
    known = {(at, id_) for at, id_ in there}
    return [op for key, op in reversed(several.items()) if key not in known]


Key = TypeVar("Key")


def _added(parts: Iterable[dict[Key, Measures]]) -> dict[Key, Measures]:
    sums: dict[Key, Measures] = {}
    for part in parts:
        for key, measures in part.items():
            sums.setdefault(key, Measures()).add(measures)
    return sums


def _bounded(connection: Connection, labels: dict[LabelKey, Measures]) -> dict[LabelKey, Measures]:
    """Put together the values of a tag that are too many for sums of their own."""
    names: dict[tuple[int, str, str], list[LabelKey]] = {}
    for key in labels:
        names.setdefault((key.day, key.kind, key.name), []).append(key)
    bounded: dict[LabelKey, Measures] = {}
    for name, keys in names.items():
        found = connection.rows(
            "SELECT value FROM daily_labels WHERE day = ? AND kind = ? AND name = ?", name
        )
        known = {row[0] for row in found}
        for key in sorted(keys):
            if key.value not in known and len(known) >= MANY_VALUES:
                bounded.setdefault(key._replace(value=OTHERS), Measures()).add(labels[key])
            else:
                known.add(key.value)
                bounded.setdefault(key, Measures()).add(labels[key])
    return bounded


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


def _adding(table: str, key: Sequence[str]) -> str:
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in NAMES)
    return f"{_insert(table, (*key, *NAMES))} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {more}"


_ADD_DAYS = _adding("daily", ("day", "provider", "model", "tasks"))
_ADD_LABELS = _adding("daily_labels", ("day", "kind", "name", "value"))
