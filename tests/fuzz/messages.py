"""What callers give as messages and tools: a request that can be sent, or the reason why not."""

from __future__ import annotations

import json
from typing import Any

from tests.fuzz.pieces import value_of
from tests.wire.drive import TARGET
from unillm import InvalidRequestError, Tool
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.tools import tools_and_hosted
from unillm.types.inputs import messages_from
from unillm.types.request import ChatRequest


def check(data: bytes) -> None:
    """Read an input as JSON and give it as messages, and as tools."""
    try:
        value = value_of(data)
    except ValueError:
        return
    check_messages(value)
    check_tools(value)


def check_messages(value: Any) -> None:
    """Write messages, and look at each."""
    try:
        messages = messages_from(value)
        wire = encode(plan(ChatRequest(messages=messages), TARGET))
    except InvalidRequestError:
        return
    sent = json.loads(wire.body)
    assert len(sent["messages"]) == len(messages) > 0
    for message in messages:
        assert repr(message)
        assert type(message).from_dict(message.to_dict()) == message


def check_tools(value: Any) -> None:
    """Write tools, and look at each."""
    try:
        tools, hosted = tools_and_hosted(value)
        asked = ChatRequest(messages=messages_from("Hi"), tools=tools, hosted_tools=hosted)
        wire = encode(plan(asked, TARGET))
    except InvalidRequestError:
        return
    sent = json.loads(wire.body).get("tools", [])
    assert len(sent) == len(tools) + len(hosted)
    assert all(isinstance(tool, Tool) and repr(tool) for tool in tools)


def seeds() -> list[bytes]:
    """Return conversations and tools in the shapes unillm takes."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    function = {
        "name": "f",
        "description": "It is.",
        "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
        "strict": True,
    }
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "https://x", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,SGk=", "filename": "a"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "input_audio", "input_audio": {"data": "x"}},
        "bare",
    ]
    written = {"id": "", "function": {"name": "", "arguments": {}}}
    values: list[Any] = [
        "Hi",
        ["Hi", {"role": "user", "content": parts, "name": "ann"}],
        [{"role": "system", "content": "x"}, {"role": "developer", "content": ["x"]}],
        {"role": "tool", "tool_call_id": "c1", "content": "ok"},
        {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None},
        {"role": "assistant", "content": "x", "reasoning_content": "hm", "prefix": True},
        {"role": "assistant", "tool_calls": [written]},
        [{"type": "function", "function": function}, function],
        [{"type": "function", **function}, {"type": "web_search", "size": "low"}],
        [{"role": "user", "content": "\ud83d", "n": float("nan")}],
    ]  # fmt: skip
    return [json.dumps(value).encode() for value in values]
