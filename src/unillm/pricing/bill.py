"""From tokens and a tariff to a cost: exact, or between two bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from unillm.pricing.rates import Rates
from unillm.pricing.tariff import EXACT, Charge, Tariff
from unillm.types.dataclass import dataclass
from unillm.types.usage import Cost, CostKind, CostLine, Usage

_HOUR = Decimal(3600)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta(0)
_FINEST = Decimal("1E-12")
"""To what a cost by the hour is rounded: a third of a second has no last digit."""
_ZERO = Decimal(0)
_MILLIONFOLD = Decimal("0E+6")
"""Nothing: a millionth of it is 0 without decimal places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bill:
    """What a call cost, if one set of figures and one split of its tokens is the right one."""

    lines: tuple[CostLine, ...]
    doubt: str = ""


class _UnknownError(Exception):
    """It cannot be said what a call cost; the message says why."""


def cost(tariff: Tariff, usage: Usage | None, duration: timedelta | None = None) -> Cost:
    """Return what a call cost.

    Args:
        tariff: What its model costs; it has rows.
        usage: Its tokens, as far as they were reported.
        duration: How long it had a machine of its own.
    """
    found = None if usage is None else sure(tariff, usage)
    return searched(tariff, usage, duration) if found is None else found


def sure(tariff: Tariff, usage: Usage) -> Cost | None:
    """Return what a call cost where nothing is in doubt; None: `searched` has to look.

    Args:
        tariff: As in `cost`.
        usage: As in `cost`.
    """
    figures = tariff.level(usage.input_tokens).sure
    if figures is None:
        return None
    cached, written = _split(usage, figures)
    if cached is None or written is None or not _possible(usage, cached, written):
        return None
    rest, out = usage.input_tokens - cached - written, usage.output_tokens
    total, plus = _MILLIONFOLD, EXACT.fma
    if rest:
        total = plus(figures.input, rest, total)
    if cached:
        total = plus(figures.cached_input, cached, total)
    if written:
        total = plus(figures.cache_write, written, total)
    if out:
        total = plus(figures.output, out, total)
    # Digit for digit what these lines add up to, which few look at: they are made for those.
    lines: Any = partial(_lines, usage, figures, cached, written)
    return _definite(tariff, EXACT.scaleb(total, -6), lines)


def most(tariff: Tariff, usage: Usage, duration: timedelta | None = None) -> Cost:
    """Return what a call with no more than some tokens costs at most, as ``high``.

    Args:
        tariff: What its model costs; it has rows.
        usage: As many tokens as there can be. How its input is split does not matter.
        duration: The longest that it can have a machine of its own.
    """
    amounts: list[Decimal] = []
    try:
        for level in tariff.up_to(usage.input_tokens):  # a long prompt need not be the dearest
            if level.sure is not None and _possible(usage, 0, 0):
                amounts.append(_amount(level.sure, usage))
                continue
            for charge in level.charges:
                amounts += _amounts(charge, tariff.service_tier, usage, duration)
    except _UnknownError as unknown:
        return Cost(price=tariff.rows[0], reason=str(unknown))
    reason = "; ".join(filter(None, ("an upper bound", tariff.reason)))
    return Cost(low=_ZERO, high=max(amounts), state="bounded", price=tariff.rows[0], reason=reason)


def dearest(tariff: Tariff, prompt: int | None = None) -> tuple[Decimal, Decimal] | None:
    """Return the most that a million tokens of input and of output may cost; None: unknown.

    Args:
        tariff: What the model costs; it has rows.
        prompt: No prompt is longer; None: it may have any length.
    """
    found: list[Rates] = []
    for level in tariff.levels if prompt is None else tariff.up_to(prompt):
        for charge in level.charges:
            if charge.unknown or charge.gpu_hour is not None or not charge.rates:
                return None
            found += charge.rates
    if not found:
        return None
    inputs = [max(one.input, one.cached_input, one.cache_write) for one in found]
    return max(inputs), max(one.output for one in found)


def searched(tariff: Tariff, usage: Usage | None, duration: timedelta | None) -> Cost:
    """Return what a call cost by trying all that it may have been.

    Args:
        tariff: As in `cost`.
        usage: As in `cost`.
        duration: As in `cost`.
    """
    level = tariff.level(0 if usage is None else usage.input_tokens)
    try:
        bills = [
            bill
            for charge in level.charges
            for bill in _bills(charge, tariff.service_tier, usage, duration)
        ]
    except _UnknownError as unknown:
        return Cost(price=tariff.rows[0], reason=str(unknown))
    totals = [_total(bill.lines) for bill in bills]
    low, high = min(totals), max(totals)
    if low == high:
        return _definite(tariff, totals[0], bills[0].lines)
    doubts = (*tariff.gaps, *(bill.doubt for bill in bills), tariff.reason)
    reason = "; ".join(dict.fromkeys(filter(None, doubts)))
    return Cost(low=low, high=high, state="bounded", price=tariff.rows[0], reason=reason)


