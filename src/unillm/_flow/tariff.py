"""The price of one exchange: whose row it is looked up in, and which service tiers may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from unillm.types.usage import Cost, Usage

if TYPE_CHECKING:
    from unillm.pricing import PriceBook
    from unillm.types.request import ChatRequest
    from unillm.types.target import Target

Tiers: TypeAlias = Sequence[str | None]
"""The service tiers that may have served an exchange; None: the standard one."""

_STANDARD = frozenset({"", "default", "standard"})
"""Words for the tier that is served where none is asked for."""
_AUTO = "auto"
"""Whatever the settings of the account say: it may be any tier."""
_NEVER = "batch"
"""What is asked for in a file alone."""


def tier_asked(request: ChatRequest | None) -> str | None:
    """Return the service tier that a request asks for, as it is sent; None: none."""
    if request is None:
        return None
    tier = request.extra_body.get("service_tier", request.settings.get("service_tier"))
    return tier if isinstance(tier, str) else None


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the tokens of one exchange are priced by.

    Attributes:
        book: The prices.
        provider: Who bills.
        model: By which name the book knows the model.
        at: When the exchange began.
        lasted: How long it took; None: it is not over.
    """

    book: PriceBook
    provider: str
    model: str
    at: datetime
    lasted: timedelta | None = None

    @classmethod
    def of(
        cls,
        book: PriceBook,
        target: Target,
        at: float,
        *,
        served: str | None = None,
        lasted: float | None = None,
    ) -> Tariff:
        """Return it by the first name that the book knows: as served, as asked, as catalogued.

        Args:
            book: The prices.
            target: Whom it was sent to.
            at: When that was, in seconds since 1970.
            served: The model that answered, as the provider named it.
            lasted: How many seconds it took.
        """
        moment, provider = datetime.fromtimestamp(at, UTC), target.billed_as
        took = None if lasted is None else timedelta(seconds=max(0.0, lasted))
        return cls(book, provider, priced_as(book, target, moment, served=served), moment, took)

    @property
    def is_by_time(self) -> bool:
        """Tell whether time alone is paid for, whatever was generated in it."""
        rows = self.book.find(provider=self.provider, model=self.model, at=self.at)
        return bool(rows) and all(row.input is None for row in rows)

    def tiers(self, served: str | None, asked: str | None, *, sure: bool) -> Tiers:
        """Return the service tiers that may be billed.

        Args:
            served: What the provider says served it.
            asked: What was asked for.
            sure: Whether the answer is whole: then silence means that it was as asked.
        """
        if served is not None and served.lower() != _AUTO:
            return [served]
        if asked is None or asked.lower() in _STANDARD:
            return [None]
        if asked.lower() != _AUTO:
            # It is served as standard where there is no room for it, and then the answer says so.
            return [asked] if sure else [asked, None]
        rows = self.book.find(provider=self.provider, model=self.model, at=self.at)
        named = dict.fromkeys(tier.name for row in rows for tier in row.tiers)
        return [None, *(name for name in named if name != _NEVER)]

    def cost(self, usage: Usage | None, tiers: Tiers) -> Cost:
        """Return what tokens cost, whichever of the tiers it was.

        Args:
            usage: The tokens; None: time alone is paid for.
            tiers: The service tiers it may have been.
        """
        costs = [self._cost(usage, tier) for tier in tiers]
        first = costs[0]
        unknown = next((cost for cost in costs if highest(cost) is None), None)
        if len(costs) == 1 or unknown is not None:
            return unknown or first
        low = min(low for cost in costs if (low := lowest(cost)) is not None)
        high = max(high for cost in costs if (high := highest(cost)) is not None)
        if low == high:
            return first
        doubts = dict.fromkeys(["which service tier served it was not told", first.reason])
        return Cost(
            low=low,
            high=high,
            state="bounded",
            price=first.price,
            reason="; ".join(filter(None, doubts)),
        )

    def _cost(self, usage: Usage | None, tier: str | None) -> Cost:
        cost = self.book.cost(
            usage,
            provider=self.provider,
            model=self.model,
            at=self.at,
            service_tier=tier,
            duration=self.lasted,
        )
        if cost.price is None:
            # Without the instant: equal calls have equal costs.
            return Cost(reason=f"no price of {self.provider}:{self.model} is known")
        return cost


def priced_as(book: PriceBook, target: Target, at: datetime, *, served: str | None = None) -> str:
    """Return the first name that the book knows a model by: as served, as asked, as catalogued.

    Args:
        book: The prices.
        target: Whom it is asked of.
        at: When that is.
        served: The model that answered, as the provider named it.
    """
    own, provider = None if target.info is None else target.info.id, target.billed_as
    names = (served, target.model, own)
    for name in names:
        if name and book.history(provider=provider, model=name):
            return name
    for name in names if book.fallback else ():
        # What another package knows by the beginning of a name comes last.
        if name and book.find(provider=provider, model=name, at=at):
            return name
    return target.model


def lowest(cost: Cost) -> Decimal | None:
    """Return what something cost at least, if that is known."""
    return cost.total if cost.low is None else cost.low


def highest(cost: Cost) -> Decimal | None:
    """Return what something cost at most, if that is known."""
    return cost.total if cost.high is None and cost.low is None else cost.high
