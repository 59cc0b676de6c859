"""What the same tokens would have cost from one model, always."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from unillm.errors import InvalidRequestError
from unillm.ledger.measures import Measures
from unillm.ledger.periods import date_of
from unillm.pricing import PriceBook
from unillm.types.usage import Cost, Usage, highest, lowest, total_cost

_REASON = "the same tokens, each prompt a short one"
_SAMPLE = 1_000


class Baseline:
    """A model to compare with.

    Its prices are those of each day; where they differ by the hour, or nobody knows when they
    changed, the cheapest and the dearest of the day are the bounds. That long prompts cost more at
    some models is left out: sums do not know how long prompts were.
    """

    def __init__(self, name: str, book: PriceBook) -> None:
        """Take the model.

        Raises:
            InvalidRequestError: It is not named as ``provider:model``, or has no price at all.
        """
        provider, colon, model = name.partition(":")
        if not (provider and colon and model):
            raise InvalidRequestError(
                f"baseline={name!r}: name it with its provider, such as openai:gpt-5.5"
            )
        self._provider, self._model, self._book = provider, model, book
        if not book.history(provider=provider, model=model) and not self._hour(datetime.now(UTC)):
            raise InvalidRequestError(f"baseline={name!r}: the price book does not have it")
        self._days: dict[int, tuple[Cost, ...] | None] = {}

    def cost(self, days: Iterable[tuple[int, Measures]]) -> Cost:
        """Return what the tokens of some days would have cost."""
        return total_cost([self._of(day, sums) for day, sums in days]) if days else Cost()

    def _of(self, day: int, sums: Measures) -> Cost:
        if day not in self._days:
            self._days[day] = self._rates(day)
        rates = self._days[day]
        if rates is None:
            return Cost(reason=f"no price of {self._provider}:{self._model} on {date_of(day)}")
        plain = max(sums.input_tokens - sums.cached_tokens - sums.cache_write_tokens, 0)
        tokens = (plain, sums.cached_tokens, sums.cache_write_tokens, sums.output_tokens)
        pairs = list(zip(tokens, rates, strict=True))
        low = sum((n * (r.low or Decimal(0)) for n, r in pairs), Decimal(0)) / _SAMPLE
        high = sum((n * (r.high or Decimal(0)) for n, r in pairs), Decimal(0)) / _SAMPLE
        if low == high:
            return Cost(total=low, state="estimated", reason=_REASON)
        return Cost(low=low, high=high, state="bounded", reason=_REASON)

    def _rates(self, day: int) -> tuple[Cost, ...] | None:
        """Return what a thousand tokens of each kind cost on a day; None: that is not known."""
        begin = datetime.combine(date_of(day), datetime.min.time(), UTC)
        hours = [begin + timedelta(hours=hour) for hour in range(24)]
        first, last = (
            self._book.find(provider=self._provider, model=self._model, at=at)
            for at in (hours[0], begin + timedelta(days=1, microseconds=-1))
        )
        if first == last and not any(row.hours for row in first):
            hours = hours[:1]
        found = [rates for at in hours if (rates := self._hour(at))]
        if len(found) < len(hours):
            return None
        kinds = zip(*found, strict=True)
        return tuple(_range(costs) for costs in kinds)

    def _hour(self, at: datetime) -> tuple[Cost, ...] | None:
        costs = tuple(
            self._book.cost(usage, provider=self._provider, model=self._model, at=at)
            for usage in _KINDS
        )
        return None if any(highest(cost) is None for cost in costs) else costs


_KINDS = (
    Usage(input_tokens=_SAMPLE, output_tokens=0, cached_input_tokens=0, cache_write_tokens=0),
    Usage(input_tokens=_SAMPLE, output_tokens=0, cached_input_tokens=_SAMPLE, cache_write_tokens=0),
    Usage(input_tokens=_SAMPLE, output_tokens=0, cached_input_tokens=0, cache_write_tokens=_SAMPLE),
    Usage(input_tokens=0, output_tokens=_SAMPLE, cached_input_tokens=0, cache_write_tokens=0),
)


def _range(costs: Iterable[Cost]) -> Cost:
    listed = list(costs)
    lows = [low for cost in listed if (low := lowest(cost)) is not None]
    highs = [high for cost in listed if (high := highest(cost)) is not None]
    return Cost(low=min(lows), high=max(highs), state="bounded")
