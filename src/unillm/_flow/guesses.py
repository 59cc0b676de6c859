"""What an answer cost whose host reports no usage: its tokens are counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._flow.bounds import most_tokens
from unillm._flow.tariff import Tariff, Tiers
from unillm.tokens import estimate, generated, rule_for
from unillm.types.usage import Cost, Usage, highest, lowest

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
    likely = tariff.cost(_counted(prompt.tokens, answer.tokens), tiers)
    if highest(likely) is None:
        return likely
    # Nothing of what is counted here is certain: another tokenizer may make one token of it.
    low = lowest(tariff.cost(Usage(input_tokens=0, output_tokens=0), tiers))
    most, _ = most_tokens(bounds, None)
    high = None if most is None else highest(tariff.cost(most, tiers))
    total = likely.total if likely.total is not None else highest(likely)
    counted = f"{prompt.tokens:,} tokens in and {answer.tokens:,} out were counted by unillm"
    return Cost(
        total=total,
        low=low,
        high=high,
        state="estimated",
        lines=likely.lines,
        price=likely.price,
        reason="; ".join(filter(None, (f"no usage was reported: {counted}", likely.reason))),
    )


def _counted(given: int, made: int) -> Usage:
    """Return tokens of which none came from the cache, or went into it."""
    return Usage(
        input_tokens=given, output_tokens=made, cached_input_tokens=0, cache_write_tokens=0
    )
