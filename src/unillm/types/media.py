"""Media types: told from the first bytes of a file, and carried in ``data:`` URLs."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

from unillm.errors import InvalidRequestError

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The images that models read everywhere.

OpenAI answers anything else with 400 ``invalid_image_format``, naming these four
(github.com/STranslate/STranslate/issues/277); DeepSeek lists the same, and looks at the bytes, not
at the media type told (api-docs.deepseek.com/guides/vision.md). Both read 2026-11-28. Servers of
one's own may take more.
"""

PDF = "application/pdf"

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
)
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "image/heif"),
}
"""The brands of an ISO container that holds pictures: ISO/IEC 23008-12, and AVIF 1.1."""

_DATA_URL = re.compile(
    r"data:([\w.+-]++/[\w.+-]++)(?:;[\w.+-]++=[^;,\s]*+)*+;base64,([A-Za-z0-9+/]++={0,2})",
    re.ASCII | re.IGNORECASE,
)
_BYTES: tuple[type[Any], ...] = (bytes, bytearray, memoryview)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def media_type_of(data: bytes) -> str | None:
    """Return the media type that the first bytes of a picture or a PDF tell; None: another's."""
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        # Two letters may begin any text; in a bitmap the four bytes behind its size are zero.
        return "image/bmp"
    return None


def bytes_of(given: Any) -> bytes | None:
    """Return what holds bytes as bytes; None: it is something else."""
    return bytes(given) if isinstance(given, _BYTES) else None


def given_bytes(given: Any, who: str) -> bytes:
    """Return what a caller gave as bytes.

    Raises:
        InvalidRequestError: These are no bytes, or there are none.
    """
    found = bytes_of(given)
    if found is None:
        kind = type(given).__name__
        message = f"{who} takes bytes and a media type, not {kind}; for a file use from_path"
        raise InvalidRequestError(message)
    if not found:
        raise InvalidRequestError(f"{who} was given no bytes: b''")
    return found


def is_media_type(given: object) -> bool:
    """Tell whether something is written like a media type, without parameters."""
    return isinstance(given, str) and _MEDIA_TYPE.fullmatch(given) is not None


def data_url(data: bytes, media_type: str) -> str:
    """Return the URL that holds some bytes."""
    return f"data:{media_type};base64,{b64encode(data).decode('ascii')}"


def media_type_in(url: str) -> str | None:
    """Return the media type of a ``data:`` URL; None: it is not one, or its base64 is broken."""
    found = _DATA_URL.fullmatch(url)
    if found is None or len(found[2]) % 4:
        return None
    return found[1].lower()


def bytes_in(url: str) -> bytes | None:
    """Return the bytes of a ``data:`` URL; None: it is not one, or its base64 is broken."""
    return None if media_type_in(url) is None else b64decode(url[url.index(",") + 1 :])
