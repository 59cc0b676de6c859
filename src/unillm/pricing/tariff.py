"""What one model costs in one service tier, for as long as nothing about that changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from typing import Any

from unillm.pricing.rates import Rates, rates
from unillm.types.dataclass import dataclass
from unillm.types.price import Calendar, Price

EXACT = Context(prec=80)
"""More digits than any product of tokens and prices has, whatever the caller's context is."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
_KINDS = ("input", "cached_input", "cache_write", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one row asks, for prompts of certain lengths.

    Attributes:
        row: The row.
        gpu_hour: What an hour of the machine costs, in US dollars; None: it is not paid by time.
        rates: The figures that may apply, in US dollars; empty: it is paid by time alone. None: of
            the service tier nothing is known.
        unknown: Why nothing can be said at all; empty if something can.
    """

    row: Price
    gpu_hour: Decimal | None = None
    rates: tuple[Rates, ...] | None = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What prompts of certain lengths cost.

    Attributes:
        charges: What each row asks that may have held.
        sure: The only figures there are, if there is no doubt about them, and none by time.
    """

    charges: tuple[Charge, ...]
    sure: Rates | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a model costs in a service tier between two instants at which that may change.

    Attributes:
        begin: The first instant.
        end: The instant after the last.
        rows: The rows that may hold, the oldest first; empty: none does.
        reason: Why a definite cost is an estimate; or, where there is no row, why that is.
        gaps: Which changes there are of which nobody says when they came.
        service_tier: The tier.
        above: The lengths of prompts above which they cost more, the shortest first.
        levels: What prompts up to each of these lengths cost, and then those above all of them.
    """

    begin: datetime
    end: datetime
    rows: tuple[Price, ...] = ()
    reason: str = ""
    gaps: tuple[str, ...] = ()
    service_tier: str | None = None
    above: tuple[int, ...] = ()
    levels: tuple[Level, ...] = ()

    def level(self, prompt: int) -> Level:
        """Return what a prompt of so many tokens costs."""
        return self.levels[bisect_left(self.above, prompt)]

    def up_to(self, prompt: int) -> tuple[Level, ...]:
        """Return what prompts cost that have no more than so many tokens."""
        return self.levels[: bisect_left(self.above, prompt) + 1]


def tariff(
    rows: Sequence[Price],
    *,
    at: datetime,
    during: tuple[datetime, datetime],
    service_tier: str | None,
    calendars: Mapping[str, Calendar],
    usd_per: Mapping[str, Decimal],
) -> Tariff:
    """Return what the model of some rows costs.

    Args:
        rows: The rows that may hold at an instant, the oldest first; at least one.
        at: The instant.
        during: The first instant for which that is so, and the one after the last.
        service_tier: The tier.
        calendars: Holidays, by name.
        usd_per: What one unit of other currencies is in US dollars.
    """
    above = tuple(sorted({tier.above for row in rows for tier in row.context}))
    with localcontext(EXACT):
        levels = [
            _level(
                [
                    _charge(
                        row,
                        usd_per=usd_per,
                        at=at,
                        prompt=prompt,
                        service_tier=service_tier,
                        calendars=calendars,
                    )
                    for row in rows
                ]
            )
            for prompt in (0, *(length + 1 for length in above))
        ]
    return Tariff(
        begin=during[0],
        end=during[1],
        rows=tuple(rows),
        reason="; ".join(dict.fromkeys(_guesses(rows))),
        gaps=tuple(_gaps(rows)),
        service_tier=service_tier,
        above=above,
        levels=tuple(levels),
    )


def unchanged(rows: Iterable[Price], at: datetime) -> tuple[datetime, datetime]:
    """Return since and until when all is as at an instant: which rows hold, tiers and hours."""
    begin, end = EARLIEST, LATEST
    for edge in _edges(rows, at):
        if edge <= at:
            begin = max(begin, edge)
        else:
            end = min(end, edge)
    return begin, end


def absence(rows: Sequence[Price], at: datetime) -> str:
    """Return when a model has no price, if it has one at other times: `` before 2026-04-01``."""
    begins = [row.perhaps_since or row.since or EARLIEST for row in rows]
    ends = [row.perhaps_until or row.until or LATEST for row in rows]
    later = [begin for begin in begins if begin > at]
    earlier = [end for end in ends if end <= at]
    if earlier and later:
        return f" from {day(max(earlier))} to {day(min(later))}"
    if later:
        return f" before {day(min(later))}"
    return f" since {day(max(earlier))}" if earlier else ""


def day(at: datetime) -> str:
    """Return an instant as it is shown: the day alone, if it is the first instant of one."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M UTC}".removesuffix(" 00:00 UTC")


def _edges(rows: Iterable[Price], at: datetime) -> Iterator[datetime]:
    clock: set[time] = set()
    for row in rows:
        known = (row.since, row.until, row.perhaps_since, row.perhaps_until)
        yield from (edge for edge in known if edge is not None)
        yield from (tier.since for tier in row.tiers if tier.since is not None)
        for hours in row.hours:
            clock |= {time.min, hours.start, hours.end}
    moment = at.astimezone(UTC)
    yield from (datetime.combine(moment.date(), edge, UTC) for edge in clock)
    if clock and moment.date() < LATEST.date():
        yield datetime.combine(moment.date() + timedelta(days=1), time.min, UTC)


def _charge(row: Price, *, usd_per: Mapping[str, Decimal], **call: Any) -> Charge:
    dollars = Decimal(1) if row.currency == "USD" else usd_per.get(row.currency)
    if dollars is None:
        return Charge(row=row, unknown=f"the price is in {row.currency}, which is not converted")
    hour = None if row.gpu_hour is None else row.gpu_hour * dollars
    if row.input is None:  # then it is paid by the hour alone: a row has both figures or none
        return Charge(row=row, gpu_hour=hour)
    found = rates(row, **call)
    if found is None:
        return Charge(row=row, gpu_hour=hour, rates=None)
    converted = tuple(
        replace(one, **{kind: getattr(one, kind) * dollars for kind in _KINDS}) for one in found
    )
    return Charge(row=row, gpu_hour=hour, rates=converted)


def _level(charges: list[Charge]) -> Level:
    found = [one for charge in charges for one in charge.rates or ()]
    alone = len(charges) == len(found) == 1 and charges[0].gpu_hour is None
    sure = found[0] if alone and not found[0].doubt else None
    return Level(charges=tuple(charges), sure=sure)


def _guesses(rows: Sequence[Price]) -> Iterator[str]:
    """Give why figures of rows are worth no more than an estimate."""
    for row in rows:
        if not row.verified:
            yield row.note or "the price is not verified"
        if row.currency != "USD":
            yield f"converted from {row.currency}"
        if row.gpu_hour is not None:
            yield "paid by the hour"


def _gaps(rows: Sequence[Price]) -> Iterator[str]:
    for before, after in pairwise(rows):
        edges = (after.perhaps_since or after.since, before.perhaps_until or before.until)
        between = " and ".join(day(edge) for edge in edges if edge)
        yield f"the price changed between {between}, and nobody says when"
