"""Turning what callers write into messages: strings, messages, OpenAI-style dicts, lists."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, TypeGuard

from pydantic_core import PydanticSerializationError, from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.types.content import content_from, is_item, result_from
from unillm.types.json import JsonObject, is_iterable, is_mapping, is_object, is_table
from unillm.types.messages import (
    TEXT,
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
    of_text,
    remember,
    sent_as,
)
from unillm.types.response import ChatResponse
from unillm.types.tools import ToolCall

MessageLike: TypeAlias = str | Message | Mapping[str, Any]
"""A message in any of the ways unillm takes one."""

Messages: TypeAlias = MessageLike | Iterable[MessageLike]
"""A conversation in any of the ways unillm takes one."""

_LISTS = (list, tuple)
_OF_TEXT = 2
"""Fields of a message that has a role and a text alone."""
_MESSAGES = (SystemMessage, UserMessage, AssistantMessage, ToolMessage)


def messages_from(given: Messages) -> tuple[Message, ...]:
    """Return the conversation as messages. A string is what the user says.

    Raises:
        InvalidRequestError: Something is not a message; the error says which and why.
    """
    listed: Any = given
    if isinstance(given, (str, Mapping, *_MESSAGES, ChatResponse)):
        listed = (given,)
    elif type(given) not in _LISTS and (
        not is_iterable(listed) or is_item(listed) or is_table(listed)
    ):
        raise InvalidRequestError(_not_a_message(listed, "messages"))
    found = tuple([_message_from(item, position) for position, item in enumerate(listed)])
    if not found:
        raise InvalidRequestError("messages is empty: there is nothing to answer")
    return found


def _message_from(item: Any, position: int) -> Message:
    if _is_dict(item):
        content, role = item.get("content"), item.get("role")
        if len(item) == _OF_TEXT and type(content) is str and type(role) is str:
            made = of_text(role, content)
            if made is not None:
                return made
    elif isinstance(item, str):
        return UserMessage(item)
    elif isinstance(item, _MESSAGES):
        # Once found sound it stays so: it is frozen.
        sent = sent_as(item)
        if sent is TEXT:
            remember(item)
        return item if sent is not None else _sound(item, f"messages[{position}]")
    elif not is_mapping(item):
        raise InvalidRequestError(_not_a_message(item, f"messages[{position}]"))
    fields = dict(item)
    role = fields.pop("role", None)
    build = _BUILDERS.get(role) if isinstance(role, str) else None
    if build is None:
        known = ", ".join(_BUILDERS)
        where = f"messages[{position}]"
        raise InvalidRequestError(f"{where} has role {role!r}; known roles are {known}")
    return build(fields.pop("content", None), fields, position, role)


def _sound(message: Message, where: str) -> Message:
    """Return a message that was made by hand, its content looked at."""
    content: Any = message.content
    _require_fields(message, where)
    if isinstance(message, ToolMessage):
        _require_call_id(message.tool_call_id, where)
    if not isinstance(content, str) and (content or not isinstance(message, AssistantMessage)):
        parts = content_from(content, where)
        message = message if parts == content else replace(message, content=parts)
    remember(message)
    return message


def _require_fields(message: Message, where: str) -> None:
    """Look at what a message made by hand has beside its content."""
    extra: Any = message.extra
    if not is_object(extra):
        raise InvalidRequestError(f"{where}.extra must be a dict, not {type(extra).__name__}")
    texts = ("name", "reasoning", "reasoning_field", "refusal")
    for name in texts if isinstance(message, AssistantMessage) else texts[:1]:
        value: Any = getattr(message, name)
        if value is not None and not isinstance(value, str):
            kind = type(value).__name__
            raise InvalidRequestError(f"{where}.{name} must be a string, not {kind}")
    calls: Any = message.tool_calls if isinstance(message, AssistantMessage) else ()
    if not is_iterable(calls) or not all(isinstance(call, ToolCall) for call in calls):
        raise InvalidRequestError(
            f"{where}.tool_calls must be a tuple of ToolCall, for example response.tool_calls"
        )


def _require_call_id(call_id: Any, where: str) -> None:
    if not isinstance(call_id, str) or not call_id:
        hint = " Pass call.id." if isinstance(call_id, ToolCall) else ""
        message = f"{where} needs tool_call_id, the id of the call it answers, a string.{hint}"
        raise InvalidRequestError(message)


def _not_a_message(item: Any, where: str) -> str:
    kind = type(item).__name__
    hint = ""
    if isinstance(item, ChatResponse):
        hint = " Pass response.message."
    elif inspect.isclass(item):
        hint = f" Make one: {item.__name__}(…)."
    elif is_item(item):
        hint = " Put it into the content of one: {'role': 'user', 'content': ['…', …]}."
    elif is_table(item):
        hint = " Pass the texts of one column: list(table['column'])."
    elif isinstance(item, tuple):
        hint = " Write {'role': 'user', 'content': …}."
    return f"{where} is of type {kind}, not a string, a message or a dict with a role.{hint}"


def _system(content: Any, fields: JsonObject, position: int, role: Any) -> SystemMessage:
    if not isinstance(content, str):
        content = content_from(content, f"messages[{position}]")
    return SystemMessage(content, role=role, name=_name(fields, position), extra=fields)


def _user(content: Any, fields: JsonObject, position: int, _role: str) -> UserMessage:
    if not isinstance(content, str):
        content = content_from(content, f"messages[{position}]")
    name = _name(fields, position) if fields else None
    return UserMessage(content, name=name, extra=fields)


def _tool(content: Any, fields: JsonObject, position: int, _role: str) -> ToolMessage:
    where = f"messages[{position}]"
    content = result_from(content, where)
    call = fields.pop("tool_call_id", None)
    _require_call_id(call, where)
    return ToolMessage(call, content, name=_name(fields, position), extra=fields)


def _assistant(content: Any, fields: JsonObject, position: int, _role: str) -> AssistantMessage:
    if not fields and isinstance(content, str):
        return AssistantMessage(content, extra=fields)
    where = f"messages[{position}]"
    content = None if content is None else content_from(content, where)
    reasoning, field = _reasoning(fields)
    calls: Any = fields.pop("tool_calls", None) or []
    if isinstance(calls, str | Mapping) or not is_iterable(calls):
        raise InvalidRequestError(f"{where}.tool_calls must be a list")
    return AssistantMessage(
        content,
        reasoning=reasoning,
        reasoning_field=field,
        tool_calls=tuple(_call(call, f"{where}.tool_calls[{i}]") for i, call in enumerate(calls)),
        refusal=_text_or_none(fields, "refusal", position),
        name=_name(fields, position),
        extra=fields,
    )


def _reasoning(fields: JsonObject) -> tuple[str | None, str | None]:
    """Take reasoning and its field out of a message; some hosts write it into two, or null."""
    given: dict[str, str | None] = {
        name: fields.pop(name)
        for name in ("reasoning_content", "reasoning")
        if name in fields and (fields[name] is None or _is_text(fields[name]))
    }
    texts = {name: text for name, text in given.items() if text is not None}
    field = next((name for name, text in texts.items() if text), next(iter(texts), None))
    return (texts[field] if field else None), field


_BUILDERS: dict[str, Callable[[Any, JsonObject, int, str], Message]] = {
    "system": _system,
    "developer": _system,
    "user": _user,
    "assistant": _assistant,
    "tool": _tool,
}


def _call(call: Any, where: str) -> ToolCall:
    """Read a call of an earlier turn: what cannot be parsed is replayed, not refused."""
    if isinstance(call, ToolCall):
        return call
    function: Any = call.get("function") if is_mapping(call) else None
    name: Any = function.get("name") if is_mapping(function) else None
    call_id: Any = call.get("id") if is_mapping(call) else None
    if not _is_text(name) or not _is_text(call_id):
        message = f"{where} must be {{'id': …, 'function': {{'name': …, 'arguments': …}}}}"
        raise InvalidRequestError(message)
    arguments: Any = function.get("arguments")
    if is_mapping(arguments):
        return ToolCall(call_id, name, dict(arguments), raw=_dumped(arguments, where))
    raw = arguments if isinstance(arguments, str) else ""
    return ToolCall(call_id, name, _object_or_empty(raw), raw=raw)


def _dumped(arguments: Mapping[str, Any], where: str) -> str:
    try:
        return to_json(arguments).decode()
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidRequestError(
            f"{where}.arguments cannot be written as JSON: {error}"
        ) from error


def _object_or_empty(raw: str) -> JsonObject:
    try:
        value = from_json(raw, allow_inf_nan=False)
    except (ValueError, TypeError):
        return {}
    return value if is_object(value) else {}


def _name(fields: JsonObject, position: int) -> str | None:
    return _text_or_none(fields, "name", position)


def _text_or_none(fields: JsonObject, key: str, position: int) -> str | None:
    value = fields.pop(key, None)
    if value is not None and not isinstance(value, str):
        kind = type(value).__name__
        raise InvalidRequestError(f"messages[{position}].{key} must be a string, not {kind}")
    return value


def _is_dict(value: object) -> bool:
    """Tell the usual message, at once; another mapping is one as well."""
    return type(value) is dict


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str)
