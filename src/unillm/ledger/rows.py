"""An operation as rows: one of its own, one for each attempt, and what it adds to the sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from pydantic_core import to_json, to_jsonable_python

from unillm.ledger import clean, needs
from unillm.ledger.held import Held
from unillm.ledger.measures import NAMES, Figures, plus
from unillm.ledger.money import nano, nano_high, nano_low
from unillm.types.dataclass import dataclass
from unillm.types.decision import Decision
from unillm.types.price import Price
from unillm.types.response import Attempt, Role
from unillm.types.usage import Cost, CostState, Usage

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
    """What the daily sums beside those are kept by.

    ``kind`` is ``user``, ``tag``, ``route``, ``strategy`` or ``role``; all but tags have no name.
    """

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
        labels: What it adds to those of its user, tags, route, strategy and roles.
    """

    key: tuple[float, str]
    operation: Values
    attempts: list[Values]
    content: Values | None
    prices: dict[str, Values]
    days: dict[DayKey, Figures]
    labels: dict[LabelKey, Figures]


OPERATION = (
    *("at", "id", "day", "outcome", "error", "provider", "model", "served", "route", "strategy"),
    *("reason", "streamed", "attempts", "input_tokens", "cached_tokens", "cache_write_tokens"),
    *("output_tokens", "reasoning_tokens", "cost", "cost_low", "cost_high", "cost_state"),
    *("reported_cost", "cache_savings", "user_name", "session", "run", "turn", "tags", "tasks"),
    *("duration", "first_token", "role", "needs"),
)
"""The columns of an operation, in order."""

