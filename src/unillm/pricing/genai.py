"""Prices of the package genai-prices, for models that the book does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from unillm.types.price import ContextTier, Price

NAME = "genai-prices"
_MODULE = "genai_prices.data_snapshot"
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
    try:
        snapshot = _snapshot()
        info = None if snapshot is None else _found(_Same(snapshot), provider, model)
        return None if info is None else _row(info, provider, model, at, context)
    except Exception:  # noqa: BLE001 - a release that is not as we know it must not lose an answer
        return None


def first_of(provider: str, models: Iterable[str | None], at: datetime) -> str | None:
    """Return the first of some models that genai-prices has a price for; None: for none of them.

    Args:
        provider: As in `price_of`.
        models: The models; None and an empty one are passed over.
        at: As in `price_of`.
    """
    for model in models:
        if model and price_of(provider, model, at) is not None:
            return model
    return None


def _row(
    info: Any, provider: str, model: str, at: datetime, context: Mapping[str, str] | None
) -> Price | None:
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
        source=f"{NAME} {_version()}, {info.id}",
        verified=False,
        note=f"as {NAME} has it; it knows neither weekdays nor holidays",
    )


def _snapshot() -> Any:
    if not is_there():
        return None
    try:
        return _data().get_snapshot()
    except ModuleNotFoundError:  # it is there, and what it needs is not
        return None


@lru_cache(maxsize=1)
def _data() -> Any:
    """Return the module of its data, once it is whole.

    One that another thread is still loading is waited for; ``sys.modules`` has it half.
    """
    return import_module(_MODULE)


@lru_cache(maxsize=1)
def is_there() -> bool:
    """Tell whether the package is here, without loading it."""
    return find_spec("genai_prices") is not None


@lru_cache(maxsize=1)
def load() -> None:
    """Load the package, if it is here: its first import takes a fifth of a second."""
    with suppress(Exception):
        _snapshot()


def is_loaded() -> bool:
    """Tell whether `load` is done: until then another thread may be at it."""
    return load.cache_info().currsize > 0


@lru_cache(maxsize=1)
def _version() -> str:
    from importlib.metadata import version  # reading of packages: 20 ms, for few

    return version(NAME)


class _Same:
    """Hold data that cannot be hashed: equal to itself alone."""

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.data is other.data

    def __hash__(self) -> int:
        return id(self.data)


@lru_cache(maxsize=1024)
def _found(snapshot: _Same, provider: str, model: str) -> Any:
    """Return a model; None: it is not there, which would take long to find out each time."""
    try:
        return snapshot.data.find_provider_model(model, None, provider, None)[1]
    except LookupError:
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
