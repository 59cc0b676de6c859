"""Writing operations, and forgetting old ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from unillm.ledger.connection import Connection
from unillm.ledger.measures import NAMES, Figures, plus
from unillm.ledger.rows import ATTEMPT, CONTENT, DAY, OPERATION, PRICE, Booked, LabelKey, Values

MANY_VALUES = 1_000
"""How many values of a tag, or users, have sums of their own on one day; others are together."""

OTHERS = "(others)"
_CHUNK = 2_000


def write(connection: Connection, batch: Sequence[Booked]) -> int:
    """Write operations that are not there yet, and return how many; in a transaction."""
    fresh = _fresh(connection, batch)
    if not fresh:
        return 0
    connection.insert("operations", OPERATION, [op.operation for op in fresh])
    connection.insert("attempts", ATTEMPT, [row for op in fresh for row in op.attempts])
    contents = [op.content for op in fresh if op.content is not None]
    if contents:
        connection.insert("contents", CONTENT, contents)
    prices = {name: row for op in fresh for name, row in op.prices.items()}
    if prices:
        _write_prices(connection, prices)
    # In one order everywhere: else two that write at the same time may wait for each other.
    days = sorted(_added(op.days for op in fresh).items())
    connection.many(_ADD_DAYS, [(*key, *sums) for key, sums in days])
    labels = sorted(_bounded(connection, _added(op.labels for op in fresh)).items())
    if labels:
        connection.many(_ADD_LABELS, [(*key, *sums) for key, sums in labels])
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
    instants = [at for at, _ in several]
    marks = ", ".join("?" * len(several))  # by the instant alone: SQLite finds no pairs by an index
    there = connection.rows(f"SELECT at, id FROM operations WHERE at IN ({marks})", instants)
    known = {(at, id_) for at, id_ in there}
    return [op for key, op in reversed(several.items()) if key not in known]


Key = TypeVar("Key")


def _added(parts: Iterable[dict[Key, Figures]]) -> dict[Key, Figures]:
    sums: dict[Key, Figures] = {}
    for part in parts:
        for key, figures in part.items():
            _add(sums, key, figures)
    return sums


def _add(sums: dict[Key, Figures], key: Key, figures: Figures) -> None:
    before = sums.get(key)
    sums[key] = figures if before is None else plus(before, figures)


def _bounded(connection: Connection, labels: dict[LabelKey, Figures]) -> dict[LabelKey, Figures]:
    """Put together the values of a tag that are too many for sums of their own."""
    names: dict[tuple[int, str, str], list[LabelKey]] = {}
    for key in labels:
        names.setdefault((key.day, key.kind, key.name), []).append(key)
    bounded: dict[LabelKey, Figures] = {}
    for name, keys in names.items():
        found = connection.rows(
            "SELECT value FROM daily_labels WHERE day = ? AND kind = ? AND name = ?", name
        )
        known = {row[0] for row in found}
        for key in sorted(keys):
            if key.value not in known and len(known) >= MANY_VALUES:
                _add(bounded, key._replace(value=OTHERS), labels[key])
            else:
                known.add(key.value)
                _add(bounded, key, labels[key])
    return bounded


def _write_prices(connection: Connection, prices: dict[str, Values]) -> None:
    marks = ", ".join("?" * len(PRICE))
    connection.many(
        f"INSERT INTO prices ({', '.join(PRICE)}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING",
        [row for _, row in sorted(prices.items())],
    )


def _adding(table: str, key: Sequence[str]) -> str:
    columns = (*key, *NAMES)
    marks = ", ".join("?" * len(columns))
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in NAMES)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {more}"
    )


_ADD_DAYS = _adding("daily", ("day", "provider", "model", "tasks"))
_ADD_LABELS = _adding("daily_labels", ("day", "kind", "name", "value"))
