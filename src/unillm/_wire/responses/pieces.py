"""What the input items of the Responses API are made of."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from unillm._wire.written import arguments_of
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, is_mapping
from unillm.types.parts import Content, Part, TextPart
from unillm.types.tools import CUSTOM_INPUT, ToolCall

_LONGEST_ID = 64
"""Characters of a call's id: "string too long. Expected a string with maximum length 64"
(decolua/9router#393, fawney19/Aether#829, read 2026-11-28)."""


def content_of(content: Content) -> Any:
    """Return what a user or a system message says."""
    return content if isinstance(content, str) else parts_of(content)


def parts_of(parts: Iterable[Part]) -> list[JsonObject]:
    """Return the parts of an input message, or of the result of a tool."""
    return [_part(part) for part in parts]


def said_item(
    text: str, *, phase: str | None = None, extra: JsonObject | None = None
) -> JsonObject:
    """Return what the assistant said, as an item without an id.

    Parts of type ``output_text`` and ``refusal`` belong to items that the API gave an id; a
    message of someone else has none (easy_input_message_param.py of the same package).
    """
    item: JsonObject = {"role": "assistant", "content": text}
    if phase is not None:
        item["phase"] = phase
    return {**item, **(extra or {})}


def call_item(call: ToolCall, custom: frozenset[str] = frozenset()) -> JsonObject:
    """Return a call as an item without an id of its own.

    Args:
        call: The call.
        custom: The names of tools that are given plain text.
    """
    plain = call.arguments.get(CUSTOM_INPUT) if call.name in custom else None
    if isinstance(plain, str):
        kind, call_id = "custom_tool_call", wire_id(call.id)
        return {"type": kind, "call_id": call_id, "name": call.name, "input": plain}
    return {
        "type": "function_call",
        "call_id": wire_id(call.id),
        "name": call.name,
        "arguments": arguments_of(call),
    }


def wire_id(call_id: str) -> str:
    """Return a call's id, or for one that is too long what stands for it everywhere."""
    if len(call_id) <= _LONGEST_ID:
        return call_id
    return f"call_{blake2b(call_id.encode('utf-8', 'replace'), digest_size=24).hexdigest()}"


def _part(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"type": "input_text", "text": part.text}
    if isinstance(part, ImagePart):
        detail = "auto" if part.detail is None else part.detail
        return {"type": "input_image", "image_url": part.url, "detail": detail}
    return _file(part) if isinstance(part, FilePart) else _raw(part.data)


def _file(part: FilePart) -> JsonObject:
    file: JsonObject = {"type": "input_file"}
    if part.file_id is not None:
        file["file_id"] = part.file_id
    elif part.url is not None:
        file["file_data" if part.url[:5].lower() == "data:" else "file_url"] = part.url
        # A name beside an id or a URL is refused (langchainjs#9887, read 2026-11-28).
    if part.filename is not None and "file_data" in file:
        file["filename"] = part.filename
    return file


def _raw(data: JsonObject) -> JsonObject:
    """Return a part as given; one in the form of Chat Completions in that of this API.

    Of that goes what has a place here: what a text or an image says, and not how some host is to
    keep it. Parts in the form of this API go with all that is in them.
    """
    kind = data.get("type")
    inner: Any = data.get(kind) if isinstance(kind, str) else None
    if kind == "file" and is_mapping(inner):
        return {"type": "input_file", **inner}
    if kind == "text" and isinstance(inner, str):
        return {"type": "input_text", "text": inner}
    image: Any = inner if is_mapping(inner) else {"url": inner}
    if kind == "image_url" and isinstance(image.get("url"), str):
        detail = image.get("detail") or "auto"
        return {"type": "input_image", "image_url": image["url"], "detail": detail}
    return data
