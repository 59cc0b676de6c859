"""A price book for the fake provider, in figures that can be reckoned in the head."""

from datetime import UTC, datetime, time
from decimal import Decimal

import unillm
from unillm.pricing import ContextTier, Price, PriceBook, PriceHours, ServiceTier

ROW = Price(
    provider="fake",
    model="fake-model",
    ids=("fake-alias",),
    input=Decimal(1),
    cached_input=Decimal("0.25"),
    cache_write=Decimal("1.25"),
    output=Decimal(8),
    context=(ContextTier(above=2000, input=Decimal(2), output=Decimal(3)),),
    tiers=(
        ServiceTier(name="flex", times=Decimal("0.5")),
        ServiceTier(name="priority", times=Decimal(2)),
        ServiceTier(name="batch", times=Decimal("0.5")),
    ),
)
SERVED = Price(provider="fake", model="served-model", input=Decimal(10), output=Decimal(80))
BOOK = PriceBook(prices=(ROW, SERVED))
COUNTED = {
    "prompt_tokens": 1000,
    "completion_tokens": 500,
    "prompt_tokens_details": {"cached_tokens": 400, "cache_write_tokens": 200},
    "completion_tokens_details": {"reasoning_tokens": 120},
}
"""400 x 1 + 400 x 0.25 + 200 x 1.25 + 500 x 8 = 4750 millionths."""
FULL = Decimal("0.00475")


def changing(at: datetime) -> PriceBook:
    """Give a book whose price doubles at an instant."""
    now = Price(provider="fake", model="fake-model", input=Decimal(1), output=Decimal(8))
    return PriceBook(
        prices=(
            Price(**{**_fields(now), "until": at}),
            Price(**{**_fields(now), "since": at, "input": Decimal(2), "output": Decimal(16)}),
        )
    )


def _fields(row: Price) -> dict:
    return {name: getattr(row, name) for name in ("provider", "model", "input", "output")}


def by_hours(start: time, end: time) -> PriceBook:
    """Give a book with a price of its own in some hours of every day."""
    hours = (PriceHours(name="peak", start=start, end=end, times=Decimal(2)),)
    row = Price(
        provider="fake", model="fake-model", input=Decimal(1), output=Decimal(8), hours=hours
    )
    return PriceBook(prices=(row,))


def usd(millionths) -> Decimal:
    return Decimal(millionths).scaleb(-6)


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ZERO = unillm.Cost(total=Decimal(0), state="exact")
