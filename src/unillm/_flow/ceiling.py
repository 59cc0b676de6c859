"""What an exchange can cost at most, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from unillm._flow.bounds import Bounds
from unillm._flow.quote import Quote
from unillm.pricing import PriceBook
from unillm.types.dataclass import dataclass
from unillm.types.target import Target
from unillm.types.usage import Cost, Usage

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
            return self._most(self._quote(at), 0, 0)
        if bounds.beside:
            return Cost(reason=f"{target}: {bounds.beside}")
        if bounds.input_tokens is None or bounds.output_tokens is None:
            part = "prompt" if bounds.input_tokens is None else "answer"
            return Cost(reason=f"{target}: it is not known how long its {part} can be")
        quote = self._quote(at)
        costs = [self._most(quote, *tokens) for tokens in self._extremes(quote)]
        return costs[0] if len(costs) == 1 else max(costs, key=_upper)

    def advice(self, at: float) -> str:
        """Return what to do where there is no bound.

        Args:
            at: When it begins, in seconds since 1970.
        """
        bounds = self.bounds
        rows = self._quote(at).rows
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
        quote = self._quote(at)
        without, whole = (_upper(self._most(quote, prompt, tokens)) for tokens in (0, answer))
        if without > left or answer == 0:
            return None
        if whole == without:
            return answer
        share = (left - without) / (whole - without)
        tokens = min(answer, int((answer * share).to_integral_value(ROUND_FLOOR)))
        while tokens > 0 and _upper(self._most(quote, prompt, tokens)) > left:
            tokens -= 1
        return tokens or None

    def _most(self, quote: Quote, prompt: int, answer: int) -> Cost:
        tiers = quote.tiers(self.served, self.asked, sure=False)
        usage = Usage(input_tokens=prompt, output_tokens=answer)
        return quote.most(usage, tiers, until=quote.at + SENDING)

    def _quote(self, at: float) -> Quote:
        when = datetime.fromtimestamp(at, UTC)
        return Quote.of(self.book, self.target, when, lasted=self.total)

    def _is_by_the_hour(self, at: float) -> bool:
        """Tell whether time alone is paid; looked at only where tokens have no bound."""
        bounds = self.bounds
        if not bounds.beside and None not in {bounds.input_tokens, bounds.output_tokens}:
            return False
        return self._quote(at).is_by_time

    def _extremes(self, quote: Quote) -> Iterator[tuple[int, int]]:
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
        edges = {tier.above + 1 for row in quote.rows for tier in row.context}
        for tokens in {least, prompt, *(edge for edge in edges if least < edge < prompt)}:
            yield tokens, min(answer, window - tokens)


def _upper(cost: Cost) -> Decimal:
    return Decimal("Infinity") if cost.high is None else cost.high
