"""Images that a model made."""

from __future__ import annotations

from base64 import b64decode

from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.media import media_type_of

_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml"}
"""Media types that are not ``image/`` and the word of the API, which is one of png, webp, jpeg, gif
and svg (openai-python 3.57.0, types/responses/response_output_item.py, read 2026-11-28)."""

_SEEN = 64
"""Characters of base64, a multiple of four, in which every signature stands."""


def image_in(item: JsonObject) -> ImagePart | None:
    """Return the image of an ``image_generation_call``, or None if there is none."""
    data = item.get("result")
    if not isinstance(data, str) or not data:
        return None
    said = item.get("output_format")
    if isinstance(said, str) and said.isalnum():
        kind = _TYPES.get(said, f"image/{said}")
    else:
        kind = media_type_of(_begin(data)) or "image/png"
    return ImagePart(f"data:{kind};base64,{data}")


def _begin(data: str) -> bytes:
    try:
        return b64decode(data[:_SEEN])
    except ValueError:
        return b""
