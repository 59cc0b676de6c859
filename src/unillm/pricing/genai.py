"""Prices of the package genai-prices, for models that the book does not have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from unillm.types.price import ContextTier, Price

NAME = "genai-prices"
_KINDS = {
    "input": "input_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
}
_BY_THE_REQUEST = ("requests_kcount", "audio_hours")
"""What a price may ask beside tokens; such a model is left out, or it would cost too little."""


def installed() -> bool:
    """Tell whether the package is here."""
    return _snapshot() is not None


def price_of(
    provider: str, model: str, at: datetime, context: Mapping[str, str] | None = None
) -> Price | None:
    """Return what genai-prices has for a model as a row of ours; None: it has none.

    Its data are those of the installed release: nothing is fetched.

    Args:
        provider: The provider, as it is named here.
        model: The model, as the provider names it.
        at: The instant that decides.
        context: In its words, what sets a call apart, such as ``{"service_tier": "flex"}``.
    """
    from importlib.metadata import version  # reading of packages: 20 ms, for few

    snapshot = _snapshot()
    if snapshot is None:
        return None
    try:
        _, info = snapshot.find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    figures = info.get_prices(at.astimezone(UTC), context)
    if any(getattr(figures, name, None) is not None for name in _BY_THE_REQUEST):
        return None
    short = {ours: _base(getattr(figures, theirs)) for ours, theirs in _KINDS.items()}
    if short["input"] is None or short["output"] is None:
        return None
    return Price(
        provider=provider,
        model=model,
        input=short["input"],
        output=short["output"],
        cached_input=short["cached_input"],
        cache_write=short["cache_write"],
        context=_long(figures, short),
        source=f"{NAME} {version(NAME)}, {info.id}",
        verified=False,
        note=f"as {NAME} has it; it knows neither weekdays nor holidays",
    )


def _snapshot() -> Any:
    try:
        return import_module("genai_prices.data_snapshot").get_snapshot()
    except ModuleNotFoundError:
        return None


def _base(figure: Any) -> Decimal | None:
    base: Decimal | None = getattr(figure, "base", figure)
    return base


def _long(figures: Any, short: Mapping[str, Decimal | None]) -> tuple[ContextTier, ...]:
    tiers: dict[int, dict[str, Decimal]] = {}
    for ours, theirs in _KINDS.items():
        base = short[ours]
        for tier in getattr(getattr(figures, theirs), "tiers", ()):
            if base:
                tiers.setdefault(tier.start, {})[ours] = tier.price / base
    return tuple(ContextTier(above=above, **times) for above, times in sorted(tiers.items()))
