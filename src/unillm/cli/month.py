"""What so many tokens a month cost: one figure for each model, and the range it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from unillm.pricing import Cost, Price, PriceBook
from unillm.types.dataclass import dataclass
from unillm.types.usage import Usage

_WEEK = 7 * 24 * 60
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The tokens of a month.

    Attributes:
        input: Tokens of prompts.
        output: Tokens of answers.
        cached: The share of the input that comes from the cache; None: not known.
        tier: The service tier; None: the standard one.
    """

    input: int
    output: int
    cached: Fraction | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a month costs at one model.

    Attributes:
        usd: The figure: nothing from the cache unless its share is known, nothing written to it,
            spread evenly over the hours of the week; None: not known.
        low: The best case: all of the input cached, at the cheapest hours.
        high: The worst case: all of the input that is not cached written to the cache, if that
            costs more, at the dearest hours.
        price: The row of the price book; where several may hold, the oldest.
        notes: What there is to say of it, and why it is not known if it is not.
    """

    usd: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    price: Price | None = None
    notes: tuple[str, ...] = ()


def month(book: PriceBook, load: Load, *, provider: str, model: str, at: datetime) -> Bill:
    """Return what a month costs at the prices of one instant."""
    rows = book.find(provider=provider, model=model, at=at)
    if not rows:
        return Bill(notes=(f"no price of {provider}:{model} is known for {at:%Y-%m-%d}",))
    figures = [_figures(book, load, row, at) for row in rows]
    notes = tuple(dict.fromkeys(note for row in rows for note in _notes(row, load)))
    unknown = [cost.reason for costs in figures for cost in costs if cost.total is None]
    if unknown:
        return Bill(price=rows[0], notes=(unknown[0],))
    # What is not known is how much is cached; how much is written; which row held; and which hours.
    ends = [
        cost.total * times
        for row, costs in zip(rows, figures, strict=True)
        for cost in costs
        if cost.total is not None
        for times in _times(row)
    ]
    usual = figures[0][0].total or Decimal(0)
    return Bill(
        usd=(usual * _evenly(rows[0])).quantize(_CENT) if rows[0].hours else usual,
        low=min(ends),
        high=max(ends),
        price=rows[0],
        notes=notes,
    )


def _figures(book: PriceBook, load: Load, row: Price, at: datetime) -> list[Cost]:
    """Return the cost by one row, outside of its hours: the usual case first."""
    # The tokens are those of many prompts, of which none is long.
    plain = replace(row, context=(), hours=())
    alone = PriceBook(prices=(plain,), usd_per=book.usd_per)
    return [
        alone.cost(
            Usage(
                input_tokens=load.input,
                output_tokens=load.output,
                cached_input_tokens=cached,
                cache_write_tokens=written,
            ),
            provider=row.provider,
            model=row.model,
            at=at,
            service_tier=load.tier,
        )
        for cached, written in _splits(load)
    ]


def _splits(load: Load) -> Iterator[tuple[int, int]]:
    """Give how much of the input may be cached, and written to the cache; the usual case first."""
    cached = round(load.input * (load.cached or 0))
    yield cached, 0
    yield cached, load.input - cached
    if load.cached is None:
        yield load.input, 0


def _times(row: Price) -> set[Decimal]:
    return {Decimal(1), *(hours.times for hours in row.hours)}


def _evenly(row: Price) -> Decimal:
    """Return what an hour costs on the average, as times the price outside of the hours."""
    more = sum((hours.times - 1) * _minutes(row, at) for at, hours in enumerate(row.hours))
    return 1 + Decimal(more) / _WEEK


def _minutes(row: Price, at: int) -> int:
    """Return how many minutes of a week hours take."""
    hours = row.hours[at]
    minutes = (hours.end.hour - hours.start.hour) * 60 + hours.end.minute - hours.start.minute
    return minutes * len(hours.days)


def _notes(row: Price, load: Load) -> Iterator[str]:
    if row.note:
        yield row.note if row.verified else f"not verified: {row.note}"
    if row.context and load.input > row.context[0].above:
        yield f"no prompt has more than {row.context[0].above:,} tokens: those cost more"
    for name in dict.fromkeys(hours.name for hours in row.hours):
        of_it = [at for at, hours in enumerate(row.hours) if hours.name == name]
        share = Fraction(sum(_minutes(row, at) for at in of_it), 60)
        times = row.hours[of_it[0]].times
        yield f"{name} hours cost {times:f}x and are {float(share):g} of the 168 of a week"
