"""Answers out: a response of unillm's as LangChain's message."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, TypedDict

from langchain_core.messages import AIMessage
from langchain_core.messages.ai import (
    InputTokenDetails,
    OutputTokenDetails,
    UsageMetadata,
    add_usage,
)
from langchain_core.messages.content import InvalidToolCall
from langchain_core.messages.tool import ToolCall
from langchain_core.utils.json import parse_partial_json

from unillm import Attempt, ChatResponse, Cost, ImagePart, ParsedResponse, Usage
from unillm.integrations.langchain.messages import KEPT, REFUSED

Content = str | list[str | dict[Any, Any]]

_TOLD = (
    *("provider", "upstream", "api", "request_id", "finish_reason_raw", "reported_cost"),
    *("annotations", "invalid_tool_calls", "notes", "rate_limits"),
)
"""Fields of a response that are told as they are, where they say something."""


class Beside(TypedDict):
    """What stands in a message beside what was said."""

    usage_metadata: UsageMetadata | None
    response_metadata: dict[str, Any]


def message_of(response: ChatResponse) -> AIMessage:
    """Return a whole answer as a message."""
    message = response.message
    extras: dict[str, Any] = kept_of(response)
    if message.reasoning:
        extras["reasoning_content"] = message.reasoning
    shown = blocks_in(response)
    said = [response.text] if response.text else []
    content: Content = [*said, *shown] if shown else response.text
    return AIMessage(
        content=content,
        additional_kwargs=extras,
        tool_calls=[
            ToolCall(type="tool_call", id=call.id, name=call.name, args=call.arguments)
            for call in response.tool_calls
        ],
        invalid_tool_calls=refused_in(response),
        **beside(response),
    )


def beside(response: ChatResponse) -> Beside:
    """Return usage and metadata of an answer."""
    return {
        "usage_metadata": None if response.usage is None else usage_of(response.usage),
        "response_metadata": metadata_of(response),
    }


def blocks_in(response: ChatResponse) -> list[dict[Any, Any]]:
    """Return what an answer has beside its text: a refusal, images."""
    refusal = response.refusal
    said: list[dict[Any, Any]] = [{"type": "refusal", "refusal": refusal}] if refusal else []
    return [*said, *map(_image, response.images)]


def _image(image: ImagePart) -> dict[Any, Any]:
    if image.media_type is None:
        return {"type": "image", "url": image.url}
    data = image.url.partition(",")[2]
    return {"type": "image", "base64": data, "mime_type": image.media_type}


def refused_in(response: ChatResponse) -> list[InvalidToolCall]:
    """Return the calls that must not be made."""
    return [
        InvalidToolCall(
            type="invalid_tool_call",
            id=call.id,
            name=call.name,
            args=unmakeable(call.raw),
            error=call.reason,
        )
        for call in response.invalid_tool_calls
    ]


def unmakeable(raw: str) -> str:
    """Return arguments as received, marked where LangChain could make a call of them."""
    try:
        read: Any = parse_partial_json(raw) if raw else {}
    except ValueError:
        return raw
    return f"{REFUSED}{raw}" if isinstance(read, dict) else raw


def usage_of(usage: Usage) -> UsageMetadata:
    """Return tokens as LangChain counts them; what was not reported is not there."""
    made = UsageMetadata(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.total_tokens,
    )
    read = InputTokenDetails()
    if usage.cached_input_tokens is not None:
        read["cache_read"] = usage.cached_input_tokens
    if usage.cache_write_tokens is not None:
        read["cache_creation"] = usage.cache_write_tokens
    if read:
        made["input_token_details"] = read
    if usage.reasoning_tokens is not None:
        made["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return made


def usage_of_all(attempts: Iterable[Attempt]) -> UsageMetadata | None:
    """Return the tokens of all attempts together; None: of none they were reported."""
    told = [usage_of(one.usage) for one in attempts if one.usage is not None]
    return reduce(add_usage, told) if told else None


def metadata_of(response: ChatResponse) -> dict[str, Any]:
    """Return what is known of an answer: plain JSON, without what was not said."""
    logprobs = None if response.logprobs is None else {"content": list(response.logprobs)}
    found = {
        "model_provider": "unillm",
        "model_name": response.model,
        "finish_reason": response.finish_reason,
        "id": response.id,
        "created": response.created,
        "service_tier": response.service_tier,
        "logprobs": logprobs,
        "unillm": _told(response),
    }
    return {name: value for name, value in found.items() if value is not None}


def _told(response: ChatResponse) -> dict[str, Any]:
    """Return what LangChain has no place for, as plain JSON."""
    fields = response.to_dict()
    told = {name: fields[name] for name in _TOLD if fields[name]}
    told["cost"] = cost_of(response.cost)
    if response.cost.price is not None:
        told["price_source"] = response.cost.price.source
    told["attempts"] = [attempt_of(attempt) for attempt in response.attempts]
    if response.decision is not None and response.decision.route is not None:
        told["route"] = response.decision.route
    calls = {
        call.id: {
            "origin": call.origin,
            "repairs": [edit.to_dict() for edit in call.repairs],
            "raw": call.raw,
        }
        for call in response.tool_calls
        if call.repairs or call.origin != "native"
    }
    if calls:
        told["tool_calls"] = calls
    if isinstance(response, ParsedResponse):
        told["mode"] = response.mode
        told["repairs"] = [edit.to_dict() for edit in response.repairs]
    return told


def attempt_of(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as plain JSON, without what is not known."""
    fields = {name: value for name, value in attempt.to_dict().items() if value is not None}
    return {**fields, "cost": cost_of(attempt.cost)}


def cost_of(cost: Cost) -> dict[str, str | None]:
    """Return a cost in US dollars: decimal numbers as text; None is unknown, never zero."""
    amounts = {"total": cost.total, "low": cost.low, "high": cost.high}
    told = {name: None if usd is None else str(usd) for name, usd in amounts.items()}
    return {**told, "state": cost.state, "reason": cost.reason}


def kept_of(response: ChatResponse) -> dict[str, Any]:
    """Return what the replay of an answer needs, beside what the message says anyway."""
    message = response.message
    raw = {c.id: c.raw for c in response.tool_calls if c.raw and not c.repairs}
    found: dict[str, Any] = {
        "reasoning_field": message.reasoning_field,
        "native": None if message.native is None else message.native.to_dict(),
        "extra": message.extra,
        "raw": raw,
    }
    kept = {name: value for name, value in found.items() if value}
    refused = {"refusal": response.refusal} if response.refusal else {}  # not all streams keep it
    return {**refused, **({KEPT: kept} if kept else {})}
