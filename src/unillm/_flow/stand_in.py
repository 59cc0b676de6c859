"""A request that stands in for a past one: it needs the same of whoever answers, and says nothing.

Ledgers have what a call needed and not what was said. Whether a target takes a call is decided by
what is in here, through the very plan that calls are made by.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from unillm.types.parts import Content, Part, RawPart
from unillm.types.request import ChatRequest
from unillm.types.tools import CHOICES, Tool

_SAYS = "json"
"""All it says: hosts that refuse JSON mode without this word took the call with it, too."""
_PARTS: Mapping[str, Part] = {
    "image": ImagePart("https://stand-in.invalid/1.png"),
    "file": FilePart("data:application/pdf;base64,", filename="1.pdf"),
    "audio": RawPart({"type": "input_audio"}),
    "video": RawPart({"type": "video_url"}),
}
_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {},
    "required": [],
    "additionalProperties": False,
}
_ASKED: Mapping[str, Any] = {"stop": ["\n"], "logit_bias": {"1": 1}}
"""Settings of which only the name is known, and what they say here."""


def stand_in(needs: JsonObject) -> ChatRequest:
    """Return a request that needs what a ledger says; what it does not know of is left out."""
    tools = tuple(_tools(needs))
    return ChatRequest(
        messages=tuple(_messages(needs)),
        tools=tools,
        hosted_tools=tuple({"type": str(kind)} for kind in _list(needs.get("hosted_tools"))),
        settings=_settings(needs, has_tools=bool(tools)),
    )


def _messages(needs: JsonObject) -> Iterator[Message]:
    parts: Any = needs.get("parts")
    found: Collection[str] = parts if is_mapping(parts) else ()
    for prefix, make in _MAKERS.items():
        inside = tuple(part for kind, part in _PARTS.items() if f"{prefix}{kind}" in found)
        if inside:
            yield make(inside)
    own = tuple(part for kind, part in _PARTS.items() if kind in found)
    yield UserMessage(_SAYS) if not own else UserMessage((*own,))
    if needs.get("prefix"):
        yield AssistantMessage(_SAYS, extra={"prefix": True})


_MAKERS: Mapping[str, Callable[[Content], Message]] = {
    "system_": SystemMessage,
    "made_": AssistantMessage,
    "tool_": partial(ToolMessage, "call_1"),
}


def _tools(needs: JsonObject) -> Iterator[Tool]:
    count: Any = needs.get("tools")
    if isinstance(count, int) and count > 0:
        strict = True if needs.get("strict_tools") else None
        yield Tool("tool", description="", parameters=_SCHEMA, strict=strict)


def _settings(needs: JsonObject, *, has_tools: bool) -> JsonObject:
    values: Any = needs.get("settings")
    settings: JsonObject = dict(values) if is_mapping(values) else {}
    for name in _list(needs.get("asks")):
        if name in _ASKED:
            settings[name] = _ASKED[name]
    choice: Any = needs.get("tool_choice")
    if choice is not None and has_tools:
        settings["tool_choice"] = choice if choice in CHOICES else "tool"
    form: Any = needs.get("format")
    if isinstance(form, str):
        settings["response_format"] = _format(form)
    return settings


def _format(kind: str) -> JsonObject:
    if kind != "json_schema":
        return {"type": kind}
    return {"type": kind, "json_schema": {"name": "answer", "schema": _SCHEMA, "strict": True}}


def _list(value: Any) -> list[Any]:
    return value if is_list(value) else []
