"""A request into the body of Chat Completions, by the profile of who is asked."""

from __future__ import annotations

from typing import Any

from unillm._wire.chat_completions.chunks import REASONING_FIELDS
from unillm._wire.plan import Plan
from unillm._wire.written import arguments_of
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from unillm.types.parts import Content, Part, TextPart
from unillm.types.profile import Profile
from unillm.types.tools import CHOICES, Tool, ToolCall


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
    if not isinstance(value, str) or value in CHOICES:
        return value
    return {"type": "function", "function": {"name": value}}


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
        wire["content"] = _content(message.content)
    elif isinstance(message, UserMessage):
        wire["content"] = _content(message.content)
    elif isinstance(message, ToolMessage):
        wire["content"] = _content(message.content)
        wire["tool_call_id"] = message.tool_call_id
    else:
        _add_assistant(wire, message, profile, plan.replay.reasoning(message, position))
    if message.name is not None:
        wire["name"] = message.name
    if message.extra:
        wire.update(message.extra)
    return wire


def _add_assistant(
    wire: JsonObject, message: AssistantMessage, profile: Profile, reasoning: str | None
) -> None:
    # OpenAI wants content unless there are calls; null is what it sends itself.
    wire["content"] = None if message.content is None else _content(message.content)
    if reasoning and profile.reasoning_replay != "drop":
        wire[_reasoning_field(message, profile)] = reasoning
    if message.tool_calls:
        wire["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.refusal is not None:
        wire["refusal"] = message.refusal


def _reasoning_field(message: AssistantMessage, profile: Profile) -> str:
    """Return where reasoning goes; what came from another interface goes where most read it."""
    replay = profile.reasoning_replay
    if replay in REASONING_FIELDS:
        return replay
    came_in = message.reasoning_field
    return came_in if came_in in REASONING_FIELDS else REASONING_FIELDS[0]


def _call(call: ToolCall) -> JsonObject:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_of(call)},
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
    return _file(part) if isinstance(part, FilePart) else part.data


def _file(part: FilePart) -> JsonObject:
    if part.file_id is not None:
        return {"type": "file", "file": {"file_id": part.file_id}}
    file: JsonObject = {"file_data": part.url}
    if part.filename is not None:
        file["filename"] = part.filename
    return {"type": "file", "file": file}
