"""A request into the body of Chat Completions, by the profile of who is asked."""

from __future__ import annotations

from typing import Any

from unillm._wire.chat_completions.pieces import content_of
from unillm._wire.details import FIELD, details_of
from unillm._wire.kept import Keeping, found, is_fixed
from unillm._wire.plan import Plan
from unillm._wire.plan.replay import reasoning_field
from unillm._wire.written import arguments_of, written, written_texts
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.messages import TEXT, AssistantMessage, Message, ToolMessage, sent_as
from unillm.types.tools import CHOICES, Tool, ToolCall

_NONE: JsonObject = {}
_OF_TEXT = {
    role: b'{"role":"%s","content":' % role.encode()
    for role in ("system", "developer", "user", "assistant")
}
"""How the message of a role and a text begins."""
_NESTED = ("function", "custom", "allowed_tools")
"""Choices of a tool whose fields are in an object of their type's name (openai-python 3.57.0,
types/chat/chat_completion_tool_choice_option_param.py, read 2026-11-28)."""


def fields_of(plan: Plan) -> JsonObject:
    """Return the fields of the JSON body, the model first, without the messages."""
    request, profile = plan.request, plan.target.profile
    body: JsonObject = {"model": plan.target.model}
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


def messages_of(plan: Plan) -> list[bytes]:
    """Return the messages of the JSON body, each written.

    Raises:
        InvalidRequestError: Something in one cannot be written as JSON.
    """
    keeping, pieces, plain = Keeping(), list[bytes](), _plain(plan)
    for at, message in enumerate(plan.request.messages):
        form, thoughts, sent = "chat", _NONE, sent_as(message)
        if sent is TEXT and message.role in plain and not message.extra:
            pieces.append(_OF_TEXT[message.role] + written_texts(message.content) + b"}")
            continue
        if isinstance(message, AssistantMessage):
            thoughts = _thoughts(message, at, plan)
            form = _form(message, thoughts) if thoughts else form
        elif message.role == "developer" and not plan.target.profile.developer_role:
            form = "system"
        piece = found(sent, form) if sent and form and not message.extra else None
        if piece is None:
            wire = _wire(message, thoughts, form)
            if form and is_fixed(message):
                piece = written_texts(wire)
                if sent is not None:
                    keeping.keep(message, form, piece)
            else:
                piece = written(wire, "messages", at)
        pieces.append(piece)
    return pieces


def _plain(plan: Plan) -> frozenset[str]:
    """Return the roles whose messages are sent as a role and a text if they are made of these."""
    roles = {"system", "user"}
    if plan.replay.placeholder is None:
        roles.add("assistant")
    if plan.target.profile.developer_role:
        roles.add("developer")
    return frozenset(roles)


def _form(message: AssistantMessage, thoughts: JsonObject) -> str:
    """Return what decides beside a message on how it is written; empty: what may change."""
    ((field, told),) = thoughts.items()
    return field if told == message.reasoning else ""


def _wire(message: Message, thoughts: JsonObject, form: str) -> JsonObject:
    content = message.content
    wire: JsonObject = {
        "role": "system" if form == "system" else message.role,
        # OpenAI wants content unless there are calls; null is what it sends itself.
        "content": content_of(content) if isinstance(content, tuple) else content,
    }
    if isinstance(message, ToolMessage):
        wire["tool_call_id"] = message.tool_call_id
    elif isinstance(message, AssistantMessage):
        wire.update(thoughts)
        if message.tool_calls:
            wire["tool_calls"] = [_call(call) for call in message.tool_calls]
        if message.refusal is not None:
            wire["refusal"] = message.refusal
    if message.name is not None:
        wire["name"] = message.name
    return {**wire, **message.extra} if message.extra else wire


def _thoughts(message: AssistantMessage, position: int, plan: Plan) -> JsonObject:
    """Return the reasoning that goes back with a message, and the field it goes in."""
    target, replay = plan.target, plan.replay
    if message.reasoning is None and message.native is None and replay.placeholder is None:
        return _NONE
    reasoning = replay.reasoning(message, position)
    details = details_of(message, target) if reasoning == message.reasoning else ()
    if details:
        return {FIELD: list(details)}
    field = reasoning_field(message, target) if reasoning else None
    return {} if field is None else {field: reasoning}


def _call(call: ToolCall) -> JsonObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_of(call)},
    }
