"""US dollars as whole billionths, the unit of the ledger."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

LARGEST = 10**15
"""Billionths of the largest amount a row can hold: a million dollars. Sums of it fit 64 bits."""

_EXACT = Context(prec=1000)
_LARGEST_EXPONENT = 6  # of a number of dollars that may still fit


def nano(usd: Decimal | None) -> int | None:
    """Return an amount in billionths, a half rounded to the even one; None: it is not known."""
    return _whole(usd, ROUND_HALF_EVEN)


def nano_low(usd: Decimal | None) -> int | None:
    """Return a lower bound in billionths, rounded down, so that it stays one."""
    return _whole(usd, ROUND_FLOOR)


def nano_high(usd: Decimal | None) -> int | None:
    """Return an upper bound in billionths, rounded up, so that it stays one."""
    return _whole(usd, ROUND_CEILING)


def usd(billionths: int | None) -> Decimal | None:
    """Return what was written as billionths, in dollars."""
    return None if billionths is None else Decimal(billionths).scaleb(-9, _EXACT)


def _whole(amount: Decimal | None, rounding: str) -> int | None:
    if amount is None or not amount.is_finite() or amount.adjusted() > _LARGEST_EXPONENT:
        return None
    whole = int(amount.scaleb(9, _EXACT).to_integral_value(rounding, _EXACT))
    return whole if abs(whole) <= LARGEST else None
