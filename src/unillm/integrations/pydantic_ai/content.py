"""What users say to pydantic-ai, as content of a message."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from pydantic_ai import messages as theirs
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import download_item

from unillm import FilePart, ImagePart, RawPart, TextPart
from unillm.types.parts import Content, Part

_TEXTS = frozenset(
    f"application/{kind}" for kind in ("json", "xml", "yaml", "x-yaml", "toml")
)  # beside text/*, and what ends in +json or +xml


async def content_of(given: str | Sequence[theirs.UserContent]) -> Content:
    """Return the content.

    Raises:
        UserError: There is something that OpenAI's interfaces have no part for.
    """
    if isinstance(given, str):
        return given
    parts = [await _part(item) for item in given if not isinstance(item, theirs.CachePoint)]
    return tuple(parts)


async def _part(item: theirs.UserContent) -> Part:
    match item:
        case str():
            return TextPart(item)
        case theirs.TextContent():
            return TextPart(item.content)
        case theirs.ImageUrl():
            return ImagePart(await _address(item), detail=_detail(item.vendor_metadata))
        case theirs.DocumentUrl():
            return FilePart(await _address(item), filename=item.identifier)
        case theirs.BinaryContent():
            return _binary(item)
        case theirs.UploadedFile():
            return FilePart(file_id=item.file_id)
        case _:
            kind = type(item).__name__
            raise UserError(f"UnillmModel cannot send {kind}: download it into BinaryContent")


def _binary(item: theirs.BinaryContent) -> Part:
    if _is_text(item.media_type):
        return TextPart(_inlined(item))
    if item.is_image:
        detail = _detail(item.vendor_metadata)
        return ImagePart.from_bytes(item.data, item.media_type, detail=detail)
    if item.is_audio:
        audio = {"data": b64encode(item.data).decode("ascii"), "format": _format(item)}
        return RawPart({"type": "input_audio", "input_audio": audio})
    if item.is_video:
        raise UserError("UnillmModel cannot send video: the interfaces it speaks have no part")
    return FilePart.from_bytes(item.data, f"{item.identifier}.{_format(item)}", item.media_type)


def _is_text(media_type: str) -> bool:
    """Tell whether pydantic-ai's own models of OpenAI would write a file into the prompt."""
    kind = media_type.partition(";")[0].strip()
    return kind.startswith("text/") or kind.endswith(("+json", "+xml")) or kind in _TEXTS


def _inlined(item: theirs.BinaryContent) -> str:
    """Return a file as pydantic-ai's own models write it into the prompt."""
    try:
        text = item.data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"BinaryContent of {item.media_type} must be UTF-8 to be sent as text: {error}"
        ) from error
    return (
        f'-----BEGIN FILE id="{item.identifier}" type="{item.media_type}"-----\n{text}\n'
        f'-----END FILE id="{item.identifier}"-----'
    )


def _format(item: theirs.BinaryContent) -> str:
    try:
        return item.format
    except ValueError as error:
        raise UserError(
            f"UnillmModel cannot send BinaryContent of {item.media_type}: no kind of file is known "
            "by that media type"
        ) from error


async def _address(item: theirs.ImageUrl | theirs.DocumentUrl) -> str:
    """Return where a file is, or the file itself if it is to be fetched here."""
    if not item.force_download:
        return item.url
    return (await download_item(item, data_format="base64_uri", type_format="mime"))["data"]


def _detail(metadata: dict[str, Any] | None) -> str | None:
    return (metadata or {}).get("detail")
