"""From tokens and the rows that may have held to a cost: exact, or between two bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, localcontext
from itertools import pairwise

from unillm.pricing.rates import Rates, rates
from unillm.types.price import Calendar, Price
from unillm.types.usage import Cost, CostKind, CostLine, Usage

_EXACT = Context(prec=80)
"""More digits than any product of tokens and prices has, whatever the caller's context is."""
_HOUR = Decimal(3600)
_FINEST = Decimal("1E-12")
"""To what a cost by the hour is rounded: a third of a second has no last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known of one call.

    Attributes:
        usage: Its tokens, as far as they were reported.
        at: The instant that decides.
        service_tier: The tier that served it.
        duration: How long it had a machine of its own.
    """

    usage: Usage | None
    at: datetime
    service_tier: str | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bill:
    """What a call cost, if one set of figures and one split of its tokens is the right one."""

    lines: tuple[CostLine, ...]
    doubt: str = ""

    @property
    def total(self) -> Decimal:
        return sum((line.usd for line in self.lines), Decimal(0))


class _UnknownError(Exception):
    """It cannot be said what a call cost; the message says why."""


def cost(
    call: Call,
    rows: Sequence[Price],
    *,
    calendars: Mapping[str, Calendar],
    usd_per: Mapping[str, Decimal],
) -> Cost:
    """Return what a call cost.

    Args:
        call: The call.
        rows: The rows that may have held, the oldest first; at least one.
        calendars: Holidays, by name.
        usd_per: What one unit of other currencies is in US dollars.
    """
    with localcontext(_EXACT):
        try:
            bills = [bill for row in rows for bill in _bills(call, row, calendars, usd_per)]
        except _UnknownError as unknown:
            return Cost(price=rows[0], reason=str(unknown))
        totals = [bill.total for bill in bills]
        low, high = min(totals), max(totals)
        if low == high:
            return _one(bills[0], rows, call)
        doubts = [*_gaps(rows), *(bill.doubt for bill in bills), *_guesses(rows, call)]
        return Cost(
            low=low,
            high=high,
            state="bounded",
            price=rows[0],
            reason="; ".join(dict.fromkeys(filter(None, doubts))),
        )


def _one(bill: _Bill, rows: Sequence[Price], call: Call) -> Cost:
    reason = "; ".join(dict.fromkeys(_guesses(rows, call)))
    return Cost(
        total=bill.total,
        state="estimated" if reason else "exact",
        lines=bill.lines,
        price=rows[0],
        reason=reason,
    )


def _guesses(rows: Sequence[Price], call: Call) -> Iterator[str]:
    """Give why figures of rows are worth no more than an estimate."""
    for row in rows:
        if not row.verified:
            yield row.note or "the price is not verified"
        if row.currency != "USD":
            yield f"converted from {row.currency}"
        if row.gpu_hour is not None:
            yield f"{call.duration} at a price by the hour"


def _gaps(rows: Sequence[Price]) -> Iterator[str]:
    for before, after in pairwise(rows):
        yield (
            f"the price changed between {after.perhaps_since} and {before.perhaps_until}, "
            "and nobody says when"
        )


def _bills(
    call: Call, row: Price, calendars: Mapping[str, Calendar], usd_per: Mapping[str, Decimal]
) -> Iterator[_Bill]:
    dollars = Decimal(1) if row.currency == "USD" else usd_per.get(row.currency)
    if dollars is None:
        raise _UnknownError(f"the price is in {row.currency}, which is not converted")
    time = _time(call, row, dollars)
    if row.input is None:  # then it is paid by the hour alone: a row has both figures or none
        yield _Bill(lines=time)
        return
    usage = _usable(call.usage)
    figures = rates(
        row,
        at=call.at,
        prompt=usage.input_tokens,
        service_tier=call.service_tier,
        calendars=calendars,
    )
    if figures is None:
        raise _UnknownError(f"what the service tier {call.service_tier!r} cost is not known")
    for one in figures:
        for cached, written, doubt in _splits(usage, one):
            lines = (*_lines(usage, one, cached, written, dollars), *time)
            yield _Bill(lines=lines, doubt="; ".join(filter(None, (one.doubt, doubt))))


def _usable(usage: Usage | None) -> Usage:
    if usage is None:
        raise _UnknownError("no usage was reported")
    cached, written = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    parts = (usage.input_tokens, usage.output_tokens, cached, written)
    if min(parts) < 0 or cached + written > usage.input_tokens:
        raise _UnknownError(f"the usage contradicts itself: {usage}")
    return usage


def _splits(usage: Usage, figures: Rates) -> Iterator[tuple[int, int, str]]:
    """Give how many tokens of the input may have been cached, how many written, and the doubt.

    That is what is reported; or the extremes, where it is not and makes a difference.
    """
    whole, cached, written = usage.input_tokens, usage.cached_input_tokens, usage.cache_write_tokens
    if cached is None and figures.cached_input == figures.input:
        cached = 0
    if written is None and figures.cache_write == figures.input:
        written = 0
    unsaid = [
        words
        for part, words in ((cached, "served from the cache"), (written, "written to the cache"))
        if part is None
    ]
    doubt = f"how much of the input was {' and '.join(unsaid)} is not reported" if unsaid else ""
    yield cached or 0, written or 0, doubt
    if cached is None:
        yield whole - (written or 0), written or 0, doubt
    if written is None:
        yield cached or 0, whole - (cached or 0), doubt


def _lines(
    usage: Usage, figures: Rates, cached: int, written: int, dollars: Decimal
) -> Iterable[CostLine]:
    parts: tuple[tuple[CostKind, int, Decimal], ...] = (
        ("input", usage.input_tokens - cached - written, figures.input),
        ("cached_input", cached, figures.cached_input),
        ("cache_write", written, figures.cache_write),
        ("output", usage.output_tokens, figures.output),
    )
    for kind, tokens, figure in parts:
        if tokens:
            per_million = figure * dollars
            yield CostLine(
                kind=kind,
                tokens=tokens,
                per_million=per_million,
                usd=(tokens * per_million).scaleb(-6),
                reasoning_tokens=usage.reasoning_tokens if kind == "output" else None,
                tier=figures.tier,
            )


def _time(call: Call, row: Price, dollars: Decimal) -> tuple[CostLine, ...]:
    if row.gpu_hour is None:
        return ()
    if call.duration is None:
        raise _UnknownError("it is paid by the hour, and how long it took was not told")
    lasted = call.duration
    seconds = lasted.days * 86_400 + lasted.seconds + Decimal(lasted.microseconds).scaleb(-6)
    usd = (row.gpu_hour * dollars * seconds / _HOUR).quantize(_FINEST)
    return (CostLine(kind="gpu_time", usd=usd),)
