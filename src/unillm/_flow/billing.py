"""What attempts cost: which model, tier and moment they are billed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from unillm._flow.bounds import bounds_of
from unillm._flow.ceiling import Ceiling
from unillm.pricing import PriceBook
from unillm.types.usage import Cost

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm._flow.operation import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """How the attempts of an operation are billed.

    Attributes:
        book: The prices.
        tier: The service tier that was asked for; None: none was.
    """

    book: PriceBook
    tier: str | None = None

    def most(self, what: Exchanged, at: float) -> Cost:
        """Return what an exchange can cost at most, as the total or the upper bound; or unknown.

        Args:
            what: The exchange.
            at: When it begins, in seconds since 1970.
        """
        return self.ceiling(what).most(at)

    def ceiling(self, what: Exchanged, total: float | None = None) -> Ceiling:
        """Return what an exchange can cost at most, at any moment.

        Args:
            what: The exchange.
            total: Seconds it can take at most; None: any number.
        """
        bounds = bounds_of(what)
        tier = bounds.tier or self.tier
        target = what.plan.target
        return Ceiling(book=self.book, target=target, bounds=bounds, tier=tier, total=total)

    def cost(self, trial: Trial, lasted: float) -> Cost:
        """Return what an attempt cost that is over.

        Args:
            trial: The attempt.
            lasted: How many seconds it took.
        """
        return self.book.cost(
            trial.usage,
            provider=trial.target.provider,
            model=trial.served_model or trial.target.model,
            at=datetime.fromtimestamp(trial.sent_unix, UTC),
            service_tier=trial.service_tier or self.tier,
            duration=timedelta(seconds=lasted),
        )
