"""What LangChain's content blocks are as parts of unillm's messages."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.messages import BaseMessage

from unillm import FilePart, ImagePart, InvalidRequestError, RawPart, TextPart
from unillm.types.json import is_mapping

Part = TextPart | ImagePart | FilePart | RawPart

_STANDARD = {"type", "text", "id", "index", "annotations", "extras"}
"""Keys of a block of text that LangChain has given a meaning, none of it for the model."""


def content_of(message: BaseMessage) -> str | tuple[Part, ...]:
    """Return what a message says: text where that is all, else parts.

    Raises:
        InvalidRequestError: A block cannot be sent.
    """
    if isinstance(message.content, str):
        return message.content
    parts = tuple(_part(block) for block in listed(message))
    if len(parts) == 1 and isinstance(parts[0], TextPart):
        return parts[0].text
    return parts or ""


def said_by_model(message: BaseMessage) -> str | tuple[Part, ...] | None:
    """Return what an answer said, its texts joined; None: nothing.

    Calls and reasoning stand elsewhere in a message; what another provider keeps in the content
    for itself alone, such as its searches, is left out.
    """
    if isinstance(message.content, str):
        return message.content or None
    blocks = [block for block in listed(message) if block.get("type") in {"text", "image"}]
    if any(block["type"] == "image" for block in blocks):
        return tuple(_part(block) for block in blocks if block.get("text") != "")
    return "".join(str(block.get("text", "")) for block in blocks) or None


def reasoning_in(message: BaseMessage) -> str | None:
    """Return the thinking of an answer, whoever gave it; None: there is none."""
    kept: object = message.additional_kwargs.get("reasoning_content")
    if isinstance(kept, str):
        return kept
    thoughts = [_thought(block) for block in listed(message)]
    return "\n\n".join(thought for thought in thoughts if thought) or None


def _thought(block: Mapping[str, Any]) -> str:
    if block.get("type") == "reasoning":
        return str(block.get("reasoning") or "")
    value: Mapping[str, Any] = block.get("value") or {}
    return str(value.get("thinking") or "") if value.get("type") == "thinking" else ""


def listed(message: BaseMessage) -> Iterable[dict[str, Any]]:
    """Return the content in LangChain's standard blocks, whoever's form it is in."""
    return [dict(block) for block in message.content_blocks]


def _part(block: Mapping[str, Any]) -> Part:
    match block.get("type"):
        case "text":
            beside = {k: v for k, v in block.items() if k not in _STANDARD}
            text = str(block.get("text", ""))
            return RawPart({"type": "text", "text": text, **beside}) if beside else TextPart(text)
        case "image":
            return _image(block)
        case "file":
            return _file(block)
        case "audio" if "base64" in block:
            kind = str(block.get("mime_type", "audio/wav")).rpartition("/")[2]
            audio = {"data": block["base64"], "format": {"mpeg": "mp3"}.get(kind, kind)}
            return RawPart({"type": "input_audio", "input_audio": audio})
        case "text-plain" if "text" in block:
            return TextPart(str(block["text"]))
        case "non_standard":
            return RawPart(dict(block["value"]))
        case kind:
            keys = ", ".join(sorted(block))
            message = f"a content block of type {kind!r} with {keys} cannot be sent"
            raise InvalidRequestError(f"{message}; give its content as base64")


def _image(block: Mapping[str, Any]) -> Part:
    detail: Any = _extra(block, "detail")
    if "base64" in block:
        kind = block.get("mime_type")
        data = base64.b64decode(block["base64"])
        return ImagePart.from_bytes(data, kind, detail=detail)
    if "url" in block:
        return ImagePart(str(block["url"]), detail=detail)
    raise InvalidRequestError("an image needs base64 or url; a file_id stands in a block of a file")


def _file(block: Mapping[str, Any]) -> Part:
    name: Any = _extra(block, "filename")
    if "file_id" in block:
        return FilePart(file_id=block["file_id"])
    if "base64" in block:
        kind = str(block.get("mime_type", "application/pdf"))
        data = base64.b64decode(block["base64"])
        return FilePart.from_bytes(data, name or f"file.{kind.rpartition('/')[2]}", kind)
    if "url" in block:
        return FilePart(str(block["url"]), filename=name)
    raise InvalidRequestError("a file needs base64, url or file_id")


def _extra(block: Mapping[str, Any], key: str) -> Any:
    """Return what LangChain has no key for: beside the others, or in ``extras`` or ``metadata``."""
    for held in (block, block.get("extras"), block.get("metadata")):
        if is_mapping(held) and key in held:
            return held[key]
    return None
