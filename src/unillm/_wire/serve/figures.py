"""What an answer tells beside the answer: usage, cost, and what unillm did for it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from unillm.types.edits import Note
from unillm.types.json import JsonObject
from unillm.types.response import Attempt, ChatResponse
from unillm.types.usage import Cost, Usage

_ESTIMATED: JsonObject = {"estimated": True}
_GIVEN = frozenset({"input", "cached_input", "cache_write"})
_NOT_ALL = frozenset({"continuation", "shadow"})
"""Why an attempt was made whose tokens are not those of what is told."""


def used(response: ChatResponse, *, estimates: bool) -> tuple[Usage | None, JsonObject]:
    """Return the tokens of an answer, and what marks them: nothing, if its provider reported them.

    Args:
        response: The answer.
        estimates: Whether those that nobody reported are told as they were counted here, which is
            what the cost was estimated by. Of how they divide nothing is known then.
    """
    if response.usage is not None or not estimates:
        return response.usage, {}
    last = response.attempts[-1] if response.attempts else None
    cost = response.cost if last is None or last.outcome != "ok" else last.cost
    if cost.state != "estimated" or (last is not None and last.role in _NOT_ALL):
        return None, {}
    counts = [(line.kind, line.tokens) for line in cost.lines if line.tokens is not None]
    if not counts:
        return None, {}
    given = sum(tokens for kind, tokens in counts if kind in _GIVEN)
    made = sum(tokens for kind, tokens in counts if kind == "output")
    return Usage(input_tokens=given, output_tokens=made), _ESTIMATED


def chat_usage(response: ChatResponse, *, estimates: bool = False) -> JsonObject | None:
    """Return the usage as Chat Completions has it; None: it was not reported.

    What it cost stands in ``cost``, in US dollars, as OpenRouter has it
    (https://openrouter.ai/docs/use-cases/usage-accounting, read 2026-11-28), and only where it is
    known: a cost that is estimated or bounded stands in ``unillm`` alone.
    """
    usage, mark = used(response, estimates=estimates)
    if usage is None:
        return None
    counted: JsonObject = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    prompt = {
        "cached_tokens": usage.cached_input_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }
    completion = {"reasoning_tokens": usage.reasoning_tokens}
    for name, details in (("prompt", prompt), ("completion", completion)):
        told = {key: value for key, value in details.items() if value is not None}
        if told:
            counted[f"{name}_tokens_details"] = told
    return counted | mark | _charged(response.cost)


def responses_usage(response: ChatResponse, *, estimates: bool = False) -> JsonObject | None:
    """Return the usage as the Responses API has it; None: it was not reported.

    There the parts are numbers that clients add up: of what was not reported there are 0.
    """
    usage, mark = used(response, estimates=estimates)
    if usage is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_input_tokens or 0,
            "cache_write_tokens": usage.cache_write_tokens or 0,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": usage.total_tokens,
        **mark,
    } | _charged(response.cost)


_TIERS = {"default": "standard", "priority": "priority", "batch": "batch"}
"""Tiers that served an answer, and Anthropic's words for them (anthropic-sdk-python 2.14.0,
types/usage.py, read 2026-11-29); others have none."""


def messages_usage(response: ChatResponse | None) -> JsonObject:
    """Return the usage as Anthropic's Messages has it, where tokens of the cache are not input.

    There the totals are numbers that clients add up: what was not reported, or is not known yet,
    is 0. Of the cache what was not reported is null.
    """
    usage, mark = (None, {}) if response is None else used(response, estimates=True)
    if response is None or usage is None:
        nothing = {"cache_creation_input_tokens": None, "cache_read_input_tokens": None}
        return {"input_tokens": 0, **nothing, "output_tokens": 0}
    read, wrote = usage.cached_input_tokens, usage.cache_write_tokens
    counted: JsonObject = {
        "input_tokens": max(usage.input_tokens - (read or 0) - (wrote or 0), 0),
        "cache_creation_input_tokens": wrote,
        "cache_read_input_tokens": read,
        "output_tokens": usage.output_tokens,
    }
    if usage.reasoning_tokens is not None:
        counted["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    tier = _TIERS.get(response.service_tier or "")
    if tier is not None:
        counted["service_tier"] = tier
    return counted | mark | _charged(response.cost)


def _charged(cost: Cost) -> JsonObject:
    return {"cost": float(cost.total)} if cost.state == "exact" and cost.total is not None else {}


def extras(response: ChatResponse, notes: Iterable[Note] = ()) -> JsonObject:
    """Return what stands in the field ``unillm`` of an answer.

    Args:
        response: The answer.
        notes: What was noted before it was asked for.
    """
    edits = {call.id: [_edit.to_dict() for _edit in call.repairs] for call in response.tool_calls}
    told: JsonObject = {
        "provider": response.provider,
        "model": response.model,
        "id": response.id,
        "cost": cost_told(response.cost),
        "attempts": [attempt_told(attempt) for attempt in response.attempts],
        "notes": [note.to_dict() for note in (*notes, *response.notes)],
        "repairs": {call_id: found for call_id, found in edits.items() if found},
        "invalid_tool_calls": [call.to_dict() for call in response.invalid_tool_calls],
    }
    if response.decision is not None and response.decision.route is not None:
        told["route"] = response.decision.route
    return told


def cost_told(cost: Cost) -> JsonObject:
    """Return a cost; its amounts are decimal texts, in US dollars, and null where not known."""
    amounts = {"total": cost.total, "low": cost.low, "high": cost.high}
    told: JsonObject = {
        name: None if amount is None else _plain(amount) for name, amount in amounts.items()
    }
    return {"state": cost.state, **told, "reason": cost.reason}


def _plain(amount: Decimal) -> str:
    """Return an amount in digits, the same for what is the same: without a power or a last 0."""
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def cost_header(cost: Cost) -> dict[str, str]:
    """Return the header that tells a cost in US dollars; none where it is not exact."""
    if cost.state != "exact" or cost.total is None:
        return {}
    return {"x-unillm-cost-usd": f"{cost.total:f}"}


def header(text: str | None) -> str | None:
    """Return a text of a provider's as a header may have it; None: it may not be in one."""
    return text if text and text.isascii() and text.isprintable() else None


def attempt_told(attempt: Attempt) -> JsonObject:
    """Return what an exchange was."""
    return {
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "role": attempt.role,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": attempt.error,
        "duration": attempt.duration,
        "cost": cost_told(attempt.cost),
    }
