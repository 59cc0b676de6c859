"""What an answer cost whose host reports no usage: its tokens are counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._flow.tariff import Tariff, Tiers, highest, lowest
from unillm.tokens import estimate, generated, rule_for
from unillm.types.usage import Cost, Usage

if TYPE_CHECKING:
    from unillm._flow.operation import Trial
    from unillm.types.request import ChatRequest
    from unillm.types.response import ChatResponse


def guessed(
    request: ChatRequest, said: ChatResponse, trial: Trial, tariff: Tariff, tiers: Tiers
) -> Cost:
    """Return what a whole answer cost, by tokens counted from its texts.

    Thinking that was not shown is in none of them: at most it is what the bounds say.

    Args:
        request: What was asked.
        said: What was answered.
        trial: The attempt.
        tariff: The price.
        tiers: The service tiers it may have been.
    """
    info, bounds = trial.target.info, trial.bounds()
    rule = rule_for(None if info is None else info.vendor)
    prompt, answer = estimate(request, rule), generated(said, rule)
    likely = tariff.cost(_usage(prompt.tokens, answer.tokens, plain=True), tiers)
    if highest(likely) is None:
        return likely
    low = tariff.cost(_usage(prompt.low, answer.low), tiers)
    high = tariff.cost(
        _usage(_most(prompt.high, bounds.input_tokens), _most(answer.high, bounds.output_tokens)),
        tiers,
    )
    total = likely.total if likely.total is not None else highest(likely)
    counted = f"{prompt.tokens:,} tokens in and {answer.tokens:,} out were counted by unillm"
    return Cost(
        total=total,
        low=lowest(low),
        high=highest(high),
        state="estimated",
        lines=likely.lines,
        price=likely.price,
        reason="; ".join(filter(None, (f"no usage was reported: {counted}", likely.reason))),
    )


def _usage(given: int, made: int, *, plain: bool = False) -> Usage:
    """Return tokens; ``plain``: none of them from the cache, or into it."""
    cached = 0 if plain else None
    return Usage(
        input_tokens=given,
        output_tokens=made,
        cached_input_tokens=cached,
        cache_write_tokens=cached,
    )


def _most(counted: int, bound: int | None) -> int:
    """Return a bound that is known, for counting may fail; else what was counted."""
    return counted if bound is None else bound
