"""Sums by group: whole days from the daily sums, what is left of a period from the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.ledger.connection import Connection, Row
from unillm.ledger.measures import COUNTED, NAMES, OF_ATTEMPTS, OF_OPERATIONS, Measures
from unillm.ledger.periods import Period, date_of
from unillm.ledger.rows import DAY
from unillm.ledger.spend import nested, outermost
from unillm.ledger.store import pruned_before
from unillm.types.dataclass import dataclass

Group: TypeAlias = "str | None"
Sums: TypeAlias = dict[tuple[Group, int], Measures]
"""Sums by group and day. Where no day is asked for, it is 0."""

_JOINED = "attempts a JOIN operations o ON o.at = a.at AND o.id = a.operation"
_TAG, _AGENT = "tag:", "agent"
_BETWEEN, _NOTHING = " · ", "-"
_OTHERS = tuple(name for name in NAMES if name not in COUNTED)


@dataclass(frozen=True, slots=True)
class By:
    """What to group by.

    Attributes:
        name: As the user says it.
        columns: The columns it is made of; those of attempts are called ``a``, of operations ``o``.
        named: Makes a group of their values.
        label: The kind and name of the label it is; None: it is none.
        is_summed: Whether there are daily sums of it.
    """

    name: str
    columns: tuple[str, ...]
    named: Callable[[Row], Group]
    label: tuple[str, str] | None = None
    is_summed: bool = True


def by_of(name: Any) -> By:
    """Return what to group by.

    Raises:
        InvalidRequestError: There is nothing of this name.
    """
    if isinstance(name, str) and name.startswith(_TAG) and len(name) > len(_TAG):
        key = name[len(_TAG) :]
        return By(name, ("o.tags",), lambda row: _tag(row[0], key), ("tag", key))
    if isinstance(name, str) and name in _BY:
        return _BY[name]
    if name == _AGENT:
        return by_of(_TAG + _AGENT)
    parts = name.split(",") if isinstance(name, str) else []
    if len(parts) > 1:
        return _together([by_of(part.strip()) for part in parts])
    known = ", ".join((*_BY, _AGENT))
    raise InvalidRequestError(
        f"by={name!r}: there are {known} and tag:<key>, or several of them, with commas between"
    )


def _together(parts: Sequence[By]) -> By:
    """Return what groups by several at once: there are no daily sums of that."""
    ends = [*accumulate(len(part.columns) for part in parts)]

    def named(row: Row) -> Group:
        found = [
            part.named(row[end - len(part.columns) : end])
            for part, end in zip(parts, ends, strict=True)
        ]
        return None if not any(found) else _BETWEEN.join(one or _NOTHING for one in found)

    columns = tuple(column for part in parts for column in part.columns)
    return By(",".join(part.name for part in parts), columns, named, is_summed=False)


def summed(connection: Connection, by: By, span: Period, *, by_day: bool = False) -> Sums:
    """Return the sums of a period by group."""
    sums: Sums = {}
    edges: Sequence[Period] = (span,) if not by.is_summed else span.edges()
    first, end = span.days()
    if by.is_summed and first < end:
        _read_days(connection, by, (first, end), sums, by_day=by_day)
    for edge in edges:
        _read_rows(connection, by, edge, sums, by_day=by_day)
    return sums


def widened(connection: Connection, by: By, span: Period) -> Period:
    """Return the period with the whole of each day whose rows are no longer there."""
    kept = pruned_before(connection) * DAY
    if not by.is_summed or kept == 0:
        return span
    since = span.since // DAY * DAY if span.since < kept else span.since
    until = -(-span.until // DAY) * DAY if span.until < kept else span.until
    return Period(since, until)


def total(sums: Sums) -> Measures:
    """Return all sums together."""
    whole = Measures()
    for part in sums.values():
        whole.add(part)
    return whole


def _read_days(
    connection: Connection, by: By, days: tuple[int, int], sums: Sums, *, by_day: bool
) -> None:
    columns = ", ".join(f"SUM({name})" for name in NAMES)
    names = ["value"] if by.label else [column[2:] for column in by.columns]
    chosen = ", ".join([*names, "day" if by_day else "0", columns])
    table = "daily_labels" if by.label else "daily"
    where = "day >= ? AND day < ?" + (" AND kind = ? AND name = ?" if by.label else "")
    group = _grouped([*names, *(["day"] if by_day else [])])
    for row in connection.rows(
        f"SELECT {chosen} FROM {table} WHERE {where}{group}", (*days, *(by.label or ()))
    ):
        named = row[0] if by.label else by.named(row)
        _add(sums, named, int(row[len(names)]), _ints(row[len(names) + 1 :]))
    if by.label:
        _add_rest(connection, days, sums, by_day=by_day)


def _add_rest(connection: Connection, days: tuple[int, int], sums: Sums, *, by_day: bool) -> None:
    """Add what has no such label: what is left of all."""
    whole: Sums = {}
    _read_days(connection, _BY["all"], days, whole, by_day=by_day)
    for (_, on), measures in whole.items():
        labelled = total({key: value for key, value in sums.items() if key[1] == on})
        rest = measures.minus(labelled)
        if rest != Measures():
            _add(sums, None, on, rest.values())


def _grouped(names: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(names)}" if names else ""


def _read_rows(connection: Connection, by: By, span: Period, sums: Sums, *, by_day: bool) -> None:
    for own, select, names in (("o", OF_OPERATIONS, COUNTED), ("a", OF_ATTEMPTS, _OTHERS)):
        listed = [column.replace("*.", f"{own}.") for column in by.columns]
        grouped = [*listed, *(["o.day"] if by_day else [])]
        chosen = ", ".join([*listed, "o.day" if by_day else "0", select])
        table = "operations o" if own == "o" else "attempts a"
        if own == "a" and any(name.startswith("o.") for name in grouped):
            table = _JOINED
        for row in connection.rows(
            f"SELECT {chosen} FROM {table} WHERE {own}.at >= ? AND {own}.at < ?{_grouped(grouped)}",
            (span.since, span.until),
        ):
            values = _ints(row[len(listed) + 1 :])
            if any(values):
                _add(sums, by.named(row), int(row[len(listed)]), values, names)


def _add(
    sums: Sums, group: Group, day: int, values: Sequence[int], names: Sequence[str] = NAMES
) -> None:
    found = Measures(**dict(zip(names, values, strict=True)))
    if found != Measures():
        sums.setdefault((group, day), Measures()).add(found)


def _ints(values: Sequence[Any]) -> list[int]:
    return [int(value or 0) for value in values]  # a sum over whole numbers may be a Decimal


def _tag(tags: str | None, key: str) -> Group:
    found: dict[str, str] = json.loads(tags) if tags else {}
    return found.get(key)


_BY = {
    by.name: by
    for by in (
        By("model", ("*.provider", "*.model"), lambda row: f"{row[0]}:{row[1]}"),
        By("provider", ("*.provider",), lambda row: row[0]),
        By("day", ("o.day",), lambda row: date_of(row[0]).isoformat()),
        By("task", ("o.tasks",), lambda row: outermost(row[0])),
        By("subtask", ("o.tasks",), lambda row: nested(row[0])),
        By("user", ("o.user_name",), lambda row: row[0], ("user", "")),
        By("route", ("o.route",), lambda row: row[0], ("route", "")),
        By("strategy", ("o.strategy",), lambda row: row[0], ("strategy", "")),
        By("role", ("*.role",), lambda row: row[0], ("role", "")),
        By("session", ("o.session",), lambda row: row[0], is_summed=False),
        By("all", (), lambda _: None),
    )
}
