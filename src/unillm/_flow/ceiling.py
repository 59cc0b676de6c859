"""What an exchange can cost at most, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from unillm._flow.bounds import Bounds
from unillm._flow.tariff import Tariff, highest
from unillm.pricing import PriceBook
from unillm.types.price import Price
from unillm.types.target import Target
from unillm.types.usage import Cost

SENDING = timedelta(seconds=60)
"""How long it may take from a reservation until the request is with the provider: the store, a key
that is fetched, a connection. A price that goes up meanwhile is covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What an exchange can cost at most.

    Attributes:
        book: The prices.
        target: Whom it asks.
        bounds: The most tokens it can have.
        served: The service tier that serves it, whatever it asks for; None: that is not known.
        asked: The one it asks for; None: none.
        total: Seconds it can take at most; None: any number.
    """

    book: PriceBook
    target: Target
    bounds: Bounds
    served: str | None = None
    asked: str | None = None
    total: float | None = None

    def most(self, at: float) -> Cost:
        """Return it as the total or the upper bound of a cost; unknown, if it has no bound.

        Args:
            at: When it begins, in seconds since 1970.
        """
        bounds, target = self.bounds, self.target
        if self._is_by_the_hour(at):
            return self._most(self._tariff(at), 0, 0)
        if bounds.beside:
            return Cost(reason=f"{target}: {bounds.beside}")
        if bounds.input_tokens is None or bounds.output_tokens is None:
            part = "prompt" if bounds.input_tokens is None else "answer"
            return Cost(reason=f"{target}: it is not known how long its {part} can be")
        tariff = self._tariff(at)
        costs = [self._most(tariff, *tokens) for tokens in self._extremes(tariff)]
        return costs[0] if len(costs) == 1 else max(costs, key=_upper)

    def advice(self, at: float) -> str:
        """Return what to do where there is no bound.

        Args:
            at: When it begins, in seconds since 1970.
        """
        bounds = self.bounds
        rows = _rows(self._tariff(at))
        if self.total is None and any(row.gpu_hour is not None for row in rows):
            return "Limit how long it takes with Timeout(total=…)"
        if bounds.beside:
            return "Leave that out"
        if bounds.input_tokens is None:
            return "Send text alone, or ask a model whose window is known"
        if bounds.output_tokens is None:
            return "Limit the answer with max_tokens=…"
        return "Give its price with prices=…, as unillm.pricing.PriceBook says"

    def fitting(self, at: float, left: Decimal) -> int | None:
        """Return the largest ``max_tokens`` with which it costs no more than is left.

        None: there is none, since the prompt alone may cost more.
        """
        prompt, answer = self.bounds.input_tokens or 0, self.bounds.output_tokens or 0
        tariff = self._tariff(at)
        without, whole = (_upper(self._most(tariff, prompt, tokens)) for tokens in (0, answer))
        if without > left or answer == 0:
            return None
        if whole == without:
            return answer
        share = (left - without) / (whole - without)
        tokens = min(answer, int((answer * share).to_integral_value(ROUND_FLOOR)))
        while tokens > 0 and _upper(self._most(tariff, prompt, tokens)) > left:
            tokens -= 1
        return tokens or None

    def _most(self, tariff: Tariff, prompt: int, answer: int) -> Cost:
        costs = [
            self.book.most(
                input_tokens=prompt,
                output_tokens=answer,
                provider=tariff.provider,
                model=tariff.model,
                at=tariff.at,
                until=tariff.at + SENDING,
                service_tier=tier,
                duration=tariff.lasted,
            )
            for tier in tariff.tiers(self.served, self.asked, sure=False)
        ]
        return costs[0] if len(costs) == 1 else max(costs, key=_upper)

    def _tariff(self, at: float) -> Tariff:
        return Tariff.of(self.book, self.target, at, lasted=self.total)

    def _is_by_the_hour(self, at: float) -> bool:
        """Tell whether time alone is paid; looked at only where tokens have no bound."""
        bounds = self.bounds
        if not bounds.beside and None not in {bounds.input_tokens, bounds.output_tokens}:
            return False
        return self._tariff(at).is_by_time

    def _extremes(self, tariff: Tariff) -> Iterator[tuple[int, int]]:
        """Give the numbers of tokens of which one costs the most.

        Prompt and answer share the window of the model. What they cost grows with each of them, and
        evenly but for where the price of long prompts begins: so the most is at one of the ends, or
        there.
        """
        prompt, answer = self.bounds.input_tokens or 0, self.bounds.output_tokens or 0
        window = self.bounds.together
        if window is None or prompt + answer <= window:
            yield prompt, answer
            return
        least = window - min(answer, window)
        prompt = min(prompt, window)
        edges = {tier.above + 1 for row in _rows(tariff) for tier in row.context}
        for tokens in {least, prompt, *(edge for edge in edges if least < edge < prompt)}:
            yield tokens, min(answer, window - tokens)


def _rows(tariff: Tariff) -> tuple[Price, ...]:
    return tariff.book.find(provider=tariff.provider, model=tariff.model, at=tariff.at)


def _upper(cost: Cost) -> Decimal:
    upper = highest(cost)
    return Decimal("Infinity") if upper is None else upper
