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
            return _audio(block)
        case "text-plain" if "text" in block or "base64" in block:
            return TextPart(_text(block))
        case "non_standard":
            return RawPart(dict(block["value"]))
        case kind:
            raise _unsendable(kind, block)


def _unsendable(kind: object, block: Mapping[str, Any]) -> InvalidRequestError:
    keys = ", ".join(sorted(block))
    message = f"a content block of type {kind!r} with {keys} cannot be sent"
    helps = kind in {"audio", "text-plain"}
    return InvalidRequestError(f"{message}; give its content as base64" if helps else message)


def _image(block: Mapping[str, Any]) -> Part:
    detail: Any = _extra(block, "detail")
    if "base64" in block:
        data, kind = _data(block)
        return ImagePart.from_bytes(data, kind, detail=detail)
    if "url" in block:
        return ImagePart(str(block["url"]), detail=detail)
    raise InvalidRequestError("an image needs base64 or url; a file_id stands in a block of a file")


def _file(block: Mapping[str, Any]) -> Part:
    name: Any = _extra(block, "filename")
    if "file_id" in block:
        return FilePart(file_id=block["file_id"])
    if "base64" in block:
        data, said = _data(block)
        kind = said or "application/pdf"
        return FilePart.from_bytes(data, name or f"file.{kind.rpartition('/')[2]}", kind)
    if "url" in block:
        return FilePart(str(block["url"]), filename=name)
    raise InvalidRequestError("a file needs base64, url or file_id")


_AUDIO = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}
"""What OpenAI calls kinds of audio that have other names as media types."""


def _audio(block: Mapping[str, Any]) -> Part:
    data, said = _data(block)
    kind = (said or "audio/wav").rpartition("/")[2]
    audio = {"data": base64.b64encode(data).decode(), "format": _AUDIO.get(kind, kind)}
    return RawPart({"type": "input_audio", "input_audio": audio})


def _text(block: Mapping[str, Any]) -> str:
    if "text" in block:
        return str(block["text"])
    try:
        return _data(block)[0].decode()
    except UnicodeDecodeError as error:
        raise InvalidRequestError("a block of type 'text-plain' is no text in UTF-8") from error


def _data(block: Mapping[str, Any]) -> tuple[bytes, str | None]:
    """Return what a block holds, and its media type; a data URL may stand where base64 should.

    Raises:
        InvalidRequestError: It is no base64.
    """
    said, kind = block["base64"], block.get("mime_type")
    text = said if isinstance(said, str) else ""
    head, comma, rest = text.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        kind = kind or head.removeprefix("data:").partition(";")[0]
        text = rest
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        message = f"base64 of a block of type {block.get('type')!r} cannot be read: {error}"
        raise InvalidRequestError(message) from error
    if not data:
        raise InvalidRequestError(f"a block of type {block.get('type')!r} has no content in base64")
    return data, str(kind) if kind else None


def _extra(block: Mapping[str, Any], key: str) -> Any:
    """Return what LangChain has no key for: beside the others, or in ``extras`` or ``metadata``."""
    for held in (block, block.get("extras"), block.get("metadata")):
        if is_mapping(held) and key in held:
            return held[key]
    return None
