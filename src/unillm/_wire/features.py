"""What a request asks for, by the names that `Limit` knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.messages import AssistantMessage, ToolMessage
from unillm.types.parts import Content, RawPart, TextPart
from unillm.types.request import ChatRequest
from unillm.types.tools import CHOICES


def features(request: ChatRequest) -> dict[str, Any]:
    """Return the features asked for, and for settings their value."""
    found: dict[str, Any] = {}
    for name, value in request.settings.items():
        found[name] = value
        kind = _kind(name, value)
        if isinstance(kind, str):
            found[f"{name}={kind}"] = value
    if request.tools:
        found["tools"] = True
        if any(tool.strict for tool in request.tools):
            found["strict_tools"] = True
    if request.hosted_tools:
        found["hosted_tools"] = True
    found.update(dict.fromkeys(_in_messages(request), True))
    if found.get("response_format=json_object") and not _says_json(request):
        found["json_word"] = True
    return found


def reasons(request: ChatRequest, default: str | None) -> bool | None:
    """Tell whether the model will reason: as asked for, else by its default; None: not known."""
    effort: str | None = request.settings.get("reasoning_effort")
    if effort is None:
        thinking: Any = request.extra_body.get("thinking")
        kind = thinking.get("type") if is_mapping(thinking) else None
        if kind in {"enabled", "disabled"}:
            return bool(kind == "enabled")
        effort = default
    return None if effort is None else effort != "none"


def _kind(name: str, value: Any) -> Any:
    """Return what kind of value it is: objects go by their type, a tool's name as ``function``."""
    if is_mapping(value):
        return value.get("type")
    return "function" if name == "tool_choice" and value not in CHOICES else value


def _in_messages(request: ChatRequest) -> Iterator[str]:
    for message in request.messages:
        is_result = isinstance(message, ToolMessage)
        for part in message.content or () if not isinstance(message.content, str) else ():
            if isinstance(part, ImagePart):
                if not isinstance(message, AssistantMessage):
                    # An image that a model made earlier is nothing that this one must see.
                    yield "tool_image" if is_result else "image"
            elif isinstance(part, FilePart):
                yield "file"
                if part.url is not None and part.media_type is None:
                    yield "file_url"
            elif isinstance(part, RawPart):
                yield str(part.data.get("type"))
    last = request.messages[-1]
    if isinstance(last, AssistantMessage) and last.extra.get("prefix"):
        yield "prefix"


def _says_json(request: ChatRequest) -> bool:
    return any("json" in text.lower() for m in request.messages for text in _texts(m.content))


def _texts(content: Content | None) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for part in content or ():
        if isinstance(part, TextPart):
            yield part.text
