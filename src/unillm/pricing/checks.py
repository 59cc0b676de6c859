"""Rows that callers write are held against what a row must be, before any cost is reckoned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.price import Price

_FIGURES = ("input", "output", "cached_input", "cache_write", "gpu_hour")
_INSTANTS = ("since", "until", "perhaps_since", "perhaps_until")


def checked_rows(rows: Iterable[Any]) -> tuple[Price, ...]:
    """Return rows as they are.

    Raises:
        InvalidRequestError: One is no `Price`, has no figure, has one that is no `Decimal` or below
            zero, or an instant without a time zone.
    """
    return tuple(_row(row) for row in rows)


def _row(row: Any) -> Price:
    if not isinstance(row, Price):
        raise InvalidRequestError(f"prices: {row!r} is no unillm.Price")
    place = f"the price of {row.provider}:{row.model}"
    figures = {name: getattr(row, name) for name in _FIGURES if getattr(row, name) is not None}
    for name, figure in figures.items():
        money(figure, f"{place}: {name}")
    by_token = row.input is not None and row.output is not None
    if not by_token and (row.gpu_hour is None or row.input is not None or row.output is not None):
        raise InvalidRequestError(f"{place} needs input and output, or gpu_hour")
    for name in _INSTANTS:
        if getattr(row, name) is not None:
            instant(getattr(row, name), f"{place}: {name}")
    return row


def money(figure: Any, name: str) -> Decimal:
    """Return a figure.

    Raises:
        InvalidRequestError: It is no `Decimal`, or below zero, or not finite.
    """
    if not isinstance(figure, Decimal) or not figure.is_finite() or figure < 0:
        raise InvalidRequestError(
            f"{name} is a Decimal from 0 on, made of a string, not {figure!r}: "
            "a float has no exact cents"
        )
    return figure


def instant(at: Any, name: str) -> datetime:
    """Return an instant.

    Raises:
        InvalidRequestError: It is no `datetime`, or has no time zone.
    """
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise InvalidRequestError(
            f"{name} is a datetime with its time zone, such as "
            f"datetime(2026, 4, 25, tzinfo=UTC), not {at!r}"
        )
    return at