ATTEMPT = (
    *("at", "operation", "number", "provider", "model", "served", "tier", "outcome", "status"),
    *("error", "message", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens"),
    *("reasoning_tokens", "cost", "cost_low", "cost_high", "cost_state", "cost_reason", "price"),
    *("reported_cost", "cache_savings", "started", "duration", "first_token", "waited"),
    *("request_id", "role", "origin", "jurisdiction", "sent_bytes"),
)
"""The columns of an attempt, in order."""

CONTENT = ("at", "operation", "asked", "answered")
PRICE = ("id", "provider", "model", "since", "source", "checked", "entry")


class _Amounts(NamedTuple):
    cost: int | None
    low: int | None
    high: int | None
    state: CostState


class _Spent(NamedTuple):
    """What an attempt used and cost, or some together; counts in the order of the columns."""

    counts: tuple[int | None, ...]
    amounts: _Amounts
    reported: int | None
    saved: int | None


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
        called = (1, int(op.outcome == "error"), int(op.outcome == "cancelled"), *_NONE)
        whole, spent = called, list[_Spent]()
        made.days[_day_key(day, op.provider, op.model, tasks)] = called
        for number, attempt in enumerate(op.attempts, start=1):
            one = self._attempt(made, number, attempt, keeps=op.keeps)
            figures = _figures(one, attempt.role)
            where = _day_key(day, attempt.provider, attempt.model, tasks)
            before = made.days.get(where)
            made.days[where] = figures if before is None else plus(before, figures)
            whole = plus(whole, figures)
            _add_role(made, day, attempt.role, figures)
            spent.append(one)
        last = op.attempts[-1].role if op.attempts else None
        if last is not None:
            _add_role(made, day, last, called)
        together = spent[0] if len(spent) == 1 else _together(spent)
        made.operation = (
            *key, day, *_asked(op), int(op.streamed), len(op.attempts),
            *together.counts, *together.amounts, together.reported, together.saved,
            clean.text(op.user), clean.text(op.session), clean.text(op.run), clean.number(op.turn),
            clean.written(tags) if tags else None, tasks, clean.seconds(op.duration),
            _first_token(op), last, needs.written(op.needs),
        )  # fmt: skip
        for label in _labels(day, op, tags):
            made.labels[label] = whole
        return made

    def _attempt(self, made: Booked, number: int, attempt: Attempt, *, keeps: bool) -> _Spent:
        cost = attempt.cost
        spent = _Spent(
            counts=_counts(attempt.usage),
            amounts=_amounts(cost),
            reported=nano(attempt.reported_cost),
            saved=_cache_savings(cost),
        )
        error, _, message = (attempt.error or "").partition(": ")
        told = clean.text(message, clean.LONG) if keeps and message else None
        made.attempts.append((
            *made.key, number,
            clean.text(attempt.provider, clean.PROVIDER), clean.text(attempt.model),
            clean.text(attempt.served_model), clean.text(attempt.service_tier),
            attempt.outcome, clean.number(attempt.status),
            clean.text(error) or None, told,
            *spent.counts, *spent.amounts, clean.text(cost.reason, clean.LONG) or None,
            self._price(made, cost.price), spent.reported, spent.saved,
            clean.seconds(attempt.started_at), clean.seconds(attempt.duration),
            clean.seconds(attempt.first_token), clean.seconds(attempt.waited),
            clean.text(attempt.request_id), attempt.role, clean.text(attempt.origin),
            clean.text(attempt.jurisdiction), clean.count(attempt.sent_bytes),
        ))  # fmt: skip
        return spent

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
    return (
        op.outcome, clean.text(op.error), clean.text(op.provider, clean.PROVIDER),
        clean.text(op.model), clean.text(served[-1] if served else None), *_chosen(op.decision),
    )  # fmt: skip


def _chosen(decision: Decision | None) -> tuple[str | None, str | None, str | None]:
    """Return the route, its strategy, and why whoever goes first does; None: no route chose."""
    if decision is None or decision.route is None:
        return None, None, None
    first = decision.order[0] if decision.order else ""
    reason = decision.reasons.get(first)
    if decision.sticky is not None:
        reason = "it answered the session before"
    elif not decision.order and decision.excluded:
        reason = decision.excluded[0].reason
    return (
        clean.text(decision.route, clean.LABEL),
        clean.text(decision.strategy, clean.LABEL),
        clean.text(reason),
    )


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


def _labels(day: int, op: Held, tags: dict[str, str]) -> list[LabelKey]:
    found = [LabelKey(day, "tag", name, value) for name, value in tags.items()]
    if op.user is not None:
        found.append(LabelKey(day, "user", "", clean.text(op.user, clean.LABEL) or ""))
    route, strategy, _ = _chosen(op.decision)
    if route is not None:
        found.append(LabelKey(day, "route", "", route))
    if strategy is not None:
        found.append(LabelKey(day, "strategy", "", strategy))
    return found


def _add_role(made: Booked, day: int, role: Role, figures: Figures) -> None:
    key = LabelKey(day, "role", "", role)
    before = made.labels.get(key)
    made.labels[key] = figures if before is None else plus(before, figures)


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
    if low == total == high:
        low = high = None  # what is known needs no bounds
    return _Amounts(total, low, high, state)


_STATES: tuple[CostState, ...] = ("exact", "estimated", "bounded", "unknown")


def _together(spent: list[_Spent]) -> _Spent:
    """Return what attempts used and cost together: where none was made, nothing was paid."""
    amounts = [one.amounts for one in spent]
    cost = _all([a.cost for a in amounts])
    ends = [_ends(one) for one in amounts]
    low, high = _known(low for low, _ in ends), _all([high for _, high in ends])
    state = _STATES[max((_STATES.index(a.state) for a in amounts), default=0)]
    bounds = (None, None) if not spent or low == cost == high else (low, high)
    columns = zip(*(one.counts for one in spent), strict=True)
    return _Spent(
        counts=tuple(_known(column) for column in columns) or (None,) * 5,
        amounts=_Amounts(cost, *bounds, state),
        reported=_known(one.reported for one in spent),
        saved=_known(one.saved for one in spent),
    )


def _ends(amounts: _Amounts) -> tuple[int | None, int | None]:
    """Return the bounds of a cost. An estimate may have a lower one alone."""
    if amounts.cost is not None and amounts.low is None and amounts.high is None:
        return amounts.cost, amounts.cost
    return amounts.low, amounts.high


def _all(given: list[int | None]) -> int | None:
    known = [one for one in given if one is not None]
    return sum(known) if len(known) == len(given) else None


def _known(given: Iterable[int | None]) -> int | None:
    known = [one for one in given if one is not None]
    return sum(known) if known else None


_NONE = (0,) * (len(NAMES) - 3)


def _figures(spent: _Spent, role: Role) -> Figures:
    """Return what an attempt adds to the sums, in the order of `NAMES`."""
    cost, state = spent.amounts.cost, spent.amounts.state
    low, high = _ends(spent.amounts)
    return (
        *(0, 0, 0, 1),
        *(count or 0 for count in spent.counts),
        int(spent.counts[0] is None),
        *(cost or 0, low or 0, high or 0),
        *(int(state == "estimated"), int(state == "bounded"), int(state == "unknown")),
        int(high is None),
        *(spent.reported or 0, int(spent.reported is not None), spent.saved or 0),
        *(int(role == "retry"), int(role == "fallback"), int(role == "hedge")),
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
