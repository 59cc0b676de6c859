"""Messages in: a conversation of LangChain's as unillm's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import Any, Literal

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic_core import from_json

import unillm
from unillm import InvalidRequestError, Native, ToolCall
from unillm.integrations.langchain.blocks import content_of, listed, reasoning_in, said_by_model
from unillm.types.json import is_object

KEPT = "unillm"
"""Where an answer keeps what LangChain has no field for and its replay needs."""

REFUSED = "\ufeff"
"""Put before arguments of a call that must not be made, where LangChain could make one of them.

When it adds chunks up it closes open JSON, and a call that was cut would be a call. No JSON begins
with this character.
"""


def messages_in(messages: Sequence[BaseMessage]) -> list[unillm.Message]:
    """Return a conversation as unillm's messages.

    Raises:
        InvalidRequestError: A message, or something in it, cannot be sent.
    """
    return [
        _message(one, _answered(islice(messages, at + 1, None))) for at, one in enumerate(messages)
    ]


def _answered(later: Iterable[BaseMessage]) -> set[str]:
    """Return the ids of calls that are answered before the model speaks again: ids recur."""
    ended = takewhile(lambda message: not _is_models(message), later)
    return {message.tool_call_id for message in ended if isinstance(message, ToolMessage)}


def _is_models(message: BaseMessage) -> bool:
    return isinstance(message, AIMessage) or (
        isinstance(message, ChatMessage) and message.role == "assistant"
    )


def _message(message: BaseMessage, answered: set[str]) -> unillm.Message:
    match message:
        case AIMessage():
            return _assistant(message, answered)
        case HumanMessage():
            return unillm.UserMessage(content_of(message), name=message.name)
        case SystemMessage():
            return _system(message)
        case ToolMessage():
            return unillm.ToolMessage(message.tool_call_id, content_of(message), name=message.name)
        case ChatMessage():
            return _message(_of_role(message), answered)
        case _:
            kind = type(message).__name__
            raise InvalidRequestError(
                f"a message of type {message.type!r} ({kind}) cannot be sent: use HumanMessage, "
                "AIMessage, SystemMessage or ToolMessage"
            )


def _of_role(message: ChatMessage) -> BaseMessage:
    """Return a message with a role of its own as the message of that role."""
    kinds: dict[str, type[BaseMessage]] = {
        "user": HumanMessage,
        "assistant": AIMessage,
        "system": SystemMessage,
        "developer": SystemMessage,
    }
    kind = kinds.get(message.role)
    if kind is None:
        raise InvalidRequestError(f"a message of role {message.role!r} cannot be sent")
    extra = {"__openai_role__": message.role} if message.role == "developer" else {}
    return kind(content=message.content, name=message.name, additional_kwargs=extra)


def _system(message: SystemMessage) -> unillm.SystemMessage:
    said: object = message.additional_kwargs.get("__openai_role__")
    role: Literal["developer", "system"] = "developer" if said == "developer" else "system"
    return unillm.SystemMessage(content_of(message), name=message.name, role=role)


def _assistant(message: AIMessage, answered: set[str]) -> unillm.AssistantMessage:
    kept: dict[str, Any] = message.additional_kwargs.get(KEPT) or {}
    native: Any = kept.get("native")
    return unillm.AssistantMessage(
        said_by_model(message),
        reasoning=reasoning_in(message),
        reasoning_field=kept.get("reasoning_field"),
        tool_calls=tuple(_calls(message, answered, kept.get("raw") or {})),
        refusal=_refusal(message),
        name=message.name,
        native=Native.from_dict(native) if native else None,
        extra=dict(kept.get("extra") or {}),
    )


def _refusal(message: AIMessage) -> str | None:
    said = [str(block["refusal"]) for block in listed(message) if block["type"] == "refusal"]
    kept: object = message.additional_kwargs.get("refusal")
    return "".join(said) or (kept if isinstance(kept, str) else None)


def _calls(message: AIMessage, answered: set[str], raw: dict[str, str]) -> Iterator[ToolCall]:
    """Give the calls of an answer; of those that must not be made, the ones that were answered."""
    for call in message.tool_calls:
        call_id = call["id"]
        if not call_id:
            raise InvalidRequestError(f"a call of {call['name']!r} has no id, so none answers it")
        said = raw.get(call_id, "")
        yield ToolCall(call_id, call["name"], call["args"], raw=_unchanged(said, call["args"]))
    for bad in message.invalid_tool_calls:
        if bad["id"] and bad["id"] in answered:
            said = (bad["args"] or "").removeprefix(REFUSED)
            yield ToolCall(bad["id"], bad["name"] or "", _sendable(said))


def _unchanged(said: str, arguments: dict[str, Any]) -> str:
    """Return arguments as the model wrote them; nothing, if they were changed since."""
    return said if said and _read(said) == arguments else ""


def _sendable(said: str) -> dict[str, Any]:
    """Return refused arguments as hosts take them back; of what is no object, its text."""
    read = _read(said)
    return read if is_object(read) else {"INVALID_ARGUMENTS": said}


def _read(said: str) -> Any:
    try:
        return from_json(said, allow_inf_nan=False)
    except ValueError:
        return None
