"""What models cost: dated prices with their sources, and the arithmetic from tokens to a cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm.pricing.book import PriceBook
from unillm.types.late import names_from
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

_HOME = {"Difference": "unillm.pricing.compare", "differences": "unillm.pricing.compare"}

__getattr__ = names_from(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
