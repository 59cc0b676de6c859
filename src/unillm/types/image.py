"""The part of a message's content that is an image."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, Literal

from unillm.errors import InvalidRequestError
from unillm.types import files
from unillm.types.brief import brief, shown
from unillm.types.dataclass import dataclass
from unillm.types.files import FilePath
from unillm.types.json import JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.media import (
    IMAGES,
    PDF,
    bytes_in,
    data_url,
    given_bytes,
    is_media_type,
    media_type_in,
    media_type_of,
)
from unillm.types.pillow import Picture, encoded, is_picture


@dataclass(frozen=True, slots=True, repr=False)
class ImagePart(Looks, JsonRoundTrip):
    """An image: in what a user says, in the result of a tool, or one that the model made.

    Attributes:
        url: An ``https:`` URL, or a ``data:`` URL with the image itself.
        detail: How closely the model should look: ``low``, ``high``, ``original`` or ``auto``.
    """

    url: str
    _: KW_ONLY
    detail: str | None = None
    type: Literal["image"] = "image"

    @classmethod
    def from_bytes(
        cls, data: bytes, media_type: str | None = None, *, detail: str | None = None
    ) -> ImagePart:
        """Make a part from what an image file holds.

        Args:
            data: The bytes of a PNG, JPEG, GIF or WebP file.
            media_type: What they are, ``image/png`` for example. None: what their beginning says.
                With it any other image is taken too: whether the model reads it is up to its host.
            detail: How closely the model should look.

        Raises:
            InvalidRequestError: They are none of these, and no media type says what they are.
        """
        found = given_bytes(data, "ImagePart.from_bytes")
        if media_type is None:
            media_type = _image_type(found)
        elif not is_media_type(media_type) or not media_type.startswith("image/"):
            message = (
                "ImagePart.from_bytes takes bytes and a media type such as image/png, "
                f"not {media_type!r}"
            )
            raise InvalidRequestError(message)
        return cls(data_url(found, media_type), detail=detail)

    @classmethod
    def from_path(
        cls, path: FilePath, media_type: str | None = None, *, detail: str | None = None
    ) -> ImagePart:
        """Make a part from an image file, which is read now.

        Args:
            path: Where it is.
            media_type: As for `from_bytes`.
            detail: How closely the model should look.

        Raises:
            InvalidRequestError: It cannot be read, or is no image as for `from_bytes`.
        """
        name, data = files.read(path)
        try:
            return cls.from_bytes(data, media_type, detail=detail)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"{name}: {error}") from error

    @classmethod
    def from_pil(
        cls,
        image: Picture,
        format: str | None = None,  # noqa: A002  (Pillow's own name)
        *,
        detail: str | None = None,
    ) -> ImagePart:
        """Make a part from an image of Pillow, as it is now; of several frames, the one shown.

        Args:
            image: A ``PIL.Image.Image``.
            format: What to write it as: ``PNG``, ``JPEG``, ``WEBP`` or ``GIF``. None: JPEG, in
                the quality it has, if it was opened from one; else PNG, which loses nothing.
            detail: How closely the model should look.

        Raises:
            InvalidRequestError: It is no such image, or cannot be written so.
        """
        given: Any = image
        if not is_picture(given):
            kind = type(given).__name__
            raise InvalidRequestError(f"ImagePart.from_pil takes an image of Pillow, not {kind}")
        return cls.from_bytes(encoded(given, format), detail=detail)

    @property
    def media_type(self) -> str | None:
        """Return the media type of the image in a ``data:`` URL; None: it is elsewhere."""
        return media_type_in(self.url)

    @property
    def data(self) -> bytes | None:
        """Return the image in a ``data:`` URL; None: it is elsewhere."""
        return bytes_in(self.url)

    def save(self, path: FilePath) -> None:
        """Write the image into a file.

        Raises:
            InvalidRequestError: It is not here, but at its URL.
            OSError: The file cannot be written.
        """
        data = self.data
        if data is None:
            raise InvalidRequestError(f"the image is not here: fetch it from {brief(self.url)}")
        files.write(path, data)

    def __repr__(self) -> str:
        """Show the URL, cut: a data URL can be megabytes long."""
        return f"ImagePart({shown(self.url)})"

    def _repr_markdown_(self) -> str:
        from unillm.types.display import image

        return image(self.url)


def _image_type(data: bytes) -> str:
    found = media_type_of(data)
    if found in IMAGES:
        return found
    if found == PDF:
        raise InvalidRequestError("these bytes are a PDF: use FilePart")
    if found is None:
        said = "these bytes are no image of a known kind: give its media_type, or"
    else:
        said = f"these bytes are {found}, which not every model reads: give it as media_type, or"
    raise InvalidRequestError(f"{said} make it PNG or JPEG, for example with ImagePart.from_pil")
