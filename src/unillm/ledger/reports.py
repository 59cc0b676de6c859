"""A report of what was spent, made of sums."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from unillm.ledger.baseline import Baseline
from unillm.ledger.connection import Connection
from unillm.ledger.measures import Measures
from unillm.ledger.periods import Period, month_of
from unillm.ledger.queries import By, Group, Sums, by_of, summed, total, widened
from unillm.ledger.rows import DAY
from unillm.ledger.sessions import known_dropped, losses
from unillm.ledger.spend import Projection, Spend, cost_of, row_of, sorted_rows
from unillm.pricing import PriceBook
from unillm.types.usage import Cost

_LATEST = 10.0**11
_SECOND = timedelta(seconds=1)


def spend_of(
    connection: Connection,
    by: str,
    span: Period,
    *,
    now: datetime,
    baseline: str | None,
    prices: PriceBook | None,
) -> Spend:
    """Return what was spent in a period.

    Raises:
        InvalidRequestError: There is nothing to group by of this name, or no such baseline.
    """
    grouped = by_of(by)
    model = None if baseline is None else Baseline(baseline, prices or PriceBook.default())
    span = widened(connection, grouped, span)
    sums = summed(connection, grouped, span, by_day=model is not None)
    whole = _whole(connection, grouped, span, sums, by_day=model is not None)
    groups: dict[Group, Sums] = {}
    for (group, day), measures in sums.items():
        groups.setdefault(group, {})[group, day] = measures
    rows = [row_of(group, total(part), _compared(model, part)) for group, part in groups.items()]
    missing = losses(connection, span.since, span.until)
    return Spend(
        by=by,
        since=_instant(span.since) if span.since else None,
        until=_instant(span.until) if span.until < _LATEST else None,
        rows=sorted_rows(by, rows),
        total=row_of(None, total(whole), _compared(model, whole)),
        projection=_projection(connection, now),
        baseline=baseline,
        dropped=known_dropped(missing),
        at_most=sum(loss.at_most for loss in missing),
    )


def _whole(connection: Connection, by: By, span: Period, sums: Sums, *, by_day: bool) -> Sums:
    """Return the sums of all; those of sessions are of the rows that are left, and so is it."""
    return summed(connection, by_of("all"), span, by_day=by_day) if by.is_summed else sums


def _compared(model: Baseline | None, sums: Sums) -> Cost | None:
    if model is None:
        return None
    return model.cost([(day, measures) for (_, day), measures in sums.items()])


def _projection(connection: Connection, now: datetime) -> Projection:
    first, end = month_of(now)
    span = Period(first.timestamp(), end.timestamp())
    sums = total(summed(connection, by_of("all"), span))
    passed, length = (now - first) // _SECOND, (end - first) // _SECOND
    return Projection(
        since=first,
        until=end,
        share=passed / length,
        so_far=cost_of(sums),
        cost=_stretched(sums, Decimal(length) / passed) if passed >= DAY else None,
    )


def _stretched(sums: Measures, times: Decimal) -> Cost:
    cost = cost_of(sums)
    total_, low, high = (
        None if amount is None else (amount * times).quantize(Decimal("1e-9"))
        for amount in (cost.total, cost.low, cost.high)
    )
    state = "estimated" if total_ is not None else cost.state
    return Cost(total=total_, low=low, high=high, state=state, reason="as it went until now")


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
