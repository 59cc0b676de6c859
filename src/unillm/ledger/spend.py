"""What was spent, by what: sums read from the ledger, and what they say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from typing import Any

from unillm.ledger.measures import Measures
from unillm.ledger.money import usd
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.usage import Cost, highest, lowest


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRow(JsonRoundTrip):
    """What one group spent: a model, a day, a user, or all together.

    Attributes:
        group: What it is called; None: what belongs to none, or all together.
        calls: Operations. One that fell back counts where it ended.
        errors: How many of them failed.
        cancelled: How many of them the caller cancelled.
        attempts: HTTP exchanges.
        input_tokens: Tokens of prompts, cached ones included, as far as usage was reported.
        cached_input_tokens: Of them served from the cache.
        cache_write_tokens: Of them written to the cache.
        output_tokens: Tokens generated, reasoning included.
        reasoning_tokens: Of them spent thinking.
        unreported: Attempts whose tokens are not in these sums: no usage was reported.
        cost: What all attempts cost. Where that of some is not known, ``total`` is None and
            ``low`` is what is known; ``high`` is there if each has an upper bound.
        estimated: Attempts whose cost is an estimate.
        bounded: Attempts whose cost has two bounds.
        unknown: Attempts whose cost is not known.
        reported_cost: What providers say they charged for those they said it of, in US dollars;
            None: they did not say.
        cache_savings: What the cached tokens would have cost more uncached, as far as known.
        retries: Attempts at a target that had failed in the same call. Releases that knew of no
            routes did not tell them from others: of their days it is 0, and so are the next two.
        fallbacks: Attempts at another target, after one had failed.
        hedges: Attempts beside one that was late.
        baseline: What the same tokens would have cost from the model compared with; None: none
            was named, or its price is not known.
        saved: How much less than that was spent, as a cost with two bounds where either has them.
    """

    group: str | None
    calls: int
    errors: int
    cancelled: int
    attempts: int
    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    unreported: int
    cost: Cost
    estimated: int
    bounded: int
    unknown: int
    reported_cost: Decimal | None
    cache_savings: Decimal
    retries: int = 0
    fallbacks: int = 0
    hedges: int = 0
    baseline: Cost | None = None
    saved: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(JsonRoundTrip):
    """What this month comes to, if it goes on as it went until now.

    Attributes:
        since: The first instant of the month, in UTC.
        until: The first instant of the next.
        share: Which share of it has passed.
        so_far: What was spent in it.
        cost: That divided by the share; None before a whole day has passed, when it says nothing.
    """

    since: datetime
    until: datetime
    share: float
    so_far: Cost
    cost: Cost | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Spend(Looks, JsonRoundTrip):
    """What was spent in a period, by what. It prints as a table, also in a notebook.

    Attributes:
        by: What the groups are: ``model``, ``provider``, ``day``, ``task``, ``subtask``, ``user``,
            ``route``, ``strategy``, ``role``, ``session`` or ``tag:<key>``.
        since: From when on; None: from the beginning.
        until: Until when, which is not included; None: until now.
        rows: The groups: days in order, others with the dearest first.
        total: All together.
        projection: What this month comes to, whatever the period is.
        baseline: The model compared with, if one was named.
        dropped: How many operations of the period are missing for certain: there was no room for
            them. Some of them may be of other days.
        at_most: How many more may be missing, because processes ended without closing the ledger.
    """

    by: str
    since: datetime | None
    until: datetime | None
    rows: tuple[SpendRow, ...] = field(repr=False)
    total: SpendRow
    projection: Projection = field(repr=False)
    baseline: str | None = None
    dropped: int = 0
    at_most: int = 0

    def table(self) -> list[JsonObject]:
        """Return the rows as flat dicts, for tables; amounts are `decimal.Decimal` or None."""
        return [flat(row, self.by) for row in self.rows]

    def to_pandas(self) -> Any:
        """Return the rows as a data frame; amounts are floats, NaN where they are not known.

        Raises:
            ImportError: pandas is not installed.
        """
        from unillm.ledger.frames import frame_of

        return frame_of(self.table())

    def plot(self, ax: Any = None) -> Any:
        """Draw what each group cost with matplotlib, and return the axes.

        Args:
            ax: Axes to draw on; None: new ones.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from unillm.ledger.pictures import plotted

        return plotted(self, ax)

    def __str__(self) -> str:
        """Return the rows as a table in text, and what there is to say of them."""
        from unillm.ledger.pictures import text

        return text(self)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        from unillm.ledger.pictures import markdown

        return markdown(self)

    def _repr_html_(self) -> str:
        from unillm.ledger.pictures import html

        return html(self)


