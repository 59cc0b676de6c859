"""Messages of Chat Completions as agents write them, in the form that the protocol has."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from unillm._wire.serve.mended import NO_ID
from unillm._wire.spoken import BETWEEN
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import CUSTOM_INPUT

_KEPT = frozenset(
    (
        *("role", "content", "name", "tool_calls", "tool_call_id"),
        *("reasoning_content", "reasoning", "refusal", "prefix"),
    )
)
"""Fields of a message that say something to a provider: OpenAI's (openai-python 3.57.0,
types/chat/chat_completion_message_param.py, read 2026-11-29), those that thinking is in, and
``prefix``, DeepSeek's (https://api-docs.deepseek.com/guides/chat_prefix_completion). What agents
send beside, such as ``provider_specific_fields`` and ``annotations``, no provider needs back."""
_THOUGHTS = ("reasoning_content", "reasoning")
_TEXTS = ("text", "input_text", "output_text")


def tidied(messages: list[Any], left_out: Counter[str]) -> list[Any]:
    """Return messages in the form of the protocol. What is none stays, to be refused.

    Args:
        messages: The messages.
        left_out: How often a field was left out, by its name; added to.
    """
    return [_message(one, left_out) if is_object(one) else one for one in messages]


def _message(given: JsonObject, left_out: Counter[str]) -> JsonObject:
    made = {name: v for name, v in given.items() if name in _KEPT and v is not None}
    for name, value in given.items():
        if name not in _KEPT and value and name not in {"function_call", "reasoning_details"}:
            left_out[f"messages[].{name}"] += 1
    role = given.get("role")
    if role == "function":
        role = made["role"] = "tool"
    if not isinstance(made.get("name"), str) or not made["name"]:
        made.pop("name", None)
    content = made.pop("content", None)
    if role == "assistant":
        made["content"] = _content(content, left_out) or ("" if made.get("prefix") else None)
        _take_thoughts(made, given)
        _take_calls(made, given)
    else:
        made["content"] = _content(content, left_out)
        _leave(made, "tool_calls", *_THOUGHTS, "refusal", "prefix")
    if role == "tool":
        made["content"] = _result(made["content"])
        made["tool_call_id"] = _id(made.get("tool_call_id"))
    else:
        _leave(made, "tool_call_id")
    return made


def _leave(made: JsonObject, *names: str) -> None:
    for name in names:
        made.pop(name, None)


def _content(content: Any, left_out: Counter[str]) -> Any:
    """Return content; none is an empty text, where a message must have some."""
    if is_object(content) and isinstance(content.get("type"), str):
        content = [content]
    if not is_list(content):
        return "" if content is None else content
    parts = [_part(part, left_out) for part in content if part is not None]
    return parts or ""


def _part(part: Any, left_out: Counter[str]) -> Any:
    """Return a part without what only its maker knows, such as ``cache_control``."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind = part.get("type") if is_object(part) else None
    if kind in _TEXTS and isinstance(part.get("text"), str):
        made = {"type": "text", "text": part["text"]}
    elif kind == "image_url" and isinstance(part.get("image_url"), str):
        made = {"type": kind, "image_url": {"url": part["image_url"]}}
    elif kind == "image_url":
        made = {"type": kind, "image_url": part.get("image_url")}
    else:
        return part
    for name, value in part.items():
        if name not in made and value:
            left_out[f"messages[].content[].{name}"] += 1
    return made


def _result(content: Any) -> Any:
    """Return the result of a tool; a value that is no text is one as JSON."""
    is_parts = is_list(content) and all(is_object(p) and p.get("type") for p in content)
    is_content = isinstance(content, str) or is_parts
    return content if is_content else json.dumps(content, ensure_ascii=False)


def _take_thoughts(made: JsonObject, given: JsonObject) -> None:
    """Leave thinking that is empty or no text; without any, take that of OpenRouter's details.

    https://openrouter.ai/docs/use-cases/reasoning-tokens, as known 2026-11.
    """
    for name in _THOUGHTS:
        if not isinstance(made.get(name), str) or not made[name]:
            made.pop(name, None)
    details: Any = given.get("reasoning_details")
    if is_list(details) and made.keys().isdisjoint(_THOUGHTS):
        found = [one.get("text") for one in details if is_object(one)]
        texts = [text for text in found if isinstance(text, str) and text]
        if texts:
            made["reasoning_content"] = BETWEEN.join(texts)
    if not isinstance(made.get("refusal"), str) or not made["refusal"]:
        made.pop("refusal", None)


def _take_calls(made: JsonObject, given: JsonObject) -> None:
    calls: Any = made.pop("tool_calls", None)
    older: Any = given.get("function_call")
    if not calls and is_object(older):
        calls = [{"function": older}]
    if is_list(calls) and calls:
        made["tool_calls"] = [_call(call) if is_object(call) else call for call in calls]
    elif calls:
        made["tool_calls"] = calls


def _call(given: JsonObject) -> JsonObject:
    """Return a call; that of a custom tool is one with its text as the argument."""
    function: Any = given.get("function")
    custom: Any = given.get("custom")
    if is_object(function):
        function = {**function, "arguments": arguments_text(function.get("arguments"))}
    if is_object(custom) and not is_object(function):
        arguments = {CUSTOM_INPUT: custom.get("input")}
        function = {"name": custom.get("name"), "arguments": arguments}
    return {"id": _id(given.get("id")), "type": "function", "function": function}


def arguments_text(given: Any) -> Any:
    """Return arguments as they are, or as JSON where they are neither a text nor an object.

    So it is seen that they are no object, and they go on to the letter.
    """
    if given is None or isinstance(given, str) or is_object(given):
        return given
    return json.dumps(given, ensure_ascii=False)


def _id(given: Any) -> str:
    return given if isinstance(given, str) and given.strip() else NO_ID
