"""Messages into the input items of the Responses API.

openai-python 3.57.0, types/responses/response_input_item_param.py, read 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Iterable

from unillm._wire.native import native_of
from unillm._wire.responses.pieces import (
    call_item,
    content_of,
    parts_of,
    said_item,
    wire_id,
)
from unillm._wire.responses.replay import replayed
from unillm._wire.spoken import spoken_by
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage, Message, ToolMessage
from unillm.types.target import Target


def items_of(messages: Iterable[Message], target: Target, *, store: bool) -> list[JsonObject]:
    """Return the input items of a conversation, in its order.

    A name of who speaks has no place here and is left out.

    Args:
        messages: The conversation.
        target: Whom it goes to: only what it said itself goes back in its own form.
        store: Whether the provider stores answers, so that it knows items by their ids.
    """
    items: list[JsonObject] = []
    custom: set[str] = set()
    for message in messages:
        if isinstance(message, AssistantMessage):
            own = _said(message, target, store=store)
            custom |= {item["call_id"] for item in own if item.get("type") == "custom_tool_call"}
            items += own
        elif isinstance(message, ToolMessage):
            items.append(_result(message, custom))
        else:
            known = message.role != "developer" or target.profile.developer_role
            role = message.role if known else "system"
            items.append({"role": role, "content": content_of(message.content), **message.extra})
    return items


def _said(message: AssistantMessage, target: Target, *, store: bool) -> list[JsonObject]:
    native = native_of(message, target, "responses")
    if native is not None:
        return replayed(message, native.items, store=store, reasons=_may_reason(target))
    text = spoken_by(message)
    said = [said_item(text, extra=message.extra)] if text or message.extra else []
    return [*said, *map(call_item, message.tool_calls)]


def _may_reason(target: Target) -> bool:
    info = target.info
    return info is None or bool(info.efforts) or info.default_effort != "none"


def _result(message: ToolMessage, custom: set[str]) -> JsonObject:
    call_id, content = wire_id(message.tool_call_id), message.content
    kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
    output = content if isinstance(content, str) else parts_of(content)
    return {"type": kind, "call_id": call_id, "output": output, **message.extra}
