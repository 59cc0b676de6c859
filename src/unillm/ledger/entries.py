"""Operations as they are read back from a ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any

from unillm.ledger.connection import Connection, Row
from unillm.ledger.money import usd
from unillm.ledger.periods import Period
from unillm.ledger.rows import ATTEMPT, OPERATION
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.response import Outcome, Role
from unillm.types.usage import Cost, Usage

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAttempt(JsonRoundTrip):
    """One HTTP exchange, as the ledger has it.

    Attributes:
        number: Its place among those of its operation, from 1.
        provider: Who was asked.
        model: What was asked, as the provider names it.
        served_model: The model that served it; None: the provider did not say.
        service_tier: The tier that served it; None: it did not say.
        outcome: ``ok``, ``error`` or ``cancelled``.
        status: HTTP status; None: none came.
        error: The class of its error; None: it has none.
        message: The error's message; None: content is not kept in this ledger.
        usage: Tokens that were reported; None: none were.
        cost: What it cost, rounded to a billionth of a dollar, a half to the even one.
        price: The row of the price book that it was reckoned with, such as
            ``openai:gpt-5.5@2026-04-23T00:00:00+00:00 (source)``; None: there is none.
        reported_cost: What the provider says it charged, in US dollars; None: it did not say.
        cache_savings: What its cached tokens would have cost more uncached, in US dollars; None:
            that is not known.
        started_at: When it was sent, in seconds since 1970.
        duration: Seconds until its last byte.
        first_token: Seconds until the first token; None: none came.
        waited: Seconds slept before it.
        request_id: The provider's id of it.
        role: Why it was made, as in `unillm.Attempt`; None: an older release recorded it.
        origin: The host it went to, with scheme and port; None: that was not recorded.
        jurisdiction: The country whose law that host is under; None: not known.
        sent_bytes: How many bytes of the request were sent; None: that was not recorded.
    """

    number: int
    provider: str
    model: str
    served_model: str | None
    service_tier: str | None
    outcome: Outcome
    status: int | None
    error: str | None
    message: str | None
    usage: Usage | None
    cost: Cost
    price: str | None
    reported_cost: Decimal | None
    cache_savings: Decimal | None
    started_at: float | None
    duration: float | None
    first_token: float | None
    waited: float | None
    request_id: str | None
    role: Role | None = None
    origin: str | None = None
    jurisdiction: str | None = None
    sent_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(JsonRoundTrip):
    """One operation, as the ledger has it.

    Attributes:
        operation: Its id.
        started_at: When it began, in seconds since 1970.
        outcome: ``ok``, ``error`` or ``cancelled``.
        error: The class of what was raised; None: nothing was.
        provider: Who was asked last.
        model: What was asked last.
        served_model: The model that served last, as far as a provider said so.
        route: The route that chose; None: a model was named.
        strategy: Its strategy; None: as above.
        reason: Why whoever was to be asked first was; None: as above, or not said.
        streamed: Whether it was a stream.
        usage: Tokens of all attempts together; None: none were reported.
        cost: What they cost together: the sum of what each does.
        reported_cost: What providers say they charged, where they do; in US dollars.
        cache_savings: What cached tokens would have cost more uncached, as far as known.
        user: The caller's name of his user.
        session: The caller's id of the conversation.
        run: The id of the run it is a turn of.
        turn: Which turn of it.
        tags: The caller's labels.
        tasks: The names of the tasks around it, the outermost first.
        duration: Seconds from the call to its end.
        first_token: Seconds from the call to the first token; None: none came.
        attempts: Its exchanges.
        asked: The messages sent, as JSON has them; None: content is not kept in this ledger.
        answered: The message that came, as JSON has it; None: as above, or none came.
        needs: What the call needed of whoever answers: tools, images, a format, settings that are
            no content; None: it was no chat, or an older release recorded it.
    """

    operation: str
    started_at: float
    outcome: Outcome
    error: str | None
    provider: str
    model: str
    served_model: str | None
    streamed: bool
    usage: Usage | None
    cost: Cost
    reported_cost: Decimal | None
    cache_savings: Decimal | None
    user: str | None
    session: str | None
    run: str | None
    turn: int | None
    tags: dict[str, str]
    tasks: tuple[str, ...]
    duration: float | None
    first_token: float | None
    attempts: tuple[EntryAttempt, ...] = field(repr=False)
    asked: list[JsonObject] | None = field(default=None, repr=False)
    answered: JsonObject | None = field(default=None, repr=False)
    route: str | None = None
    strategy: str | None = None
    reason: str | None = None
    needs: JsonObject | None = field(default=None, repr=False)


def entries(connection: Connection, span: Period) -> Iterator[Entry]:
    """Give the operations of a period, the oldest first."""
    after: tuple[float, str] = (span.since, "")
    while page := connection.rows(_page("operations", OPERATION, "id"), (*after, span.until)):
        yield from _whole(connection, page)
        after = (page[-1][0], page[-1][1])


def entry(connection: Connection, operation: str) -> Entry | None:
    """Return the operation of an id; None: there is none."""
    page = connection.rows(
        f"SELECT {', '.join(OPERATION)} FROM operations WHERE id = ? ORDER BY at LIMIT 1",
        (operation,),
    )
    return next(_whole(connection, page), None) if page else None


def _whole(connection: Connection, page: Sequence[Row]) -> Iterator[Entry]:
    """Give operations with what belongs to them."""
    instants = [row[0] for row in page]
    attempts: dict[tuple[float, str], list[EntryAttempt]] = {}
    for row in connection.rows(_of_instants(_ATTEMPTS, page, "a"), instants):
        attempts.setdefault((row[0], row[1]), []).append(_attempt(row))
    contents = {
        (row[0], row[1]): row[2:]
        for row in connection.rows(_of_instants(_CONTENTS, page), instants)
    }
    for row in page:
        key = (row[0], row[1])
        yield _entry(row, attempts.get(key, []), contents.get(key, (None, None)))


def flat_rows(
    connection: Connection, table: str, span: Period
) -> tuple[tuple[str, ...], list[Row]]:
    """Return the rows of a period as they are, and the names of their columns."""
    columns = OPERATION if table == "operations" else ATTEMPT
    rows = connection.rows(
        f"SELECT {', '.join(columns)} FROM {table} WHERE at >= ? AND at < ? ORDER BY 1, 2, 3",
        (span.since, span.until),
    )
    return columns, rows


_ATTEMPTS = (
    f"SELECT {', '.join('a.' + name for name in ATTEMPT)}, p.provider, p.model, p.since, p.source "
    "FROM attempts a LEFT JOIN prices p ON p.id = a.price"
)
_CONTENTS = "SELECT at, operation, asked, answered FROM contents"


def _page(table: str, columns: Sequence[str], key: str) -> str:
    return (
        f"SELECT {', '.join(columns)} FROM {table} WHERE (at, {key}) > (?, ?) AND at < ? "
        f"ORDER BY at, {key} LIMIT {_PAGE}"
    )


def _of_instants(select: str, page: Sequence[Row], alias: str = "") -> str:
    """Return a query for all of some instants: SQLite finds no pairs by an index."""
    own = f"{alias}." if alias else ""
    marks = ", ".join("?" * len(page))
    order = f" ORDER BY {own}at, {own}operation"
    order += f", {own}number" if alias else ""
    return f"{select} WHERE {own}at IN ({marks}){order}"


def _entry(row: Row, attempts: list[EntryAttempt], content: Sequence[Any]) -> Entry:
    found = dict(zip(OPERATION, row, strict=True))
    asked, answered = (None if text is None else json.loads(text) for text in content)
    return Entry(
        operation=found["id"],
        started_at=found["at"],
        served_model=found["served"],
        streamed=bool(found["streamed"]),
        usage=_usage(found),
        cost=_cost(found, ""),
        reported_cost=usd(found["reported_cost"]),
        cache_savings=usd(found["cache_savings"]),
        user=found["user_name"],
        tags=json.loads(found["tags"] or "{}"),
        tasks=tuple(json.loads(found["tasks"])),
        attempts=tuple(attempts),
        asked=asked,
        answered=answered,
        needs=None if found["needs"] is None else json.loads(found["needs"]),
        **{name: found[name] for name in _SAME},
    )


_SAME = (
    *("outcome", "error", "provider", "model", "session", "run", "turn"),
    *("duration", "first_token", "route", "strategy", "reason"),
)
_SAME_OF_ATTEMPT = (
    *("number", "provider", "model", "outcome", "status", "error", "message", "duration"),
    *("first_token", "waited", "request_id", "role", "origin", "jurisdiction", "sent_bytes"),
)


def _attempt(row: Row) -> EntryAttempt:
    found = dict(zip(ATTEMPT, row, strict=False))
    provider, model, since, source = row[len(ATTEMPT) :]
    price = None
    if provider is not None:
        price = f"{provider}:{model}@{since or 'always'} ({source or 'no source'})"
    return EntryAttempt(
        served_model=found["served"],
        service_tier=found["tier"],
        usage=_usage(found),
        cost=_cost(found, found["cost_reason"] or ""),
        price=price,
        reported_cost=usd(found["reported_cost"]),
        cache_savings=usd(found["cache_savings"]),
        started_at=found["started"],
        **{name: found[name] for name in _SAME_OF_ATTEMPT},
    )


def _usage(found: dict[str, Any]) -> Usage | None:
    if found["input_tokens"] is None:
        return None
    return Usage(
        input_tokens=found["input_tokens"],
        output_tokens=found["output_tokens"] or 0,
        cached_input_tokens=found["cached_tokens"],
        cache_write_tokens=found["cache_write_tokens"],
        reasoning_tokens=found["reasoning_tokens"],
    )


def _cost(found: dict[str, Any], reason: str) -> Cost:
    return Cost(
        total=usd(found["cost"]),
        low=usd(found["cost_low"]),
        high=usd(found["cost_high"]),
        state=found["cost_state"],
        reason=reason,
    )
