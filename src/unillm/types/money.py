"""Sums of money as people read them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

_CONTEXT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_DIGITS = 3
"""How many digits that count are shown."""
_CENTS = 2
_DASH = "\N{EN DASH}"


def amount(dollars: Decimal) -> str:
    """Return an amount, rounded: ``$0``, ``$0.00042``, ``$0.0123``, ``-$1,234.57``."""
    if not dollars:
        return "$0"
    sign = "-" if dollars < 0 else ""
    written = _written(dollars, _places(dollars), ROUND_HALF_EVEN).removeprefix(sign)
    whole, _, places = written.partition(".")
    beyond = places[_CENTS:].rstrip("0")
    return f"{sign}${whole}.{places[:_CENTS]}{beyond}"


def span(low: Decimal, high: Decimal) -> str:
    """Return a range, rounded outwards: ``$0.0004-0.0120``, with a longer dash.

    A range that begins below zero has no dash: ``-$1.20 to $0.03``.
    """
    places = _places(high)
    if low < 0:
        ends = (_written(low, places, ROUND_FLOOR), _written(high, places, ROUND_CEILING))
        return " to ".join(f"-${end[1:]}" if end[0] == "-" else f"${end}" for end in ends)
    begin = _written(low, places, ROUND_FLOOR) if low else "0"
    return f"${begin}{_DASH}{_written(high, places, ROUND_CEILING)}"


def _places(dollars: Decimal) -> int:
    """Return how many places show three digits that count; cents are always shown."""
    return max(_CENTS, _DIGITS - 1 - dollars.adjusted()) if dollars else _CENTS


def _written(dollars: Decimal, places: int, rounding: str) -> str:
    unit = Decimal(1).scaleb(-places, _CONTEXT)
    return f"{dollars.quantize(unit, rounding, _CONTEXT):,f}"
