"""What callers write as the content of a message: text, parts, dicts, images, files."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any, cast

from unillm.errors import InvalidRequestError
from unillm.types import files
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.media import bytes_of, media_type_of
from unillm.types.parts import PARTS, Content, Part, RawPart, TextPart
from unillm.types.pillow import is_picture
from unillm.types.sound import fault_of, require_sound


def content_from(given: Any, where: str) -> Content:
    """Return the content of a message.

    Raises:
        InvalidRequestError: Something in it is no content; the error says what and why.
    """
    if isinstance(given, str):
        return given
    if isinstance(given, list | tuple):
        items = cast("Iterable[Any]", given)
        return tuple(_part(item, f"{where}.content[{i}]") for i, item in enumerate(items))
    if is_item(given):
        return (_part(given, f"{where}.content"),)
    kind = type(given).__name__
    raise InvalidRequestError(f"{where}.content must be a string or a list of parts, not {kind}")


def result_from(given: Any, where: str) -> Content:
    """Return what a tool gave as content: text, an image, or a list that is plainly of parts.

    Raises:
        InvalidRequestError: It may be meant as a value, which the model would read as JSON.
    """
    if isinstance(given, str) or is_image(given) or _are_parts(given):
        return content_from(given, where)
    kind = type(given).__name__
    hint = " Did you forget await?" if inspect.isawaitable(given) else ""
    raise InvalidRequestError(
        f"{where} gives {_one(kind)} as the result of a tool; the model reads text and images: "
        f"use str(…), json.dumps(…) or ImagePart.from_path(…).{hint}"
    )


def _one(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def is_item(given: Any) -> bool:
    """Tell whether something stands in content beside text: a part, an image, a file."""
    known = isinstance(given, (*PARTS, os.PathLike)) or bytes_of(given) is not None
    return known or is_picture(given)


def _are_parts(given: Any) -> bool:
    """Tell a list of parts from a list that is the value itself.

    Texts alone, or paths alone, are a value; beside each other or a part they are content.
    """
    items = cast("Iterable[Any]", given) if isinstance(given, list | tuple) else (None,)
    found = set(map(_kind, items))
    if None in found:
        return False
    return "part" in found or found == {"dict"} or found >= {"path", "text"}


def _kind(item: Any) -> str | None:
    """Return what an item of a list may stand for in content; None: nothing."""
    if isinstance(item, PARTS) or is_image(item):
        return "part"
    if isinstance(item, str | os.PathLike):
        return "text" if isinstance(item, str) else "path"
    return "dict" if is_mapping(item) and isinstance(item.get("type"), str) else None


def is_image(item: Any) -> bool:
    """Tell an image: Pillow's, or the bytes of one."""
    data = bytes_of(item)
    return is_picture(item) if data is None else _holds_image(data)


def _holds_image(data: bytes) -> bool:
    return (media_type_of(data) or "").startswith("image/")


def _part(item: Any, where: str) -> Part:
    if isinstance(item, PARTS):
        return require_sound(item, where)
    if isinstance(item, str):
        return TextPart(item)
    if is_mapping(item):
        return _from_dict(dict(item), where)
    if not is_item(item):
        kind = type(item).__name__
        raise InvalidRequestError(
            f"{where} must be a part, text, an image, a pathlib.Path or a dict with a type, "
            f"not {kind}"
        )
    try:
        return _from_media(item)
    except InvalidRequestError as error:
        raise InvalidRequestError(f"{where}: {error}") from error


def _from_media(item: Any) -> Part:
    data = bytes_of(item)
    if data is not None:
        return ImagePart.from_bytes(data)
    if is_picture(item):
        return ImagePart.from_pil(item)
    name, data = files.read(item)
    if _holds_image(data):
        return ImagePart.from_bytes(data)
    return FilePart.from_bytes(data, name)


def _from_dict(given: dict[str, Any], where: str) -> Part:
    """Read a part as OpenAI writes it; one with fields unillm has no name for is kept as it is."""
    kind: Any = given.get("type")
    if not isinstance(kind, str) or given.keys() != {"type", kind}:
        return RawPart(given)
    inner: Any = given[kind]
    if kind == "text" and isinstance(inner, str):
        return TextPart(inner)
    if kind == "image_url" and is_mapping(inner) and _is_image_dict(inner):
        return require_sound(ImagePart(inner["url"], detail=inner.get("detail")), where)
    file = _file(inner) if kind == "file" and is_mapping(inner) else None
    return file or RawPart(given)


def _is_image_dict(image: Mapping[str, Any]) -> bool:
    detail = image.get("detail")
    named = image.keys() <= {"url", "detail"} and isinstance(image.get("url"), str)
    return named and isinstance(detail, str | None)


def _file(file: Mapping[str, Any]) -> FilePart | None:
    if not file.keys() <= {"filename", "file_data", "file_id"}:
        return None
    part = FilePart(
        file.get("file_data"), filename=file.get("filename"), file_id=file.get("file_id")
    )
    return part if fault_of(part) is None else None
