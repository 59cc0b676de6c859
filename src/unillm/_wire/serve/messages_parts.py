"""Blocks of Anthropic's Messages as parts of a message.

Blocks: anthropic-sdk-python 2.14.0, types/content_block_param.py and what it names (read
2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm._wire.spoken import BETWEEN
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.parts import Content, Part, TextPart
from unillm.types.sound import require_sound

_NAME = "document.pdf"
"""What a document without a title is called: OpenAI wants a name."""


def blocks_in(content: Any, where: str) -> list[tuple[JsonObject, str, str]]:
    """Return the blocks of content, each with its type and the place where it stands.

    Raises:
        InvalidRequestError: It is neither a text nor a list of objects that have a type.
    """
    if isinstance(content, str):
        return [({"type": "text", "text": content}, "text", where)]
    if not is_list(content):
        raise InvalidRequestError(
            f"{where} must be a text or a list of blocks, not {type(content).__name__}"
        )
    found: list[tuple[JsonObject, str, str]] = []
    for at, block in enumerate(content):
        kind: Any = block.get("type") if is_object(block) else None
        if not is_object(block) or not isinstance(kind, str):
            raise InvalidRequestError(f"{where}[{at}] must be an object with a type")
        found.append((block, kind, f"{where}[{at}]"))
    return found


def parts_in(block: JsonObject, kind: str, where: str) -> Iterator[Part]:
    """Give the parts that a block is made of; an empty text is none.

    Raises:
        InvalidRequestError: It is not what the protocol has there.
        UnsupportedFeatureError: It holds what only Anthropic can read.
    """
    if kind == "text":
        text = text_in(block, "text", where)
        if text:
            yield TextPart(text)
    elif kind == "image":
        yield _image(_source(block, where), f"{where}.source")
    elif kind == "document":
        yield from _document(block, where)
    elif kind == "search_result":
        yield from _found(block, where)
    elif kind == "tool_reference":
        # Nothing is held back here until it is looked for: what it names is offered already.
        yield TextPart(f"The tool {text_in(block, 'tool_name', where)} is there.")
    else:
        raise UnsupportedFeatureError(f"{where} is of type {kind!r}, which is not served here")


def content_of(parts: list[Part], *, joined: bool = False) -> Content:
    """Return parts as the content of a message: of one text alone, that text.

    Args:
        parts: The parts.
        joined: Whether several texts are one, for messages in which many hosts take a text alone.
    """
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    if len(texts) == len(parts) and (joined or len(texts) <= 1):
        return BETWEEN.join(texts)
    return tuple(parts)


def text_in(block: JsonObject, name: str, where: str) -> str:
    """Return a text that a block must have.

    Raises:
        InvalidRequestError: It has none.
    """
    text = block.get(name)
    if not isinstance(text, str):
        raise InvalidRequestError(f"{where}.{name} must be a text, not {type(text).__name__}")
    return text


def _source(block: JsonObject, where: str) -> JsonObject:
    source = block.get("source")
    if not is_object(source):
        raise InvalidRequestError(f"{where}.source must be an object")
    return source


def _image(source: JsonObject, where: str) -> Part:
    if source.get("type") == "base64":
        return require_sound(ImagePart(_data_url(source, where)), where)
    if source.get("type") == "url":
        return require_sound(ImagePart(text_in(source, "url", where)), where)
    raise _elsewhere(source, where, "the image")


def _document(block: JsonObject, where: str) -> Iterator[Part]:
    source, place = _source(block, where), f"{where}.source"
    said = {name: text_in(block, name, where) for name in ("title", "context") if block.get(name)}
    kind, name = str(source.get("type")), said.get("title") or _NAME
    if kind in {"text", "content"}:
        yield from (TextPart(text) for text in said.values())
    if kind == "text":
        yield TextPart(text_in(source, "data", place))
    elif kind == "content":
        for inner, its_kind, its_place in blocks_in(source.get("content"), f"{place}.content"):
            yield from parts_in(inner, its_kind, its_place)
    elif kind == "base64":
        yield require_sound(FilePart(_data_url(source, place), filename=name), place)
    elif kind == "url":
        url = text_in(source, "url", place)
        yield require_sound(FilePart(url, filename=said.get("title")), place)
    else:
        raise _elsewhere(source, place, "the document")


def _found(block: JsonObject, where: str) -> Iterator[Part]:
    """Give what a search found: its title and its source, then what it says."""
    head = (text_in(block, name, where) for name in ("title", "source"))
    yield TextPart("\n".join(head))
    for inner, kind, place in blocks_in(block.get("content"), f"{where}.content"):
        yield from parts_in(inner, kind, place)


def _data_url(source: JsonObject, where: str) -> str:
    media_type, data = (text_in(source, name, where) for name in ("media_type", "data"))
    return f"data:{media_type};base64,{data}"


def _elsewhere(source: JsonObject, where: str, what: str) -> InvalidRequestError:
    """Return the error of what is not in the request."""
    kind = source.get("type")
    if kind == "file":
        return UnsupportedFeatureError(
            f"{where} is a file at Anthropic, which nobody else can read: send {what} itself"
        )
    return InvalidRequestError(f"{where}.type {kind!r} is not known: send {what} as base64")
