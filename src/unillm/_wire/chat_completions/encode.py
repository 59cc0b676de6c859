"""A request into the body a provider wants, by its profile."""

from __future__ import annotations

import math
from typing import Any, cast
from urllib.parse import urlencode

from pydantic_core import PydanticSerializationError, to_json

from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_mapping
from unillm.types.messages import (
    AssistantMessage,
    Content,
    ImagePart,
    Message,
    Part,
    SystemMessage,
    TextPart,
    ToolMessage,
    UserMessage,
)
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest
from unillm.types.target import Target
from unillm.types.tools import Tool, ToolCall
from unillm.types.transport import WireRequest

_CHOICES = {"auto", "none", "required"}


def encode(request: ChatRequest, target: Target) -> tuple[WireRequest, tuple[Note, ...]]:
    """Return the HTTP request, without its key, and what had to be left out.

    Raises:
        UnsupportedFeatureError: The provider does not have a feature that is asked for.
        InvalidRequestError: Something in it cannot be written as JSON.
    """
    body, notes = _body(request, target)
    headers = {
        "accept": "text/event-stream" if request.stream else "application/json",
        "content-type": "application/json",
        **{name.lower(): value for name, value in request.extra_headers.items()},
    }
    if request.stream:
        # A compressing proxy would hold events back until its window is full.
        headers.setdefault("accept-encoding", "identity")
    wire = WireRequest(
        method="POST",
        url=_url(target.base_url, request.extra_query),
        headers=headers,
        body=_encoded(body),
        api_key=target.api_key,
    )
    return wire, notes


def _url(base_url: str, query: dict[str, str]) -> str:
    address, mark, own = base_url.partition("?")
    try:
        joined = "&".join(part for part in (own, urlencode(query)) if part)
    except UnicodeEncodeError as error:
        raise InvalidRequestError(f"extra_query cannot be written into a URL: {error}") from error
    return f"{address.rstrip('/')}/chat/completions{'?' if mark or joined else ''}{joined}"


def _encoded(body: JsonObject) -> bytes:
    try:
        written = to_json(body, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidRequestError(f"the request cannot be written as JSON: {error}") from error
    if b"NaN" in written or b"Infinity" in written:
        # Only here is a walk worth its time; mostly the words stand in a text.
        path = _not_finite(body)
        if path is not None:
            where = ".".join(map(str, path))
            raise InvalidRequestError(f"{where} is not a finite number, which JSON cannot hold")
    return written


def _not_finite(value: Any) -> tuple[str | int, ...] | None:
    """Return where the first number stands that is infinite or none at all."""
    if isinstance(value, float):
        return None if math.isfinite(value) else ()
    items: Any = ()
    if is_mapping(value):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(cast("list[Any]", value))
    for key, held in items:
        path = _not_finite(held)
        if path is not None:
            return (key, *path)
    return None


def _body(request: ChatRequest, target: Target) -> tuple[JsonObject, tuple[Note, ...]]:
    profile = target.profile
    body: JsonObject = {
        "model": target.model,
        "messages": [_message(message, profile) for message in request.messages],
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    notes = _add_settings(body, request, target)
    if request.stream:
        body["stream"] = True
        if profile.stream_usage:
            body["stream_options"] = {"include_usage": True}
    body.update(request.extra_body)
    return body, notes


def _add_settings(body: JsonObject, request: ChatRequest, target: Target) -> tuple[Note, ...]:
    profile = target.profile
    notes: list[Note] = []
    for name, value in request.settings.items():
        kind = _kind(name, value)
        remedy = profile.unsupported.get(name) or profile.unsupported.get(f"{name}={kind}")
        if remedy:
            message = f"{target} does not support {name}={kind!r}. {remedy}"
            raise UnsupportedFeatureError(message, provider=target.provider, model=target.model)
        if name in profile.dropped:
            message = f"{name} was not sent to {profile.name}: {profile.dropped[name]}"
            notes.append(Note("dropped_setting", message))
        elif name == "max_tokens":
            body[profile.max_tokens_field] = value
        elif name == "tool_choice":
            body[name] = _tool_choice(value, request.tools)
        else:
            body[name] = value
    return tuple(notes)


def _kind(name: str, value: Any) -> Any:
    """Return the value as `Profile.unsupported` names it: objects by their type, tools as such."""
    if is_mapping(value):
        return value.get("type")
    return "function" if name == "tool_choice" and value not in _CHOICES else value


def _tool_choice(value: Any, tools: tuple[Tool, ...]) -> Any:
    if not isinstance(value, str) or value in _CHOICES:
        return value
    if any(tool.name == value for tool in tools):
        return {"type": "function", "function": {"name": value}}
    offered = ", ".join(tool.name for tool in tools) or "none"
    message = f"tool_choice={value!r} is neither auto, none, required nor a tool; tools: {offered}"
    raise InvalidRequestError(message)


def _tool(tool: Tool) -> JsonObject:
    function: JsonObject = {"name": tool.name, "parameters": tool.parameters}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _message(message: Message, profile: Profile) -> JsonObject:
    wire: JsonObject = {"role": message.role}
    if isinstance(message, SystemMessage):
        wire["role"] = message.role if profile.developer_role else "system"
        wire["content"] = _content(message.content)
    elif isinstance(message, UserMessage):
        wire["content"] = _content(message.content)
    elif isinstance(message, ToolMessage):
        wire["content"] = _content(message.content)
        wire["tool_call_id"] = message.tool_call_id
    else:
        _add_assistant(wire, message, profile)
    if message.name is not None:
        wire["name"] = message.name
    if message.extra:
        wire.update(message.extra)
    return wire


def _add_assistant(wire: JsonObject, message: AssistantMessage, profile: Profile) -> None:
    # OpenAI wants content unless there are calls; null is what it sends itself.
    wire["content"] = None if message.content is None else _content(message.content)
    field = _reasoning_field(message, profile)
    if field:
        wire[field] = message.reasoning
    if message.tool_calls:
        wire["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.refusal is not None:
        wire["refusal"] = message.refusal


def _reasoning_field(message: AssistantMessage, profile: Profile) -> str | None:
    replay = profile.reasoning_replay
    if message.reasoning is None or replay == "drop":
        return None
    return (message.reasoning_field or "reasoning_content") if replay == "as_received" else replay


def _call(call: ToolCall) -> JsonObject:
    by_hand = call.repairs or not call.raw
    arguments = _encoded(call.arguments).decode() if by_hand else call.raw
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _content(content: Content) -> Any:
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ImagePart):
        image: JsonObject = {"url": part.url}
        if part.detail is not None:
            image["detail"] = part.detail
        return {"type": "image_url", "image_url": image}
    return part.data
