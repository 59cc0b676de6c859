"""Rows that callers write are held against what a row must be, before any cost is reckoned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.price import ContextTier, Price, PriceHours, ServiceTier

_FIGURES = ("input", "output", "cached_input", "cache_write", "gpu_hour")
_INSTANTS = ("since", "until", "perhaps_since", "perhaps_until")
_INNER = {
    "context": (ContextTier, ("input", "cached_input", "cache_write", "output")),
    "tiers": (ServiceTier, ("times", "input", "cached_input", "cache_write", "output")),
    "hours": (PriceHours, ("times",)),
}
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def checked_rows(rows: Iterable[Any]) -> tuple[Price, ...]:
    """Return rows as they are.

    Raises:
        InvalidRequestError: One is no `Price`, has no name or no figure, has a figure that is no
            `Decimal` or below zero, an instant without a time zone, or an end before its begin.
    """
    return tuple(_row(row) for row in rows)


def require_apart(named: Mapping[tuple[str, str], Iterable[Price]]) -> None:
    """Refuse rows of which two hold for certain at one instant.

    Args:
        named: The rows of each provider and name.

    Raises:
        InvalidRequestError: There are such rows.
    """
    for (provider, name), rows in named.items():
        ordered = sorted(rows, key=lambda row: row.since or _EARLIEST)
        for before, after in pairwise(ordered):
            begin = after.since or _EARLIEST
            if before.until is None or before.until > begin:
                since = f"since {begin}" if after.since else "at any time"
                raise InvalidRequestError(
                    f"two prices of {provider}:{name} hold {since}: give the older one its until"
                )


def _row(row: Any) -> Price:
    if not isinstance(row, Price):
        raise InvalidRequestError(f"prices: {row!r} is no unillm.Price")
    for name in ("provider", "model"):
        if not isinstance(getattr(row, name), str) or not getattr(row, name):
            raise InvalidRequestError(f"prices: {row!r} has no {name}")
    place = f"the price of {row.provider}:{row.model}"
    if row.model.lower().startswith(f"{row.provider.lower()}:"):
        bare = row.model[len(row.provider) + 1 :]
        raise InvalidRequestError(f"{place}: the model is written without its provider: {bare!r}")
    _require_money(row, _FIGURES, place)
    by_token = row.input is not None and row.output is not None
    if not by_token and (row.gpu_hour is None or row.input is not None or row.output is not None):
        raise InvalidRequestError(f"{place} needs input and output, or gpu_hour")
    _require_inner(row, place)
    _require_period(row, place)
    return row


def _require_inner(row: Price, place: str) -> None:
    for name, (kind, figures) in _INNER.items():
        for entry in getattr(row, name):
            if not isinstance(entry, kind):
                raise InvalidRequestError(f"{place}: {name} has {entry!r}, no {kind.__name__}")
            _require_money(entry, figures, f"{place}: {name}")


def _require_period(row: Price, place: str) -> None:
    for name in _INSTANTS:
        if getattr(row, name) is not None:
            instant(getattr(row, name), f"{place}: {name}")
    if row.since is not None and row.until is not None and row.until <= row.since:
        raise InvalidRequestError(f"{place} ends before it begins: until is not after since")


def _require_money(holder: Any, names: Iterable[str], place: str) -> None:
    for name in names:
        if getattr(holder, name) is not None:
            money(getattr(holder, name), f"{place}: {name}")


def money(figure: Any, name: str) -> Decimal:
    """Return a figure.

    Raises:
        InvalidRequestError: It is no `Decimal`, or below zero, or not finite.
    """
    if not isinstance(figure, Decimal) or not figure.is_finite() or figure < 0:
        why = ": a float has no exact cents" if isinstance(figure, float) else ""
        raise InvalidRequestError(
            f'{name} is a Decimal from 0 on, such as Decimal("0.15"), not {figure!r}{why}'
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
