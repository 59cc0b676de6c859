"""The rows that come with the package, read from ``prices.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from unillm.types.price import Calendar, ContextTier, Price, PriceHours, ServiceTier

_MONEY = frozenset({"input", "output", "cached_input", "cache_write", "times"})
_INNER = {"context": ContextTier, "tiers": ServiceTier, "hours": PriceHours}
_TUPLES = frozenset({"ids", "days"})


@lru_cache(maxsize=1)
def shipped() -> tuple[tuple[Price, ...], tuple[Calendar, ...]]:
    """Return the rows and calendars of the package; the file is read once, when first asked for."""
    import tomllib
    from importlib.resources import files

    text = files("unillm.pricing").joinpath("prices.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    shared: dict[str, Any] = told["shared"]
    rows = tuple(Price(**_fields(_with_shared(row, shared))) for row in told["prices"])
    return rows, tuple(_calendar(entry) for entry in told["calendars"])


def _with_shared(row: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return a row in which names of shared values (``@deepseek``) are replaced by these."""
    return {
        key: shared[key][value[1:]] if isinstance(value, str) and value.startswith("@") else value
        for key, value in row.items()
    }


def _fields(table: dict[str, Any]) -> dict[str, Any]:
    return {key: _field(key, value) for key, value in table.items()}


def _field(key: str, value: Any) -> Any:
    if key in _MONEY:
        return Decimal(value)
    if key in _INNER:
        return tuple(_INNER[key](**_fields(entry)) for entry in value)
    return tuple(value) if key in _TUPLES else value


def _calendar(entry: dict[str, Any]) -> Calendar:
    told: dict[str, Any] = {**entry, "days": frozenset(_days(entry["days"]))}
    return Calendar(**told)


def _days(spans: list[str]) -> Iterator[date]:
    """Give the days of spans such as ``2026-10-01..2026-10-07``, both ends included."""
    for span in spans:
        first, _, last = span.partition("..")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            yield day
            day += timedelta(days=1)