def _definite(tariff: Tariff, total: Decimal, lines: tuple[CostLine, ...]) -> Cost:
    return Cost(
        total=total,
        state="estimated" if tariff.reason else "exact",
        lines=lines,
        price=tariff.rows[0],
        reason=tariff.reason,
    )


def _total(lines: tuple[CostLine, ...]) -> Decimal:
    total, add = _ZERO, EXACT.add
    for line in lines:
        total = add(total, line.usd)
    return total


def _amounts(
    charge: Charge, tier: str | None, usage: Usage, duration: timedelta | None
) -> Iterator[Decimal]:
    """Give what a usage comes to if all of its input costs what the dearest kind of it does."""
    figures, time = _figures(charge, tier, usage, duration)
    by_time = _total(time)
    if not figures:
        yield by_time
    for one in figures:
        yield EXACT.add(_amount(one, usage), by_time)


def _amount(figures: Rates, usage: Usage) -> Decimal:
    """Return what the tokens of a usage come to if all input costs what the dearest does."""
    dearest = max(figures.input, figures.cached_input, figures.cache_write)
    given = EXACT.multiply(dearest, usage.input_tokens)
    return EXACT.scaleb(EXACT.add(given, EXACT.multiply(figures.output, usage.output_tokens)), -6)


def _bills(
    charge: Charge, tier: str | None, usage: Usage | None, duration: timedelta | None
) -> Iterator[_Bill]:
    figures, time = _figures(charge, tier, usage, duration)
    if usage is None or not figures:
        yield _Bill(lines=time)
        return
    for one in figures:
        for cached, written, doubt in _splits(usage, one):
            lines = (*_lines(usage, one, cached, written), *time)
            yield _Bill(lines=lines, doubt="; ".join(filter(None, (one.doubt, doubt))))


def _figures(
    charge: Charge, tier: str | None, usage: Usage | None, duration: timedelta | None
) -> tuple[tuple[Rates, ...], tuple[CostLine, ...]]:
    """Return the figures that may apply, none if it is paid by time alone, and the line for time.

    Raises:
        _UnknownError: Nothing can be said.
    """
    if charge.unknown:
        raise _UnknownError(charge.unknown)
    time = _time(charge.gpu_hour, duration)
    if charge.rates == ():
        return (), time
    if usage is None:
        raise _UnknownError("no usage was reported")
    if not _possible(usage, usage.cached_input_tokens or 0, usage.cache_write_tokens or 0):
        raise _UnknownError(f"the usage contradicts itself: {usage}")
    if charge.rates is None:
        raise _UnknownError(f"what the service tier {tier!r} cost is not known")
    return charge.rates, time


def _possible(usage: Usage, cached: int, written: int) -> bool:
    """Tell whether a usage can be, if so much of its input was cached and so much written."""
    rest = usage.input_tokens - cached - written
    return rest >= 0 and cached >= 0 and written >= 0 and usage.output_tokens >= 0


def _split(usage: Usage, figures: Rates) -> tuple[int | None, int | None]:
    """Return how many tokens were cached and written; None: not reported, and it matters."""
    cached, written = usage.cached_input_tokens, usage.cache_write_tokens
    if cached is None and figures.cached_input == figures.input:
        cached = 0
    if written is None and figures.cache_write == figures.input:
        written = 0
    return cached, written


def _splits(usage: Usage, figures: Rates) -> Iterator[tuple[int, int, str]]:
    """Give how many tokens of the input may have been cached, how many written, and the doubt.

    That is what is reported; or the extremes, where it is not and makes a difference.
    """
    whole = usage.input_tokens
    cached, written = _split(usage, figures)
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


def _lines(usage: Usage, figures: Rates, cached: int, written: int) -> tuple[CostLine, ...]:
    tier, out = figures.tier, usage.output_tokens
    rest = usage.input_tokens - cached - written
    lines: list[CostLine] = []
    if rest:
        lines.append(_line("input", rest, figures.input, tier))
    if cached:
        lines.append(_line("cached_input", cached, figures.cached_input, tier))
    if written:
        lines.append(_line("cache_write", written, figures.cache_write, tier))
    if out:
        lines.append(_line("output", out, figures.output, tier, usage.reasoning_tokens))
    return tuple(lines)


def _line(
    kind: CostKind, tokens: int, per_million: Decimal, tier: str, reasoning: int | None = None
) -> CostLine:
    return CostLine(
        kind=kind,
        usd=EXACT.scaleb(EXACT.multiply(per_million, tokens), -6),
        tokens=tokens,
        per_million=per_million,
        reasoning_tokens=reasoning,
        tier=tier,
    )


def _time(gpu_hour: Decimal | None, duration: timedelta | None) -> tuple[CostLine, ...]:
    if gpu_hour is None:
        return ()
    if duration is None or duration < _NO_TIME:
        raise _UnknownError("it is paid by the hour, and how long it took was not told")
    lasted = Decimal(duration // _MICROSECOND).scaleb(-6, EXACT)
    usd = EXACT.divide(EXACT.multiply(gpu_hour, lasted), _HOUR)
    return (CostLine(kind="gpu_time", usd=EXACT.quantize(usd, _FINEST)),)
