"""What attempts cost: which model, tier and moment they are billed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from unillm._flow.bounds import bounds_of
from unillm.pricing import PriceBook
from unillm.types.usage import Cost, Usage

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
        """Return what an exchange can cost at most, as ``high``; unknown, if that has no bound.

        Args:
            what: The exchange.
            at: When it begins, in seconds since 1970.
        """
        bounds, target = bounds_of(what), what.plan.target
        if bounds.input_tokens is None or bounds.output_tokens is None:
            part = "the prompt" if bounds.input_tokens is None else "the answer; give max_tokens"
            return Cost(reason=f"{target}: nothing is known of how long {part} can be")
        usage = Usage(input_tokens=bounds.input_tokens, output_tokens=bounds.output_tokens)
        return self.book.cost(
            usage,
            provider=target.provider,
            model=target.model,
            at=datetime.fromtimestamp(at, UTC),
            service_tier=self.tier,
        )

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
