"""The price of one exchange: whose row it is looked up in, and which service tiers may hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.usage import Cost, Usage, highest, lowest

if TYPE_CHECKING:
    from decimal import Decimal

    from unillm.pricing import Price, PriceBook
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


def names_of(target: Target, served: str | None = None) -> tuple[str | None, str, str | None]:
    """Return the names by which a book may know a model: as served, as asked, as catalogued."""
    return served, target.model, None if target.info is None else target.info.id


@dataclass(slots=True)  # not frozen: that would take three times as long, for every attempt
class Quote:
    """What the tokens of one exchange are priced by.

    Attributes:
        book: The prices.
        provider: Who bills.
        names: The names by which the book may know the model, as `names_of` gives them.
        at: When the exchange began.
        lasted: How many seconds it took; None: it is not over.
    """

    book: PriceBook
    provider: str
    names: tuple[str | None, str, str | None]
    at: datetime
    lasted: float | None = None

    @classmethod
    def of(
        cls,
        book: PriceBook,
        target: Target,
        at: datetime,
        *,
        served: str | None = None,
        lasted: float | None = None,
    ) -> Quote:
        """Return it.

        Args:
            book: The prices.
            target: Whom it was sent to.
            at: When that was.
            served: The model that answered, as the provider named it.
            lasted: How many seconds it took.
        """
        return cls(book, target.billed_as, names_of(target, served), at, lasted)

    @property
    def model(self) -> str:
        """Return the first name that the book knows; else what was asked for."""
        found = self.book.name_among(self.names, provider=self.provider, at=self.at)
        return found or self.names[1]

    @property
    def rows(self) -> tuple[Price, ...]:
        """Return every row that may hold."""
        return self.book.find(provider=self.provider, model=self.model, at=self.at)

    @property
    def is_by_time(self) -> bool:
        """Tell whether time alone is paid for, whatever was generated in it."""
        rows = self.rows
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
        named = dict.fromkeys(tier.name for row in self.rows for tier in row.tiers)
        return [None, *(name for name in named if name != _NEVER)]

    def cost(self, usage: Usage | None, tiers: Tiers) -> Cost:
        """Return what tokens cost, whichever of the tiers it was.

        Args:
            usage: The tokens; None: time alone is paid for.
            tiers: The service tiers it may have been.
        """
        if len(tiers) == 1:
            return self._cost(usage, tiers[0])
        costs = [self._cost(usage, tier) for tier in tiers]
        first = costs[0]
        for cost in costs:
            if highest(cost) is None:
                return cost
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

    def most(self, usage: Usage, tiers: Tiers, *, until: datetime | None = None) -> Cost:
        """Return what no more than some tokens cost at most, as ``high``; unknown: no such bound.

        It holds however they are split, for shorter prompts too, and if a tier that was asked for
        was not served.

        Args:
            usage: The most tokens there can be.
            tiers: The service tiers it may be.
            until: Up to when it may begin; None: when it does.
        """
        return _dearest(
            self.book.most(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                provider=self.provider,
                model=self.model,
                at=self.at,
                until=until,
                service_tier=tier,
                duration=None if self.lasted is None else timedelta(seconds=max(0.0, self.lasted)),
            )
            for tier in tiers
        )

    def dearest(
        self,
        tiers: Tiers,
        *,
        prompt: int | None = None,
        until: datetime | None = None,
        unverified: bool = True,
    ) -> tuple[Decimal, Decimal] | None:
        """Return the most that a million tokens of input and of output may cost; None: unknown.

        Args:
            tiers: The service tiers it may be.
            prompt: How many tokens the prompt has at most; None: any number.
            until: Up to when it may begin; None: when it does.
            unverified: Whether prices count that nobody could verify.
        """
        found: list[tuple[Decimal, Decimal]] = []
        for tier in tiers:
            figures = self.book.dearest(
                provider=self.provider,
                model=self.model,
                at=self.at,
                service_tier=tier,
                prompt=prompt,
                until=until,
                unverified=unverified,
            )
            if figures is None:
                return None
            found.append(figures)
        return max(one for one, _ in found), max(other for _, other in found)

    def _cost(self, usage: Usage | None, tier: str | None) -> Cost:
        cost = self.book.cost_among(
            usage,
            self.names,
            provider=self.provider,
            at=self.at,
            service_tier=tier,
            lasted=self.lasted,
        )
        if cost is None:
            # Without the instant: equal calls have equal costs.
            name = self.book.own_among(self.names, provider=self.provider) or self.names[1]
            return Cost(reason=f"no price of {self.provider}:{name} is known")
        return cost


def _dearest(bounds: Iterable[Cost]) -> Cost:
    """Return the highest of some bounds; the first that is none, if there is one."""
    found: Cost | None = None
    for bound in bounds:
        if bound.high is None:
            return bound
        if found is None or found.high is None or bound.high > found.high:
            found = bound
    return found or Cost()
