"""What a call took, all its attempts together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from inspect_ai.model import ModelUsage

from unillm import Attempt, ChatResponse, Usage


def usage_of(responses: Sequence[ChatResponse]) -> ModelUsage | None:
    """Return tokens and cost of all attempts; None: no provider reported tokens.

    The cost is None where that of one attempt is not known.
    """
    reported = [made for response in responses for made in _reported(response)]
    if not reported:
        return None
    total = reported[0]
    for one in reported[1:]:
        total += one
    costs = [response.cost.total for response in responses]
    known = [cost for cost in costs if cost is not None]
    total.total_cost = float(sum(known, Decimal(0))) if len(known) == len(costs) else None
    return total


def _reported(response: ChatResponse) -> list[ModelUsage]:
    usages = [attempt.usage for attempt in response.attempts] or [response.usage]
    return [counted(usage) for usage in usages if usage is not None]


def counted(usage: Usage) -> ModelUsage:
    """Return tokens as inspect_ai counts them: those of the input without what was cached."""
    cached, written = usage.cached_input_tokens, usage.cache_write_tokens
    return ModelUsage(
        input_tokens=max(0, usage.input_tokens - (cached or 0) - (written or 0)),
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
        input_tokens_cache_read=cached,
        input_tokens_cache_write=written,
        reasoning_tokens=usage.reasoning_tokens,
    )


def attempts_of(responses: Sequence[ChatResponse]) -> list[Attempt]:
    """Return every attempt made for a call."""
    return [attempt for response in responses for attempt in response.attempts]
