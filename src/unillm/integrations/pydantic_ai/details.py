"""What pydantic-ai has no field for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from unillm import Attempt, ChatResponse, Cost, ParsedResponse

SYSTEM = "unillm"
"""The provider's name as pydantic-ai has it: under another one it would make up a cost."""


def details_of(response: ChatResponse) -> dict[str, Any]:
    """Return what pydantic-ai has no field for, as plain JSON; unillm's own under its name."""
    details: dict[str, Any] = {
        "finish_reason": response.finish_reason_raw,
        "service_tier": response.service_tier,
        "refusal": response.refusal,
        "logprobs": None if response.logprobs is None else list(response.logprobs),
        "annotations": list(response.annotations) or None,
    }
    if response.created is not None:
        details["timestamp"] = datetime.fromtimestamp(response.created, UTC).isoformat()
    return _given(details) | {SYSTEM: _own(response)}


def _own(response: ChatResponse) -> dict[str, Any]:
    message, decision = response.message, response.decision
    limits = response.rate_limits
    return _given(
        {
            "provider": response.provider,
            "model": response.model,
            "upstream": response.upstream,
            "api": response.api,
            "request_id": response.request_id,
            "cost": cost_of(response.cost) | _source(response.cost),
            "attempts": [_plain(attempt) for attempt in response.attempts],
            "notes": [note.to_dict() for note in response.notes],
            "route": None if decision is None else decision.route,
            "rate_limits": None if limits is None else limits.to_dict(),
            "images": [i.url for i in response.images if i.data is None] or None,
            "output_repairs": _repairs(response),
            "reasoning_field": message.reasoning_field,
            "native": None if message.native is None else message.native.to_dict(),
            "extra": message.extra or None,
        }
    )


def _repairs(response: ChatResponse) -> list[dict[str, Any]] | None:
    edits = response.repairs if isinstance(response, ParsedResponse) else ()
    return [edit.to_dict() for edit in edits] or None


def _plain(attempt: Attempt) -> dict[str, Any]:
    return _given(attempt.to_dict() | {"cost": cost_of(attempt.cost)})


def cost_of(cost: Cost) -> dict[str, Any]:
    """Return how much it was and how sure that is, without lines and price."""
    return _given(
        {
            "state": cost.state,
            "total": None if cost.total is None else str(cost.total),
            "low": None if cost.low is None else str(cost.low),
            "high": None if cost.high is None else str(cost.high),
            "reason": cost.reason or None,
        }
    )


def _source(cost: Cost) -> dict[str, Any]:
    return {} if cost.price is None else {"source": cost.price.source}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
