"""What spans and metrics say of a call: never a key, never what was said."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from unillm._flow.operation import Operation, Trial
from unillm.telemetry.names import OPENAI, PROVIDERS, TAG, Conventions, named
from unillm.types.json import is_list, is_mapping
from unillm.types.record import Record, Scope
from unillm.types.request import ChatRequest
from unillm.types.response import Attempt, ChatResponse
from unillm.types.target import Target
from unillm.types.usage import Cost, Usage

_PORTS = {"http": 80, "https": 443}
_EFFORTS = (
    (None, "reasoning_effort"),
    ("reasoning", "effort"),
    ("chat_template_kwargs", "reasoning_effort"),
)
_MOST = ("max_completion_tokens", "max_output_tokens", "max_tokens")


def whom(target: Target, operation: str) -> dict[str, Any]:
    """Return what is known of a call before it begins; a sampler decides by it."""
    address, port = _place(target.base_url)
    return {
        "operation": operation,
        "provider": PROVIDERS.get(target.profile.name, target.provider),
        "request.model": target.model,
        "address": address,
        "port": port,
    }


def begun(operation: Operation, kind: str, conventions: Conventions) -> dict[str, Any]:
    """Return the attributes that the span of an operation begins with."""
    values = whom(operation.target, kind)
    values["own_provider"] = operation.target.provider
    values["id"] = operation.id
    values["request.stream"] = True if operation.streamed else None
    if operation.request is not None:
        values |= _asked(operation.request, values["provider"])
    values |= scoped(operation.scope)
    return named(values, conventions) | tags(operation.scope)


def ended(operation: Operation, record: Record, conventions: Conventions) -> dict[str, Any]:
    """Return the attributes that are known at the end of an operation."""
    provider = whom(operation.target, "")["provider"]
    values = costs(record.cost) | _used(record.usage)
    values["outcome"] = record.outcome
    values["attempts"] = len(record.attempts)
    values["error"] = error_of(record)
    values |= _routed(record)
    response = record.response
    if response is not None:
        values |= _answered(response, provider)
        # What only arrived in part has no reason why it ended.
        whole = record.outcome == "ok" or operation.response is not None
        values["response.finish"] = (response.finish_reason,) if whole else None
    if record.attempts:
        values["request_id"] = record.attempts[-1].request_id
    values["response.first_chunk"] = first_chunk(record)
    return named(values, conventions)


def _routed(record: Record) -> dict[str, Any]:
    """Return which route chose, and how; no convention has a word for it."""
    decision = record.decision
    if decision is None or decision.route is None:
        return {}
    return {"route": decision.route, "strategy": decision.strategy}


def tried(trial: Trial, conventions: Conventions) -> dict[str, Any]:
    """Return the attributes that the span of an attempt begins with."""
    address, port = _place(trial.target.base_url)
    values = {
        "attempt.number": trial.number,
        "attempt.role": trial.role,
        "attempt.provider": trial.target.provider,
        "attempt.model": trial.target.model,
        "attempt.waited": trial.waited,
        "address": address,
        "port": port,
    }
    return named(values, conventions)


def over(attempt: Attempt, conventions: Conventions) -> dict[str, Any]:
    """Return the attributes that are known at the end of an attempt.

    Tokens have names of ours there: what sums up tokens by their usual names finds them on the
    span of the operation, and would count them twice.
    """
    usage = attempt.usage
    values = costs(attempt.cost) | {
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": failure_of(attempt),
        "request_id": attempt.request_id,
        "attempt.served_model": attempt.served_model,
        "attempt.first_token": attempt.first_token,
        "attempt.input": None if usage is None else usage.input_tokens,
        "attempt.output": None if usage is None else usage.output_tokens,
    }
    return named(values, conventions)


def error_of(record: Record) -> str | None:
    """Return the class of what an operation ended with; None: with no error."""
    if record.outcome != "error":
        return None
    return "_OTHER" if record.error is None else type(record.error).__name__


def failure_of(attempt: Attempt) -> str | None:
    """Return the class of what an attempt failed with; None: it did not."""
    if attempt.outcome != "error":
        return None
    return (attempt.error or "_OTHER").partition(":")[0]


def first_chunk(record: Record) -> float | None:
    """Return the seconds from the call to the first piece of the answer of a stream.

    They are those that the caller has waited, failed attempts included.
    """
    if not record.streamed or not record.attempts:
        return None
    last = record.attempts[-1]
    if last.first_token is None:
        return None
    return max(0.0, last.started_at - record.started_at) + last.first_token


def tags(scope: Scope) -> dict[str, str]:
    """Return the caller's labels as attributes."""
    return {f"{TAG}{key}": str(value) for key, value in scope.tags.items()}