def row_of(group: str | None, sums: Measures, baseline: Cost | None = None) -> SpendRow:
    """Return what sums say."""
    cost = cost_of(sums)
    return SpendRow(
        group=group,
        calls=sums.calls,
        errors=sums.errors,
        cancelled=sums.cancelled,
        attempts=sums.attempts,
        input_tokens=sums.input_tokens,
        cached_input_tokens=sums.cached_tokens,
        cache_write_tokens=sums.cache_write_tokens,
        output_tokens=sums.output_tokens,
        reasoning_tokens=sums.reasoning_tokens,
        unreported=sums.unreported,
        cost=cost,
        estimated=sums.estimated,
        bounded=sums.bounded,
        unknown=sums.unknown,
        reported_cost=usd(sums.reported_cost) if sums.reported else None,
        cache_savings=usd(sums.cache_savings) or Decimal(0),
        retries=sums.retries,
        fallbacks=sums.fallbacks,
        hedges=sums.hedges,
        baseline=baseline,
        saved=None if baseline is None else _less(baseline, cost),
    )


def cost_of(sums: Measures) -> Cost:
    """Return what attempts cost together, no surer than the least sure of them."""
    total, low = usd(sums.cost), usd(sums.cost_low)
    high = None if sums.unbounded else usd(sums.cost_high)
    if sums.unknown:
        return Cost(low=low, high=high, state="unknown", reason=_of(sums.unknown, "not known"))
    if sums.bounded:
        reason = _of(sums.bounded, "known within bounds")
        return Cost(low=low, high=high, state="bounded", reason=reason)
    if sums.estimated:
        reason = _of(sums.estimated, "an estimate")
        low, high = (None, None) if low == total == high else (low, high)
        return Cost(total=total, low=low, high=high, state="estimated", reason=reason)
    return Cost(total=total, state="exact")


def flat(row: SpendRow, by: str) -> JsonObject:
    """Return a row as one dict of names and plain values."""
    shown: JsonObject = {
        by: row.group,
        "calls": row.calls,
        "errors": row.errors,
        "cancelled": row.cancelled,
        "attempts": row.attempts,
        "input_tokens": row.input_tokens,
        "cached_input_tokens": row.cached_input_tokens,
        "cache_write_tokens": row.cache_write_tokens,
        "output_tokens": row.output_tokens,
        "reasoning_tokens": row.reasoning_tokens,
        "unreported": row.unreported,
        "cost_usd": row.cost.total,
        "cost_low_usd": lowest(row.cost),
        "cost_high_usd": highest(row.cost),
        "cost_state": row.cost.state,
        "estimated": row.estimated,
        "bounded": row.bounded,
        "unknown": row.unknown,
        "reported_cost_usd": row.reported_cost,
        "cache_savings_usd": row.cache_savings,
        "retries": row.retries,
        "fallbacks": row.fallbacks,
        "hedges": row.hedges,
    }
    if row.baseline is not None and row.saved is not None:
        shown["baseline_low_usd"], shown["baseline_high_usd"] = (
            lowest(row.baseline),
            highest(row.baseline),
        )
        shown["saved_low_usd"], shown["saved_high_usd"] = lowest(row.saved), highest(row.saved)
    return shown


def sorted_rows(by: str, rows: Iterable[SpendRow]) -> tuple[SpendRow, ...]:
    """Return rows as they are read: days in their order, others with the dearest first."""
    if by == "day":
        return tuple(sorted(rows, key=lambda row: row.group or ""))
    return tuple(sorted(rows, key=lambda row: (-(lowest(row.cost) or 0), row.group or "")))


def outermost(tasks: str) -> str | None:
    """Return the name of the outermost task; None: there is none."""
    names = json.loads(tasks)
    return str(names[0]) if names else None


def nested(tasks: str) -> str | None:
    """Return the names of all tasks; None: there are none."""
    names: list[str] = json.loads(tasks)
    return " > ".join(names) if names else None


def _less(baseline: Cost, cost: Cost) -> Cost:
    low = _minus(lowest(baseline), highest(cost))
    high = _minus(highest(baseline), lowest(cost))
    if low is not None and low == high:
        return Cost(total=low, state="estimated", reason=_GUESS)
    return Cost(low=low, high=high, state="unknown" if low is None else "bounded", reason=_GUESS)


_GUESS = "another model would have used other tokens"


def _minus(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first - second


def _of(count: int, what: str) -> str:
    return f"of {count:,} attempt{'' if count == 1 else 's'} the cost is {what}"
