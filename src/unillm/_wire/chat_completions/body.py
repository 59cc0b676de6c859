"""A request into the body of Chat Completions, by the profile of who is asked."""

from __future__ import annotations

from typing import Any

from unillm._wire.chat_completions.chunks import REASONING_FIELDS
from unillm._wire.chat_completions.pieces import content_of
from unillm._wire.details import FIELD, details_of
from unillm._wire.plan import Plan
from unillm._wire.written import arguments_of
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from unillm.types.target import Target
from unillm.types.tools import CHOICES, Tool, ToolCall

_NESTED = ("function", "custom", "allowed_tools")
"""Choices of a tool whose fields are in an object of their type's name (openai-python 3.57.0,
types/chat/chat_completion_tool_choice_option_param.py, read 2026-11-28)."""


def body_of(plan: Plan) -> JsonObject:
    """Return the JSON body."""
    request, profile = plan.request, plan.target.profile
    body: JsonObject = {
        "model": plan.target.model,
        "messages": [_message(message, at, plan) for at, message in enumerate(request.messages)],
    }
    if request.tools or request.hosted_tools:
        body["tools"] = [*(_tool(tool) for tool in request.tools), *request.hosted_tools]
    for name, value in request.settings.items():
        if name == "max_tokens":
            body[profile.max_tokens_field] = value
        elif name == "tool_choice":
            body[name] = _tool_choice(value)
        else:
            body[name] = value
    if request.stream:
        body["stream"] = True
        if profile.stream_usage:
            body["stream_options"] = {"include_usage": True}
    return body


def _tool_choice(value: Any) -> Any:
    """Return the choice of a tool; one in the flat form of the Responses API in that of this."""
    if isinstance(value, str):
        return value if value in CHOICES else {"type": "function", "function": {"name": value}}
    kind: Any = value.get("type")
    if kind not in _NESTED or kind in value:
        return value
    inner = {name: field for name, field in value.items() if name != "type"}
    if is_list(inner.get("tools")):
        inner["tools"] = [_tool_choice(t) if is_mapping(t) else t for t in inner["tools"]]
    return {"type": kind, kind: inner}


def _tool(tool: Tool) -> JsonObject:
    function: JsonObject = {"name": tool.name, "parameters": tool.parameters}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _message(message: Message, position: int, plan: Plan) -> JsonObject:
    profile = plan.target.profile
    wire: JsonObject = {"role": message.role}
    if isinstance(message, SystemMessage):
        wire["role"] = message.role if profile.developer_role else "system"
        wire["content"] = content_of(message.content)
    elif isinstance(message, UserMessage):
        wire["content"] = content_of(message.content)
    elif isinstance(message, ToolMessage):
        wire["content"] = content_of(message.content)
        wire["tool_call_id"] = message.tool_call_id
    else:
        _add_assistant(wire, message, plan.target, plan.replay.reasoning(message, position))
    if message.name is not None:
        wire["name"] = message.name
    if message.extra:
        wire.update(message.extra)
    return wire


def _add_assistant(
    wire: JsonObject, message: AssistantMessage, target: Target, reasoning: str | None
) -> None:
    # OpenAI wants content unless there are calls; null is what it sends itself.
    wire["content"] = None if message.content is None else content_of(message.content)
    details = details_of(message, target) if reasoning == message.reasoning else ()
    field = _reasoning_field(message, target) if reasoning else None
    if details:
        wire[FIELD] = list(details)
    elif field is not None:
        wire[field] = reasoning
    if message.tool_calls:
        wire["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.refusal is not None:
        wire["refusal"] = message.refusal


def _reasoning_field(message: AssistantMessage, target: Target) -> str | None:
    """Return where reasoning goes; None: nowhere.

    A host of unknown dialect gets back what came in a field. What came in none, such as OpenAI's
    summaries, it is sent for models with open weights, whose templates read it.
    """
    replay, info = target.profile.reasoning_replay, target.info
    if replay == "drop":
        return None
    if replay in REASONING_FIELDS:
        return replay
    if message.reasoning_field in REASONING_FIELDS:
        return message.reasoning_field
    reads = info is not None and bool(info.efforts) and bool(info.open_weights)
    return REASONING_FIELDS[0] if reads else None


def _call(call: ToolCall) -> JsonObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_of(call)},
    }
