"""Calls as they are decided again: read in parts, a few columns of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from unillm.ledger.connection import Connection, Row
from unillm.ledger.money import usd
from unillm.ledger.periods import Period
from unillm.types.json import JsonObject, is_object
from unillm.types.replay import PastCall
from unillm.types.usage import Cost, Usage

_PAGE = 500
_CALL = (
    *("at", "id", "cost", "cost_low", "cost_high", "cost_state", "attempts", "route", "strategy"),
    *("needs", "tags", "session", "user_name", "run"),
)
_TRIED = (
    *("at", "operation", "number", "provider", "model", "outcome", "role", "input_tokens"),
    *("cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
)
_NEXT = (
    f"SELECT {', '.join(_CALL)} FROM operations WHERE (at, id) > (?, ?) AND at < ? "
    f"ORDER BY at, id LIMIT {_PAGE}"
)
_LENGTH = re.compile(r'"(?:messages|characters)":\d+,?')
"""What of needs differs from call to call, and decides nothing."""


def past_calls(connection: Connection, span: Period) -> Iterator[PastCall]:
    """Give the calls of a period, the oldest first."""
    after: tuple[float, str] = (span.since, "")
    while page := connection.rows(_NEXT, (*after, span.until)):
        tried: dict[tuple[float, str], list[Row]] = {}
        marks = ", ".join("?" * len(page))  # SQLite finds no pairs by an index
        for row in connection.rows(
            f"SELECT {', '.join(_TRIED)} FROM attempts WHERE at IN ({marks}) "
            "ORDER BY at, operation, number",
            [row[0] for row in page],
        ):
            tried.setdefault((row[0], row[1]), []).append(row)
        for row in page:
            yield _call(row, tried.get((row[0], row[1]), []))
        after = (page[-1][0], page[-1][1])


def _call(row: Row, tried: Sequence[Row]) -> PastCall:
    at, id_, cost, low, high, state, attempts, route, strategy, needs, tags, *scope = row
    # What was mirrored nobody waited for: it neither was asked first nor has answered.
    own = [one for one in tried if one[6] != "shadow"]
    answered = next((one for one in reversed(own) if one[5] == "ok"), None)
    shape = None if needs is None else _LENGTH.sub("", needs)
    return PastCall(
        operation=id_,
        at=at,
        asked=_named(own[0]) if own else None,
        answered=None if answered is None else _named(answered),
        usage=_usage(own, answered),
        cost=Cost(total=usd(cost), low=usd(low), high=usd(high), state=state),
        attempts=attempts,
        route=route,
        strategy=strategy,
        needs=None if shape is None else _object(shape),
        shape=shape or "",
        tags=_tags(tags),
        session=scope[0],
        user=scope[1],
        run=scope[2],
    )


def _named(row: Row) -> str:
    return f"{row[3]}:{row[4]}"


def _usage(tried: Sequence[Row], answered: Row | None) -> Usage | None:
    """Return the tokens of the answer: of one that was continued, those of all its parts."""
    last = answered
    if last is None or last[7] is None:
        last = next((row for row in reversed(tried) if row[7] is not None), None)
    if last is None:
        return None
    output = last[10] or 0
    if last[6] == "continuation":
        output = sum(row[10] or 0 for row in tried)
        first = next(row for row in tried if row[7] is not None)
        last = (*last[:7], *first[7:10], *last[10:])
    return Usage(
        input_tokens=last[7],
        output_tokens=output,
        cached_input_tokens=last[8],
        cache_write_tokens=last[9],
    )


@lru_cache(maxsize=4096)
def _object(text: str) -> JsonObject | None:
    """Return what a call needed; None: that is not to be read."""
    try:
        found: Any = json.loads(text.replace(",}", "}"))
    except ValueError:
        return None
    return found if is_object(found) else None


@lru_cache(maxsize=4096)
def _tags(text: str | None) -> dict[str, str]:
    if not text:
        return {}
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if is_object(found) else {}
