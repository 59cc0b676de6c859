"""Images that a model made."""

from __future__ import annotations

from unillm.types.image import ImagePart
from unillm.types.json import JsonObject

_TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml"}
"""Media types that are not ``image/`` and the word of the API, which is one of png, webp, jpeg, gif
and svg (openai-python 3.57.0, types/responses/response_output_item.py, read 2026-11-28)."""

_BEGINNINGS = {"iVBOR": "png", "/9j/": "jpeg", "UklGR": "webp", "R0lGOD": "gif"}
"""How files of a kind begin, in base64."""


def image_in(item: JsonObject) -> ImagePart | None:
    """Return the image of an ``image_generation_call``, or None if there is none."""
    data = item.get("result")
    if not isinstance(data, str) or not data:
        return None
    said = item.get("output_format")
    found = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), "png")
    kind = said if isinstance(said, str) and said.isalnum() else found
    return ImagePart(f"data:{_TYPES.get(kind, f'image/{kind}')};base64,{data}")
