"""What models cost: dated prices with their sources, and the arithmetic from tokens to a cost."""

from unillm.pricing.book import PriceBook
from unillm.pricing.compare import Difference, differences
from unillm.types.price import Calendar, ContextTier, Price, PriceHours, ServiceTier
from unillm.types.usage import Cost, CostKind, CostLine

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
