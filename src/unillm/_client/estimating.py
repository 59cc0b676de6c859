"""What a call would cost, reckoned without asking anyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unillm._client.config import Call, Config
from unillm._client.counting import counted
from unillm._flow.bounds import bounds_of
from unillm._flow.tariff import priced_as
from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.providers import resolve
from unillm.types.estimate import Estimate
from unillm.types.json import is_iterable
from unillm.types.usage import Cost, Usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm.pricing import PriceBook
    from unillm.types.endpoints import TokenEstimate
    from unillm.types.price import Price

_WORDS = {"tokenizer": "counted", "ratio": "reckoned", "guess": "guessed"}


def estimated_cost(config: Config, call: Call, *, expected_output: Any, at: Any) -> Estimate:
    """Return the estimate for a call as written.

    Raises:
        InvalidRequestError: The call as written cannot be sent, or an argument cannot be meant.
    """
    config = config.changed(call.options)
    model = call.model or config.model
    target = resolve(model, config.servers, today=clock.today(), keyed=False)
    what = config.exchanged(call, config.request(call, asynchronous=True), target)
    when = datetime.fromtimestamp(clock.now().unix, UTC) if at is None else at
    prompt, words = _prompt(what)
    answer = _answer(what, prompt.low, expected_output)
    range_ = _Range(
        what=what,
        book=config.billing().book,
        at=when,
        prompt=prompt,
        low=answer.low,
        high=answer.high,
    )
    least, most = range_.least(), range_.most()
    low, high, why = _low(least), _high(most), range_.reasons(least)
    return Estimate(
        provider=target.provider,
        model=target.model,
        low=low,
        high=high,
        input=prompt,
        output_low=answer.low,
        output_high=answer.high,
        at=when,
        price=least.price,
        # What a call would be warned of is said here: nothing is called.
        reasons=(*(note.message for note in target.notes), *words, answer.reason, *why),
        state="unknown" if low is None or high is None else "estimated",
    )


def _prompt(what: Exchanged) -> tuple[TokenEstimate, list[str]]:
    """Return the tokens of the prompt, no more than can be, and how they were told."""
    found = counted(what.plan.asked, what.plan.target)
    most = bounds_of(what).input_tokens
    prompt = found if most is None else replace(found, high=max(found.low, min(found.high, most)))
    words = f"the prompt was {_WORDS[found.method]} ({found.source})"
    info = what.plan.target.info
    window = None if info is None else info.max_input or info.context
    if window is not None and found.high > window:
        whether = "is" if found.low > window else "may be"
        return prompt, [words, f"it {whether} longer than the model takes: {window:,} tokens"]
    return prompt, [words]


@dataclass(frozen=True, slots=True)
class _Answer:
    """How long the answer may be, and why."""

    low: int
    high: int | None
    reason: str


def _answer(what: Exchanged, prompt: int, expected: Any) -> _Answer:
    limit, info = bounds_of(what).output_tokens, what.plan.target.info
    if info is not None and info.context is not None:
        room = max(info.context - prompt, 1)
        limit = room if limit is None else min(limit, room)
    if expected is not None:
        low, high = _expected(expected)
        if limit is not None and high > limit:
            reason = f"the answer is as long as expected, but no longer than it can be: {limit:,}"
            return _Answer(min(low, limit), limit, reason)
        return _Answer(low, high, "the answer is as long as expected")
    if limit is None:
        reason = "nothing is known of how long the answer can be: give max_tokens"
        return _Answer(1, None, reason)
    return _Answer(
        1, limit, f"the answer may have 1 to {limit:,} tokens: expected_output narrows it"
    )


def _expected(given: Any) -> tuple[int, int]:
    """Return the shortest and the longest answer that is expected.

    Raises:
        InvalidRequestError: It is no number, and no two.
    """
    is_pair = is_iterable(given) and not isinstance(given, str)
    pair: tuple[Any, ...] = tuple(given) if is_pair else (given, given)
    ends = [end for end in pair if type(end) is int]
    if len(pair) != 2 or len(ends) != 2 or not 0 <= ends[0] <= ends[1]:
        raise InvalidRequestError(
            "expected_output is a number of tokens, or the fewest and the most, such as "
            f"(200, 800); not {given!r}"
        )
    return ends[0], ends[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """A call whose cost is reckoned at both ends."""

    what: Exchanged
    book: PriceBook
    at: datetime
    prompt: TokenEstimate
    low: int
    high: int | None

    def least(self) -> Cost:
        """Return the cost of the shortest prompt and answer, in the best case of the cache."""
        prompt = self.prompt.low
        cases = [self._cost(prompt, self.low, *split) for split in ((0, 0), (prompt, 0))]
        return min(cases, key=lambda cost: _low(cost) or Decimal(0))

    def most(self) -> Cost:
        """Return the cost of the longest prompt and answer, in the worst case of the cache."""
        prompt = self.prompt.high
        if self.high is None:
            return Cost()
        cases = [self._cost(prompt, self.high, *split) for split in ((0, 0), (0, prompt))]
        return max(cases, key=lambda cost: _high(cost) or Decimal(0))

    def reasons(self, least: Cost) -> Iterator[str]:
        """Give why it costs what it costs."""
        price = least.price
        target = self.what.plan.target
        if price is None:
            provider, model = target.billed_as, target.model
            yield (
                f"no price of {provider}:{model} is known for {self.at:%Y-%m-%d %H:%M %Z}: give "
                f"the client prices=PriceBook.default().with_(unillm.Price(provider={provider!r}, "
                f"model={model!r}, input=…, output=…))"
            )
            return
        if _low(least) is None:
            yield least.reason
            return
        yield from self._of_cache(price)
        yield from self._of_time(price)
        long = [tier.above for tier in price.context if self.prompt.high > tier.above]
        if long:
            yield f"a prompt of more than {long[-1]:,} tokens costs more, as a whole"
        # Both ends of the prompt: what is doubtful of the one need not be of the other.
        doubts = [self._cost(end, 1, 0, 0).reason for end in (self.prompt.low, self.prompt.high)]
        yield from dict.fromkeys(filter(None, doubts))

    def _of_cache(self, price: Price) -> Iterator[str]:
        if price.cached_input not in {None, price.input}:
            dearer = price.cache_write not in {None, price.input}
            worst = "all is written to it, which costs more" if dearer else "none does"
            yield (
                "how much of the prompt comes from the cache is not known: at the low end all "
                f"does, at the high end {worst}"
            )

    def _of_time(self, price: Price) -> Iterator[str]:
        lines = self._cost(1, 1, 0, 0).lines
        if not lines:  # there is more than one price, which is said elsewhere
            return
        if lines[0].tier:
            yield f"it is priced as {lines[0].tier}"
        hours = dict.fromkeys(hours.name for hours in price.hours)
        if hours and not any(name in lines[0].tier for name in hours):
            yield f"{self.at:%Y-%m-%d %H:%M %Z} is outside of {' and '.join(hours)} hours"

    def _cost(self, prompt: int, answer: int, cached: int, written: int) -> Cost:
        target, request = self.what.plan.target, self.what.plan.asked
        usage = Usage(
            input_tokens=prompt,
            output_tokens=answer,
            cached_input_tokens=cached,
            cache_write_tokens=written,
        )
        asked = request.extra_body.get("service_tier", request.settings.get("service_tier"))
        return self.book.cost(
            usage,
            provider=target.billed_as,
            model=priced_as(self.book, target, self.at),
            at=self.at,
            service_tier=asked,
        )


def _low(cost: Cost) -> Decimal | None:
    return cost.total if cost.low is None else cost.low


def _high(cost: Cost) -> Decimal | None:
    return cost.total if cost.high is None else cost.high
