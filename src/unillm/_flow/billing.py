"""What attempts cost: what is known for certain, what is counted, and what lies between bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from unillm._flow.bounds import Bounds, bounds_of, most_tokens
from unillm._flow.ceiling import Ceiling
from unillm._flow.charges import free, why_unsure
from unillm._flow.effects import Flow, Prepare
from unillm._flow.quote import Quote, Tiers, names_of, tier_asked
from unillm.pricing import PriceBook
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.usage import Cost, Usage, highest, lowest, nothing

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm._flow.operation import Trial
    from unillm.errors import UnillmError
    from unillm.types.response import Attempt, Outcome
    from unillm.types.target import Target

_NONE = Usage(input_tokens=0, output_tokens=0)
_FAR = Decimal("0.01")
"""How far apart two sums are that differ, as a part of the larger."""


@dataclass(slots=True, kw_only=True)  # not frozen: one is made for every call
class Billing:
    """How the attempts of an operation are billed.

    Attributes:
        book: The prices.
        tier: The service tier they are served by, whatever is asked for: ``batch``. None: what
            the provider says served them, else what the request asks for.
    """

    book: PriceBook
    tier: str | None = None

    def prepared(self, target: Target) -> Flow[None]:
        """Load what the prices of a target are in, before it is asked, where that takes long."""
        if self.book.must_load(names_of(target), provider=target.billed_as):
            yield from Prepare(self.book.load)

    def ceiling(
        self, what: Exchanged, total: float | None = None, bounds: Bounds | None = None
    ) -> Ceiling:
        """Return what an exchange can cost at most, whenever it begins.

        Args:
            what: The exchange.
            total: Seconds it can take at most; None: any number.
            bounds: The most tokens it can have, where that was reckoned already.
        """
        return Ceiling(
            book=self.book,
            target=what.plan.target,
            bounds=bounds_of(what) if bounds is None else bounds,
            served=self.tier,
            asked=tier_asked(what.plan.request),
            total=total,
        )

    def cost(
        self, trial: Trial, lasted: float, outcome: Outcome, error: UnillmError | None
    ) -> Cost:
        """Return what an attempt cost that is over.

        Args:
            trial: The attempt.
            lasted: How many seconds it took.
            outcome: How it ended.
            error: Why it failed, if that is known.
        """
        # A count of nothing at all is no count: even the shortest prompt has a token.
        usage = trial.usage if trial.usage is not None and trial.usage.total_tokens else None
        whole = trial.is_whole(error)
        why_free = None if usage is not None or whole else free(trial, error)
        if why_free is not None:
            return nothing(why_free)
        at, target = datetime.fromtimestamp(trial.sent_unix, UTC), trial.target
        names = names_of(target, trial.served_model)
        quote = Quote(self.book, target.billed_as, names, at, lasted)
        asked = tier_asked(trial.request)
        tiers = quote.tiers(self.tier or trial.service_tier, asked, sure=whole)
        if usage is not None and (whole or trial.usage_stands):
            cost = quote.cost(usage, tiers)
        elif quote.is_by_time:
            cost = quote.cost(None, [None])
        elif whole:
            cost = _counted(trial, quote, tiers)
        else:
            cost = _between(trial, quote, tiers, usage, why_unsure(outcome, error))
        if cost.state == "unknown" and trial.reported_cost is not None:
            said = "what the provider says it charged is in reported_cost"
            return replace(cost, reason="; ".join(filter(None, (cost.reason, said))))
        return cost


def _counted(trial: Trial, quote: Quote, tiers: Tiers) -> Cost:
    from unillm._flow.guesses import guessed  # few need it

    request, said = trial.request, trial.answered
    if request is None or said is None:
        return quote.cost(None, tiers)
    return guessed(request, said, trial, quote, tiers)


def _between(trial: Trial, quote: Quote, tiers: Tiers, usage: Usage | None, why: str) -> Cost:
    """Return the bounds of what an attempt cost of which not everything was heard."""
    least = quote.cost(usage or _NONE, tiers)
    low = lowest(least)
    if low is None:
        return least
    most, missing = most_tokens(trial.bounds(), usage)
    if most is None:
        known = low if usage is not None else None
        return Cost(low=known, price=least.price, reason=f"{why}; {missing}")
    # Of a prompt that was reported it is known how long it is, and what of it came from the cache.
    top = quote.most(most, tiers) if usage is None else quote.cost(most, tiers)
    high = highest(top)
    if high is None:
        return top
    if low >= high:  # a model that costs nothing
        return least
    more = least.reason if least.state == "estimated" else ""
    reason = "; ".join(filter(None, (why, more)))
    return Cost(low=low, high=high, state="bounded", price=least.price, reason=reason)


def difference(attempt: Attempt) -> Note | None:
    """Return the note that a provider says it charged something else than was reckoned."""
    reported, ours = attempt.reported_cost, attempt.cost
    if reported is None:
        return None
    low, high = lowest(ours), highest(ours)
    if low is None or high is None:
        return None
    allowed = _FAR * max(reported, high)
    if low - allowed <= reported <= high + allowed:
        return None
    message = f"the provider says it charged ${reported:f}; by the price book it was {ours}"
    return Note("cost_differs", message)
