"""What models cost: dated prices with their sources, and the arithmetic from tokens to a cost."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from unillm.pricing.book import PriceBook
from unillm.types.price import Calendar, ContextTier, Price, PriceHours, ServiceTier
from unillm.types.usage import Cost, CostKind, CostLine

if TYPE_CHECKING:
    from unillm.pricing.compare import Difference, differences

__all__ = [
    "Calendar",
    "ContextTier",
    "Cost",
    "CostKind",
    "CostLine",
    "Difference",
    "Price",
    "PriceBook",
    "PriceHours",
    "ServiceTier",
    "differences",
]


def __getattr__(name: str) -> Any:
    if name not in {"Difference", "differences"}:
        raise AttributeError(f"module 'unillm.pricing' has no attribute {name!r}")
    value = getattr(import_module("unillm.pricing.compare"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
