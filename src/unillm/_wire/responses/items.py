"""Messages into the input items of the Responses API.

openai-python 3.57.0, types/responses/response_input_item_param.py, read 2026-11-28.
"""

from __future__ import annotations

from typing import NamedTuple

from unillm._wire.kept import Keeping, found, is_fixed
from unillm._wire.native import native_of
from unillm._wire.plan import Plan
from unillm._wire.plan.replay import may_reason
from unillm._wire.responses.pieces import (
    call_item,
    content_of,
    parts_of,
    said_item,
    wire_id,
)
from unillm._wire.responses.replay import replayed
from unillm._wire.spoken import spoken_by
from unillm._wire.written import written, written_texts
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage, Message, ToolMessage, sent_as
from unillm.types.target import Target


def input_of(plan: Plan) -> list[bytes]:
    """Return the input items of a conversation, in its order, each written.

    A name of who speaks has no place here and is left out.

    Raises:
        InvalidRequestError: Something in one cannot be written as JSON.
    """
    target, store = plan.target, bool(plan.request.settings.get("store"))
    keeping, pieces = Keeping(), list[bytes]()
    custom = _Custom(frozenset(tool.name for tool in plan.request.custom_tools), set())
    for message in plan.request.messages:
        form, sent = _form(message, target, custom), sent_as(message)
        piece = found(sent, form) if sent and form and not message.extra else None
        if piece is not None:
            pieces.append(piece)
            continue
        items = _items(message, target, custom, store=store)
        if not (form and is_fixed(message)):
            pieces += [written(item, "input", at) for at, item in enumerate(items, len(pieces))]
            continue
        pieces += map(written_texts, items)
        if sent is not None and len(items) == 1:
            keeping.keep(message, form, pieces[-1])
    return pieces


class _Custom(NamedTuple):
    """The custom tools of a request by their names, and the ids of their calls so far."""

    names: frozenset[str]
    calls: set[str]


def _form(message: Message, target: Target, custom: _Custom) -> str:
    """Return what decides beside a message on how it is written; empty: what may change."""
    if isinstance(message, AssistantMessage):
        if custom.names and any(call.name in custom.names for call in message.tool_calls):
            return ""
        return "responses" if native_of(message, target, "responses") is None else ""
    if isinstance(message, ToolMessage):
        is_custom = custom.calls and wire_id(message.tool_call_id) in custom.calls
        return "" if is_custom else "responses"
    known = message.role != "developer" or target.profile.developer_role
    return "responses" if known else "responses as system"


def _items(message: Message, target: Target, custom: _Custom, *, store: bool) -> list[JsonObject]:
    """Return the items of a message; ids of calls of custom tools are added to those known.

    Args:
        message: The message.
        target: Whom it goes to: only what it said itself goes back in its own form.
        custom: The custom tools, and the ids of their calls so far.
        store: Whether the provider stores answers, so that it knows items by their ids.
    """
    if isinstance(message, AssistantMessage):
        own = _said(message, target, custom.names, store=store)
        calls = (item["call_id"] for item in own if item.get("type") == "custom_tool_call")
        custom.calls.update(calls)
        return own
    if isinstance(message, ToolMessage):
        return [_result(message, custom.calls)]
    known = message.role != "developer" or target.profile.developer_role
    role = message.role if known else "system"
    return [{"role": role, "content": content_of(message.content), **message.extra}]


def _said(
    message: AssistantMessage, target: Target, custom: frozenset[str], *, store: bool
) -> list[JsonObject]:
    native = native_of(message, target, "responses")
    if native is not None:
        return replayed(message, native.items, store=store, reasons=may_reason(target))
    text = spoken_by(message)
    said = [said_item(text, extra=message.extra)] if text or message.extra else []
    return [*said, *(call_item(call, custom) for call in message.tool_calls)]


def _result(message: ToolMessage, custom: set[str]) -> JsonObject:
    call_id, content = wire_id(message.tool_call_id), message.content
    kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
    output = content if isinstance(content, str) else parts_of(content)
    return {"type": kind, "call_id": call_id, "output": output, **message.extra}
