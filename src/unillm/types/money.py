"""Amounts of money as people read them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm.types.usage import Cost

_WIDE = Context(prec=80)
"""Whatever the caller's context is: an amount with more digits than that would raise."""
TO = "\N{EN DASH}"
_CENTS = Decimal("0.01")
_FINE = Decimal("0.0001")


def dollars(amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """Return an amount in US dollars: ``$1,234.50``, ``$0.0123``, ``$0.0000042``.

    From a dollar on it has cents, below that four digits, and very small ones two that matter.
    """
    return f"${_figure(amount, rounding)}"


def between(low: Decimal | None, high: Decimal | None) -> str:
    """Return what lies between two amounts, rounded so that it still does; None: not known."""
    if low is None and high is None:
        return "unknown"
    if high is None:
        return f"at least {dollars(low or Decimal(0), ROUND_FLOOR)}"
    if low is None:
        return f"at most {dollars(high, ROUND_CEILING)}"
    lower = dollars(low, ROUND_FLOOR)
    upper = _figure(high, ROUND_CEILING)
    return lower if low == high else f"{lower}{TO}{upper}"


def shown(cost: Cost) -> str:
    """Return a cost, and how sure it is."""
    if cost.total is None:
        return between(cost.low, cost.high)
    return f"{'' if cost.state == 'exact' else '≈'}{dollars(cost.total)}"


def _figure(amount: Decimal, rounding: str) -> str:
    if amount == 0:
        return "0"
    if abs(amount) >= 1:
        step = _CENTS
    elif abs(amount) >= _FINE * 10:
        step = _FINE
    else:
        step = Decimal(1).scaleb(amount.adjusted() - 1)
    return f"{amount.quantize(step, rounding=rounding, context=_WIDE):,f}"
