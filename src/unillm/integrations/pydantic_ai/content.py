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
    if item.is_image:
        detail = _detail(item.vendor_metadata)
        return ImagePart.from_bytes(item.data, item.media_type, detail=detail)
    if item.is_audio:
        audio = {"data": b64encode(item.data).decode("ascii"), "format": item.format}
        return RawPart({"type": "input_audio", "input_audio": audio})
    if item.is_video:
        raise UserError("UnillmModel cannot send video: the interfaces it speaks have no part")
    return FilePart.from_bytes(item.data, f"{item.identifier}.{item.format}", item.media_type)


async def _address(item: theirs.ImageUrl | theirs.DocumentUrl) -> str:
    """Return where a file is, or the file itself if it is to be fetched here."""
    if not item.force_download:
        return item.url
    return (await download_item(item, data_format="base64_uri", type_format="mime"))["data"]


def _detail(metadata: dict[str, Any] | None) -> str | None:
    return (metadata or {}).get("detail")
