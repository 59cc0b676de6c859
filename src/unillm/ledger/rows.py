"""An operation as rows: one of its own, one for each attempt, and what it adds to the sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from pydantic_core import to_json, to_jsonable_python

from unillm.ledger import clean
from unillm.ledger.held import Held
from unillm.ledger.measures import Measures
from unillm.ledger.money import nano, nano_high, nano_low
from unillm.types.price import Price
from unillm.types.response import Attempt
from unillm.types.usage import Cost, CostState, Usage, total_usage

DAY = 86_400
"""Seconds of a day, all of them in UTC."""

Values: TypeAlias = tuple[Any, ...]


class DayKey(NamedTuple):
    """What the daily sums are kept by; ``tasks`` is a JSON list."""

    day: int
    provider: str
    model: str
    tasks: str


class LabelKey(NamedTuple):
    """What the daily sums of users and tags are kept by; ``kind`` is ``user`` or ``tag``."""

    day: int
    kind: str
    name: str
    value: str


@dataclass(slots=True, kw_only=True)
class Booked:
    """The rows of one operation.

    Attributes:
        key: Its instant and id, by which it is found again.
        operation: Its own row.
        attempts: One row for each attempt.
        content: The row of what was asked and answered; None: that is not kept.
        prices: Rows of the price book its costs were reckoned with, by what they are called.
        days: What it adds to the sums of its day.
        labels: What it adds to those of its user and tags.
    """

    key: tuple[float, str]
    operation: Values
    attempts: list[Values]
    content: Values | None
    prices: dict[str, Values]
    days: dict[DayKey, Measures]
    labels: dict[LabelKey, Measures]


OPERATION = (
    *("at", "id", "day", "outcome", "error", "provider", "model", "served", "route", "strategy"),
    *("reason", "streamed", "attempts", "input_tokens", "cached_tokens", "cache_write_tokens"),
    *("output_tokens", "reasoning_tokens", "cost", "cost_low", "cost_high", "cost_state"),
    *("reported_cost", "cache_savings", "user_name", "session", "run", "turn", "tags", "tasks"),
    *("duration", "first_token"),
)
"""The columns of an operation, in order."""

ATTEMPT = (
    *("at", "operation", "number", "provider", "model", "served", "tier", "outcome", "status"),
    *("error", "message", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"),
    *("reasoning_tokens", "cost", "cost_low", "cost_high", "cost_state", "cost_reason", "price"),
    *("reported_cost", "cache_savings", "started", "duration", "first_token", "waited"),
    "request_id",
)
"""The columns of an attempt, in order."""

CONTENT = ("at", "operation", "asked", "answered")
PRICE = ("id", "provider", "model", "since", "source", "checked", "entry")


class _Amounts(NamedTuple):
    cost: int | None
    low: int | None
    high: int | None
    state: CostState


@dataclass(slots=True)
class Bookkeeper:
    """Makes rows. It remembers price rows, so that each is written out once."""

    _known: dict[int, tuple[Price, Values]] = field(default_factory=dict[int, tuple[Price, Values]])

    def booked(self, op: Held) -> Booked:
        """Return the rows of an operation."""
        at = clean.instant(op.at)
        key = (at, clean.text(op.operation) or "")
        day, tags = int(at // DAY), clean.labels(op.tags)
        tasks = clean.path(op.tasks)
        made = Booked(
            key=key, operation=(), attempts=[], content=_content(key, op), prices={},
            days={}, labels={},
        )  # fmt: skip
        whole, amounts = Measures(), list[_Amounts]()
        for number, attempt in enumerate(op.attempts, start=1):
            amount, measures = self._attempt(made, number, attempt, keeps=op.keeps)
            amounts.append(amount)
            where = _day_key(day, attempt.provider, attempt.model, tasks)
            made.days.setdefault(where, Measures()).add(measures)
            whole.add(measures)
        called = Measures(
            calls=1,
            errors=int(op.outcome == "error"),
            cancelled=int(op.outcome == "cancelled"),
        )
        where = _day_key(day, op.provider, op.model, tasks)
        made.days.setdefault(where, Measures()).add(called)
        whole.add(called)
        made.operation = (
            *key, day, *_asked(op), int(op.streamed), len(op.attempts),
            *_counts(total_usage(attempt.usage for attempt in op.attempts)), *_sum(amounts),
            whole.reported_cost if whole.reported else None, whole.cache_savings,
            clean.text(op.user), clean.text(op.session), clean.text(op.run), clean.number(op.turn),
            clean.written(tags) if tags else None, tasks, clean.seconds(op.duration),
            _first_token(op),
        )  # fmt: skip
        for label in _labels(day, op.user, tags):
            made.labels[label] = whole
        return made

    def _attempt(
        self, made: Booked, number: int, attempt: Attempt, *, keeps: bool
    ) -> tuple[_Amounts, Measures]:
        cost, amount = attempt.cost, _amounts(attempt.cost)
        counts = _counts(attempt.usage)
        reported = nano(attempt.reported_cost)
        saved = _cache_savings(cost)
        error, _, message = (attempt.error or "").partition(": ")
        told = clean.text(message, clean.LONG) if keeps and message else None
        made.attempts.append((
            *made.key, number,
            clean.text(attempt.provider, clean.PROVIDER), clean.text(attempt.model),
            clean.text(attempt.served_model), clean.text(attempt.service_tier),
            attempt.outcome, clean.number(attempt.status),
            clean.text(error) or None, told,
            *counts, *amount, clean.text(cost.reason, clean.LONG) or None,
            self._price(made, cost.price), reported, saved,
            clean.seconds(attempt.started_at), clean.seconds(attempt.duration),
            clean.seconds(attempt.first_token), clean.seconds(attempt.waited),
            clean.text(attempt.request_id),
        ))  # fmt: skip
        return amount, _measures(counts, amount, reported, saved)

    def _price(self, made: Booked, price: Price | None) -> str | None:
        """Return what a row of the price book is called, and see that it is written."""
        if price is None:
            return None
        known = self._known.get(id(price))
        if known is None or known[0] is not price:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[id(price)] = (price, _price_row(price))
        row = known[1]
        name = str(row[0])
        made.prices[name] = row
        return name


_REMEMBERED = 1_000


def _price_row(price: Price) -> Values:
    entry = clean.text(price.to_json(), 1_000_000) or ""
    since = price.perhaps_since or price.since
    return (
        sha256(entry.encode()).hexdigest()[:16],
        clean.text(price.provider, clean.PROVIDER),
        clean.text(price.model),
        None if since is None else since.isoformat(),
        clean.text(price.source, clean.LONG),
        clean.text(price.checked),
        entry,
    )


def _asked(op: Held) -> Values:
    served = [attempt.served_model for attempt in op.attempts if attempt.served_model]
    chosen = (None, None, None)  # route, strategy and reason, once there are routes
    return (
        op.outcome, clean.text(op.error), clean.text(op.provider, clean.PROVIDER),
        clean.text(op.model), clean.text(served[-1] if served else None), *chosen,
    )  # fmt: skip


def _first_token(op: Held) -> float | None:
    """Return the seconds from the call to the first token of the attempt that gave one last."""
    for attempt in reversed(op.attempts):
        if attempt.first_token is not None:
            since = clean.seconds(attempt.started_at - op.at + attempt.first_token)
            return None if since is None else max(since, 0.0)
    return None


def _content(key: tuple[float, str], op: Held) -> Values | None:
    if op.asked is None and op.answered is None:
        return None
    return (*key, _json(op.asked), _json(op.answered))


def _json(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return to_json(value, bytes_mode="base64", fallback=repr).decode()
    except ValueError:  # half a character, which JSON cannot have
        plain = to_jsonable_python(value, bytes_mode="base64", fallback=repr)
        return clean.written(plain).encode("utf-8", "replace").decode()


def _day_key(day: int, provider: str, model: str, tasks: str) -> DayKey:
    whom = clean.text(provider, clean.PROVIDER) or "", clean.text(model) or ""
    return DayKey(day, *whom, tasks)


def _labels(day: int, user: str | None, tags: dict[str, str]) -> list[LabelKey]:
    found = [LabelKey(day, "tag", name, value) for name, value in tags.items()]
    if user is not None:
        found.append(LabelKey(day, "user", "", clean.text(user, clean.LABEL) or ""))
    return found


def _counts(usage: Usage | None) -> tuple[int | None, ...]:
    if usage is None:
        return (None,) * 5
    return (
        clean.count(usage.input_tokens),
        clean.count(usage.cached_input_tokens),
        clean.count(usage.cache_write_tokens),
        clean.count(usage.output_tokens),
        clean.count(usage.reasoning_tokens),
    )


def _amounts(cost: Cost) -> _Amounts:
    total, low, high = nano(cost.total), nano_low(cost.low), nano_high(cost.high)
    state = cost.state
    if total is None and state in {"exact", "estimated"}:
        state = "unknown"  # it does not fit
    if total is not None and low in {None, total} and high in {None, total}:
        low = high = None  # what is known needs no bounds
    return _Amounts(total, low, high, state)


_STATES: tuple[CostState, ...] = ("exact", "estimated", "bounded", "unknown")


def _sum(amounts: list[_Amounts]) -> _Amounts:
    """Return what attempts cost together, as `total_cost` has it; where none was made, nothing."""
    cost = _all([a.cost for a in amounts])
    state = _STATES[max((_STATES.index(a.state) for a in amounts), default=0)]
    if cost is not None:
        return _Amounts(cost, None, None, state)
    lows = [low for a in amounts if (low := a.cost if a.low is None else a.low) is not None]
    high = _all([a.cost if a.high is None else a.high for a in amounts])
    return _Amounts(None, sum(lows) if lows else None, high, state)


def _all(given: list[int | None]) -> int | None:
    known = [one for one in given if one is not None]
    return sum(known) if len(known) == len(given) else None


def _measures(
    counts: tuple[int | None, ...], amount: _Amounts, reported: int | None, saved: int | None
) -> Measures:
    low = amount.cost if amount.low is None else amount.low
    high = amount.cost if amount.high is None else amount.high
    return Measures(
        attempts=1,
        input_tokens=counts[0] or 0,
        cached_tokens=counts[1] or 0,
        cache_write_tokens=counts[2] or 0,
        output_tokens=counts[3] or 0,
        reasoning_tokens=counts[4] or 0,
        unreported=int(counts[0] is None),
        cost=amount.cost or 0,
        cost_low=low or 0,
        cost_high=high or 0,
        estimated=int(amount.state == "estimated"),
        bounded=int(amount.state == "bounded"),
        unknown=int(amount.state == "unknown"),
        unbounded=int(high is None),
        reported_cost=reported or 0,
        reported=int(reported is not None),
        cache_savings=saved or 0,
    )


def _cache_savings(cost: Cost) -> int | None:
    """Return what the cached tokens would have cost more as other input; None: that is not known.

    What other input cost says its line; where there was none, the row, by the same multiple.
    """
    if not cost.lines:
        return None
    cached = next((line for line in cost.lines if line.kind == "cached_input"), None)
    if cached is None:
        return 0
    plain = next((line.per_million for line in cost.lines if line.kind == "input"), None)
    if plain is None:
        plain = _plain(cost.price, cached.per_million)
    if plain is None or cached.per_million is None or cached.tokens is None:
        return None
    return nano((plain - cached.per_million) * cached.tokens / 1_000_000)


def _plain(price: Price | None, cached: Decimal | None) -> Decimal | None:
    if price is None or price.input is None or cached is None:
        return None
    if price.cached_input is None:
        return cached
    return price.input if not price.cached_input else cached * price.input / price.cached_input
