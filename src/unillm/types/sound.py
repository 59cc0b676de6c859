"""Parts looked at before they are sent: by hand, anything may be put into one."""

from __future__ import annotations

import re
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.types.brief import brief
from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.media import media_type_in
from unillm.types.parts import Part, TextPart

_WEB_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)


def require_sound(part: Part, where: str) -> Part:
    """Return a part.

    Raises:
        InvalidRequestError: It cannot be sent; the error says why and what to do.
    """
    fault = fault_of(part)
    if fault is not None:
        raise InvalidRequestError(f"{where} {fault}")
    return part


def fault_of(part: Part) -> str | None:
    """Return what is wrong with a part; None: nothing."""
    if isinstance(part, TextPart):
        return _not_text("text", part.text)
    if isinstance(part, ImagePart):
        return _image(part.url) or _detail(part.detail)
    if isinstance(part, FilePart):
        return _file(part)
    return None if is_mapping(part.data) else _wrong("data", "a dict", part.data)


_DETAILS = ("auto", "low", "high", "original")
"""openai 3.57.0, types/chat/chat_completion_content_part_image_param.py (read 2026-11-28)."""


def _detail(detail: Any) -> str | None:
    if detail is None or detail in _DETAILS:
        return None
    return f"{_wrong('detail', 'auto, low, high or original', detail)}; another word: RawPart"


def _image(url: Any) -> str | None:
    hint = "for a file use ImagePart.from_path(…), for bytes ImagePart.from_bytes(…)"
    fault = _url(url, hint)
    if fault is not None:
        return fault
    media_type = media_type_in(url)
    if media_type is None or media_type.startswith("image/"):
        return None
    return f"is an ImagePart, but its data: URL holds {media_type}: use FilePart, or RawPart"


def _file(part: FilePart) -> str | None:
    for name, value in (("filename", part.filename), ("file_id", part.file_id)):
        if value is not None and (fault := _not_text(name, value)):
            return fault
    if (part.url is None) is (part.file_id is None):
        return "is a FilePart, which needs a url or a file_id, one of them"
    hint = "for a file use FilePart.from_path(…), for bytes FilePart.from_bytes(…)"
    return None if part.url is None else _url(part.url, hint)


def _url(url: Any, hint: str) -> str | None:
    if not isinstance(url, str):
        return f"needs an https: or data: URL, not {type(url).__name__}; {hint}"
    if _WEB_URL.fullmatch(url) or media_type_in(url):
        return None
    if url[:5].lower() == "data:":
        return f"has a data: URL that is not data:<type>;base64,<sound base64>; {hint}"
    return (
        f"needs an https: or data: URL, not {brief(url)!r}; {hint}. "
        "Where a host understands another URL, send its own part as RawPart"
    )


def _not_text(name: str, value: Any) -> str | None:
    return None if isinstance(value, str) else _wrong(name, "a string", value)


def _wrong(name: str, expected: str, value: Any) -> str:
    return f"has {name}={brief(repr(value))}, which must be {expected}"
