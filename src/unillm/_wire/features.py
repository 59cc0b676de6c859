"""What a request asks for, by the names that `Limit` knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm._wire.effort import stated
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.messages import AssistantMessage, ToolMessage
from unillm.types.parts import Content, Part, RawPart, TextPart
from unillm.types.request import ChatRequest
from unillm.types.tools import CHOICES

_RAW_KINDS = {
    "image_url": "image",
    "input_image": "image",
    "file": "file",
    "input_file": "file",
    "input_audio": "audio",
    "audio_url": "audio",
    "video_url": "video",
}
"""What parts that are sent as given hold, by their type on the wire."""


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
    _add_parts(request, found)
    if "response_format=json_object" in found and not _says_json(request):
        found["json_word"] = True
    return found


def kind_of(part: Part) -> str | None:
    """Return what a part holds that is not text: ``image``, ``file``, ``audio``, ``video``."""
    if isinstance(part, ImagePart):
        return "image"
    if isinstance(part, FilePart):
        return "file"
    return _RAW_KINDS.get(str(part.data.get("type"))) if isinstance(part, RawPart) else None


def reasons(request: ChatRequest, default: str | None) -> bool | None:
    """Tell whether the model will reason: as asked for, else by its default; None: not known."""
    said = stated(request.extra_body)
    if said is not None:
        return said
    effort: str | None = request.settings.get("reasoning_effort", default)
    return None if effort is None else effort != "none"


def _kind(name: str, value: Any) -> Any:
    """Return what kind of value it is: objects go by their type, a tool's name as ``function``."""
    if is_mapping(value):
        return value.get("type")
    return "function" if name == "tool_choice" and value not in CHOICES else value


def _add_parts(request: ChatRequest, found: dict[str, Any]) -> None:
    for message in request.messages:
        content = message.content
        if content is None or isinstance(content, str):
            continue
        is_result = isinstance(message, ToolMessage)
        for part in content:
            kind = kind_of(part)
            if kind is None:
                if isinstance(part, RawPart):
                    found[str(part.data.get("type"))] = True
            elif isinstance(message, AssistantMessage):
                # What a model made earlier is nothing that this one must see.
                found[f"made_{kind}"] = True
            else:
                found[f"tool_{kind}" if is_result else kind] = True
            if isinstance(part, FilePart) and part.url is not None and part.media_type is None:
                found["file_url"] = True
    last = request.messages[-1]
    if isinstance(last, AssistantMessage) and last.extra.get("prefix"):
        found["prefix"] = True


def _says_json(request: ChatRequest) -> bool:
    return any("json" in text.lower() for m in request.messages for text in _texts(m.content))


def _texts(content: Content | None) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for part in content or ():
        if isinstance(part, TextPart):
            yield part.text
