"""What an answer took, and the attempts before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic_ai import messages as theirs
from pydantic_ai.usage import RequestUsage

from unillm import Attempt, ChatResponse, Cost, Usage
from unillm.integrations.pydantic_ai.details import SYSTEM


def usage_of(response: ChatResponse) -> RequestUsage:
    """Return what the answer took, and its cost; what the attempts before it took is told there."""
    answering = _answering(response.attempts)
    cost = response.cost if answering is None else answering.cost
    usage = response.usage if answering is None else (answering.usage or response.usage)
    return _usage(usage, cost)


def _usage(usage: Usage | None, cost: Cost) -> RequestUsage:
    if usage is None:
        return RequestUsage(unmeasured_requests=1, cost=cost.total)
    return RequestUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_input_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        output_reasoning_tokens=usage.reasoning_tokens or 0,
        cost=cost.total,
    )


def _answering(attempts: Sequence[Attempt]) -> Attempt | None:
    return next((a for a in reversed(attempts) if a.outcome == "ok"), None)


def failed_of(response: ChatResponse) -> list[theirs.ModelRequestAttempt] | None:
    """Return the attempts before the one that answered; None: it was the first."""
    answering = _answering(response.attempts)
    made = [_attempt(a) for a in response.attempts if a is not answering]
    return made or None


def _attempt(attempt: Attempt) -> theirs.ModelRequestAttempt:
    return theirs.ModelRequestAttempt(
        model_name=f"{attempt.provider}:{attempt.model}",
        provider_name=SYSTEM,
        outcome="rejected" if attempt.outcome == "ok" else "error",
        error=attempt.error or (None if attempt.outcome == "ok" else attempt.outcome),
        timestamp=datetime.fromtimestamp(attempt.started_at, UTC),
        duration=timedelta(seconds=attempt.duration),
        usage=_used(attempt),
    )


def _used(attempt: Attempt) -> RequestUsage:
    # With one that is not measured, pydantic-ai has the sums of a run as lower bounds.
    if attempt.usage is None and attempt.cost.total is not None:
        return RequestUsage(cost=attempt.cost.total)
    return _usage(attempt.usage, attempt.cost)
