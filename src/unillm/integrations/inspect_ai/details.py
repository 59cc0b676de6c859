"""What inspect_ai has no field for, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unillm import Attempt, ChatResponse, Cost, ParsedResponse, ToolCall
from unillm.integrations.inspect_ai.served import rated


def details_of(responses: Sequence[ChatResponse], ignored: Sequence[str]) -> dict[str, Any]:
    """Return what belongs to the call: ``ModelOutput.metadata["unillm"]``."""
    told = [_told(response) for response in responses]
    notes = [{"code": "ignored_setting", "message": f"unillm has no {name}"} for name in ignored]
    made: dict[str, Any] = told[0] if len(told) == 1 else {"choices": told}
    return given(made | {"notes": [*made.get("notes", []), *notes], "served": rated(responses)})


def kept_of(response: ChatResponse) -> dict[str, Any]:
    """Return what belongs to the message, for another turn: its ``metadata["unillm"]``."""
    message = response.message
    calls = {call.id: noted for call in response.tool_calls if (noted := _noteworthy(call))}
    return given(
        {
            "reasoning_field": message.reasoning_field,
            "native": None if message.native is None else message.native.to_dict(),
            "extra": message.extra or None,
            "calls": calls or None,
            "invalid": [call.to_dict() for call in response.invalid_tool_calls] or None,
        }
    )


def _noteworthy(call: ToolCall) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if call.origin != "native":
        told["origin"] = call.origin
    if call.repairs:
        told |= {"raw": call.raw, "repairs": [edit.to_dict() for edit in call.repairs]}
    return told


def _told(response: ChatResponse) -> dict[str, Any]:
    decision, limits = response.decision, response.rate_limits
    price = response.cost.price
    edits = response.repairs if isinstance(response, ParsedResponse) else ()
    return given(
        {
            "provider": response.provider,
            "model": response.model,
            "upstream": response.upstream,
            "api": response.api,
            "request_id": response.request_id,
            "created": response.created,
            "service_tier": response.service_tier,
            "finish_reason": response.finish_reason_raw,
            "cost": cost_of(response.cost) | ({} if price is None else {"source": price.source}),
            "attempts": [attempt_of(attempt) for attempt in response.attempts],
            "notes": [note.to_dict() for note in response.notes],
            "route": None if decision is None else decision.route,
            "rate_limits": None if limits is None else limits.to_dict(),
            "annotations": list(response.annotations) or None,
            "output_repairs": [edit.to_dict() for edit in edits] or None,
        }
    )


def attempt_of(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt."""
    return given(attempt.to_dict() | {"cost": cost_of(attempt.cost)})


def cost_of(cost: Cost) -> dict[str, Any]:
    """Return how much it was and how sure that is, without lines and price."""
    return given(
        {
            "state": cost.state,
            "total": None if cost.total is None else str(cost.total),
            "low": None if cost.low is None else str(cost.low),
            "high": None if cost.high is None else str(cost.high),
            "reason": cost.reason or None,
        }
    )


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return what is said, without what is not."""
    return {name: value for name, value in values.items() if value is not None}
