"""Sums of money as people read them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm.types.usage import Cost

_CONTEXT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_DIGITS = 3
"""How many digits that count are shown."""
_CENTS = 2
TO = "\N{EN DASH}"


def amount(dollars: Decimal) -> str:
    """Return an amount, rounded: ``$0``, ``$0.00042``, ``$0.0123``, ``$1,234.57``."""
    return _one(dollars, ROUND_HALF_EVEN)


def _one(dollars: Decimal | None, rounding: str) -> str:
    if not dollars:
        return "$0"
    whole, _, places = _written(dollars, _places(dollars), rounding).partition(".")
    return f"${whole}.{places[:_CENTS]}{places[_CENTS:].rstrip('0')}"


def span(low: Decimal, high: Decimal) -> str:
    """Return a range, rounded outwards: ``$0.0004-0.0120``, with a longer dash."""
    places = _places(high)
    begin = _written(low, places, ROUND_FLOOR) if low else "0"
    return f"${begin}{TO}{_written(high, places, ROUND_CEILING)}"


def between(low: Decimal | None, high: Decimal | None) -> str:
    """Return what lies between two amounts, rounded outwards; None: not known."""
    if low is None and high is None:
        return "unknown"
    if high is None:
        return f"at least {_one(low, ROUND_FLOOR)}"
    if low is None:
        return f"at most {_one(high, ROUND_CEILING)}"
    return amount(low) if low == high else span(low, high)


def shown(cost: Cost) -> str:
    """Return a cost, and how sure it is, in a few characters."""
    if cost.total is None:
        return between(cost.low, cost.high)
    return f"{'' if cost.state == 'exact' else '≈'}{amount(cost.total)}"


def _places(dollars: Decimal) -> int:
    """Return how many places show three digits that count; cents are always shown."""
    return max(_CENTS, _DIGITS - 1 - dollars.adjusted()) if dollars else _CENTS


def _written(dollars: Decimal, places: int, rounding: str) -> str:
    unit = Decimal(1).scaleb(-places, _CONTEXT)
    return f"{dollars.quantize(unit, rounding, _CONTEXT):,f}"