@lru_cache(maxsize=256)
def _place(url: str) -> tuple[str | None, int | None]:
    """Return host and port of a URL, without a user and password that may be in it."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _asked(request: ChatRequest, provider: str) -> dict[str, Any]:
    settings, extra = request.settings, request.extra_body
    values: dict[str, Any] = {
        "request.max_tokens": _whole(
            *(told.get(name) for told in (extra, settings) for name in _MOST)
        ),
        "request.temperature": _number(settings.get("temperature")),
        "request.top_p": _number(settings.get("top_p")),
        "request.top_k": _whole(extra.get("top_k")),
        "request.seed": _whole(settings.get("seed")),
        "request.frequency_penalty": _number(settings.get("frequency_penalty")),
        "request.presence_penalty": _number(settings.get("presence_penalty")),
        "request.stop": _stops(settings.get("stop")),
        "request.effort": _effort(settings, extra),
        "request.previous": _text(extra.get("previous_response_id")),
        "output_type": _output_type(settings.get("response_format")),
    }
    tier = settings.get("service_tier")
    if provider in OPENAI and tier != "auto":
        values["openai.tier"] = tier
    return values


def _answered(response: ChatResponse, provider: str) -> dict[str, Any]:
    values: dict[str, Any] = {"response.id": response.id, "response.model": response.model}
    if provider in OPENAI:
        raw: Any = response.raw
        values["openai.api"] = "responses" if response.api == "responses" else "chat_completions"
        values["openai.served_tier"] = response.service_tier
        found: Any = raw.get("system_fingerprint") if is_mapping(raw) else None
        values["openai.fingerprint"] = _text(found)
    return values


def scoped(scope: Scope) -> dict[str, Any]:
    """Return what a call is made for, without its user, who is a person."""
    return {
        "conversation": scope.session,
        "tasks": scope.tasks or None,
        "run": scope.run,
        "turn": scope.turn,
    }


def _used(usage: Usage | None) -> dict[str, Any]:
    if usage is None:
        return {}
    return {
        "usage.input": usage.input_tokens,
        "usage.output": usage.output_tokens,
        "usage.cached": usage.cached_input_tokens,
        "usage.written": usage.cache_write_tokens,
        "usage.reasoning": usage.reasoning_tokens,
    }


def costs(cost: Cost) -> dict[str, Any]:
    """Return a cost, in US dollars."""
    sums: Mapping[str, Any] = {"total": cost.total, "low": cost.low, "high": cost.high}
    values: dict[str, Any] = {
        f"cost.{name}": None if usd is None else float(usd) for name, usd in sums.items()
    }
    return values | {"cost.state": cost.state}


def _effort(*told: Mapping[str, Any]) -> str | None:
    """Return how hard a model is asked to think, wherever its host wants that said."""
    for fields in told:
        for inside, name in _EFFORTS:
            where: Any = fields if inside is None else fields.get(inside)
            found: Any = where.get(name) if is_mapping(where) else None
            if isinstance(found, str):
                return found
    return None


def _stops(given: Any) -> tuple[str, ...] | None:
    return (given,) if isinstance(given, str) else tuple(given) if is_list(given) else None


def _output_type(given: Any) -> str | None:
    if not is_mapping(given):
        return None
    kind: Any = given.get("type")
    return "text" if kind == "text" else "json"


def _number(given: Any) -> float | None:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if is_number else None


def _whole(*given: Any) -> int | None:
    return next((n for n in given if isinstance(n, int) and not isinstance(n, bool)), None)


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) else None
