"""Images of the imaging library Pillow, known by what they can do: unillm does not import it."""

from __future__ import annotations

from difflib import get_close_matches
from io import BytesIO
from typing import Any, Protocol, TypeGuard, cast

from unillm.errors import InvalidRequestError


class Picture(Protocol):
    """What is needed of a ``PIL.Image.Image``."""

    @property
    def format(self) -> str | None:
        """Return the format of the file it came from, if any."""

    def save(self, fp: Any, **params: Any) -> None:
        """Write it into a file; among the parameters is its ``format``."""


def is_picture(given: Any) -> TypeGuard[Picture]:
    """Tell whether something is an image of Pillow, or does as one."""
    kind = cast("Any", type(given))
    named = callable(getattr(kind, "save", None)) and hasattr(kind, "format")
    return named and not callable(kind.format)


_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""What models read everywhere, as Pillow calls it."""


def _require_known(chosen: Any) -> None:
    if isinstance(chosen, str) and chosen.upper() in _FORMATS:
        return
    close = get_close_matches(chosen.upper(), _FORMATS, n=1) if isinstance(chosen, str) else []
    hint = f" Did you mean {close[0]}?" if close else ""
    known = ", ".join(_FORMATS)
    message = f"an image for a model cannot be written as {chosen}: formats are {known}.{hint}"
    raise InvalidRequestError(message)


def encoded(picture: Picture, format: str | None) -> bytes:  # noqa: A002  (Pillow's own name)
    """Return an image as the bytes of a file.

    Args:
        picture: The image.
        format: As Pillow calls it. None: JPEG, in the quality it has, if it came from one; else
            PNG, which loses nothing.

    Raises:
        InvalidRequestError: It cannot be written so.
    """
    kept = format is None and picture.format == "JPEG"
    chosen = "JPEG" if kept else format or "PNG"
    _require_known(chosen)
    file = BytesIO()
    try:
        picture.save(file, format=chosen, **({"quality": "keep"} if kept else {}))
    except Exception as error:
        mode = getattr(picture, "mode", "unknown")
        raise InvalidRequestError(
            f"the image, of mode {mode}, cannot be written as {chosen}: {error}. "
            "Convert it first, image.convert('RGB'), or give another format"
        ) from error
    return file.getvalue()
