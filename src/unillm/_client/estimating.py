"""What a call would cost, reckoned without asking anyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from unillm._client.config import Call, Config
from unillm._client.counting import counted
from unillm._client.foreseeing import asked_by
from unillm._flow.bounds import bounds_of
from unillm._flow.quote import Quote, Tiers, tier_asked
from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.estimate import Estimate
from unillm.types.json import is_iterable
from unillm.types.sums import between
from unillm.types.usage import Cost, Usage, highest, lowest

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm.types.endpoints import TokenEstimate
    from unillm.types.price import Price

_WORDS = {"tokenizer": "counted", "ratio": "reckoned", "guess": "guessed"}


def estimated_cost(config: Config, call: Call, *, expected_output: Any, at: Any) -> Estimate:
    """Return the estimate for a call as written; of a route, at the target that it asks first.

    Raises:
        InvalidRequestError: The call as written cannot be sent, or an argument cannot be meant.
        NoTargetError: The route has nobody for it.
    """
    config = config.changed(call.options)
    request = config.request(call, asynchronous=True)
    targets, route = asked_by(config, call, request)
    when = datetime.fromtimestamp(clock.now().unix, UTC) if at is None else at
    made = [
        _estimated(config, config.exchanged(call, request, target), when, expected_output)
        for target in targets
    ]
    if not route:
        return made[0]
    return replace(made[0], reasons=(*_of_route(route, made), *made[0].reasons))


def _of_route(route: str, made: list[Estimate]) -> Iterator[str]:
    """Give what a route has to do with what a call costs."""
    first, others = made[0], made[1:]
    yield f"{route}; this is what it costs at {first.provider}:{first.model}, which is asked first"
    if others:
        listed = ", ".join(
            f"{one.provider}:{one.model} {between(one.low, one.high)}" for one in others
        )
        yield f"where another is asked in its place, it costs what that does: {listed}"


def _estimated(config: Config, what: Exchanged, when: datetime, expected_output: Any) -> Estimate:
    target = what.plan.target
    prompt, words = _prompt(what)
    answer = _answer(what, prompt.low, expected_output)
    quote = Quote.of(config.billing().book, target, when)
    range_ = _Range(
        quote=quote,
        # An answer by another tier than was asked for says so: this is of one that is not.
        tiers=quote.tiers(None, tier_asked(what.plan.request), sure=True),
        prompt=prompt,
        low=answer.low,
        high=answer.high,
    )
    least, most = range_.least(), range_.most()
    low, high, why = lowest(least), highest(most), range_.reasons(least)
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
    found = counted(what.plan.request, what.plan.target)
    most = bounds_of(what).input_tokens
    prompt = found if most is None else replace(found, high=max(found.low, min(found.high, most)))
    words = f"the prompt was {_WORDS[found.method]} ({found.source})"
    window = what.plan.target.window
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
    bounds = bounds_of(what)
    limit = bounds.output_tokens
    if bounds.together is not None:
        room = max(bounds.together - prompt, 1)
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

    quote: Quote
    tiers: Tiers
    prompt: TokenEstimate
    low: int
    high: int | None

    def least(self) -> Cost:
        """Return the cost of the shortest prompt and answer, in the best case of the cache."""
        prompt = self.prompt.low
        cases = [self._cost(prompt, self.low, *split) for split in ((0, 0), (prompt, 0))]
        return min(cases, key=lambda cost: lowest(cost) or Decimal(0))

    def most(self) -> Cost:
        """Return the cost of the longest prompt and answer, in the worst case of the cache."""
        prompt = self.prompt.high
        if self.high is None:
            return Cost()
        cases = [self._cost(prompt, self.high, *split) for split in ((0, 0), (0, prompt))]
        return max(cases, key=lambda cost: highest(cost) or Decimal(0))

    def reasons(self, least: Cost) -> Iterator[str]:
        """Give why it costs what it costs."""
        price, quote = least.price, self.quote
        if price is None:
            yield (
                f"no price of {quote.provider}:{quote.model} is known for {self._when}: give the "
                "client prices=PriceBook.default().with_(unillm.Price("
                f"provider={quote.provider!r}, model={quote.model!r}, input=…, output=…))"
            )
            return
        if lowest(least) is None:
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
            yield f"{self._when} is outside of {' and '.join(hours)} hours"

    @property
    def _when(self) -> str:
        return f"{self.quote.at:%Y-%m-%d %H:%M %Z}"

    def _cost(self, prompt: int, answer: int, cached: int, written: int) -> Cost:
        usage = Usage(
            input_tokens=prompt,
            output_tokens=answer,
            cached_input_tokens=cached,
            cache_write_tokens=written,
        )
        return self.quote.cost(usage, self.tiers)
