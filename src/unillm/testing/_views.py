"""A request to the Responses API, seen as if it had gone to Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.testing._objects import objects

__all__ = ["items_in", "messages_in"]

_TEXTS = ("input_text", "output_text", "text", "summary_text", "reasoning_text")


def items_in(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the input items that are JSON objects; a text is the message that it stands for."""
    given = fields.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    return objects(given)


def messages_in(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the instructions and the input items as messages of Chat Completions.

    What one turn of the model is made of, reasoning, text and calls, becomes one message.
    """
    told = fields.get("instructions")
    messages: list[dict[str, Any]] = []
    if isinstance(told, str):
        messages.append({"role": "system", "content": told})
    for item in items_in(fields):
        message = _message(item)
        if message is None:
            continue
        last = messages[-1] if messages else {}
        if _belongs(message, last):
            calls = [*last.get("tool_calls", ()), *message.pop("tool_calls", ())]
            last |= {key: value for key, value in message.items() if value is not None}
            last |= {"tool_calls": calls} if calls else {}
        else:
            messages.append(message)
    return messages


def _belongs(message: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    """Tell whether a message goes on with the turn that the last one began."""
    if message["role"] != "assistant" or last.get("role") != "assistant":
        return False
    if message.get("tool_calls"):
        return True
    spoken = last.get("content") is not None or last.get("tool_calls")
    return not spoken and message.get("content") is not None


def _message(item: Mapping[str, Any]) -> dict[str, Any] | None:
    match item.get("type", "message"):
        case "message":
            return {"role": item.get("role"), "content": _content(item.get("content"))}
        case "function_call" | "custom_tool_call":
            given = item.get("arguments", item.get("input"))
            function = {"name": item.get("name"), "arguments": given}
            call = {"id": item.get("call_id"), "type": "function", "function": function}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        case "function_call_output" | "custom_tool_call_output":
            said = _content(item.get("output"))
            return {"role": "tool", "tool_call_id": item.get("call_id"), "content": said}
        case "reasoning":
            told = [*objects(item.get("summary")), *objects(item.get("content"))]
            thought = "".join(str(part.get("text", "")) for part in told)
            return {"role": "assistant", "content": None, "reasoning_content": thought}
        case _:
            return None


def _content(content: object) -> Any:
    if not isinstance(content, list):
        return content
    return [_part(part) for part in objects(content)]  # pyright: ignore[reportUnknownArgumentType]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if kind in _TEXTS:
        return {"type": "text", "text": part.get("text")}
    if kind == "input_image":
        image = {"url": part.get("image_url")}
        return {"type": "image_url", "image_url": image | _only(part, "detail")}
    return part


def _only(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: part[name]} if name in part else {}
