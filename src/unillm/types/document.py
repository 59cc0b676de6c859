"""The part of a message's content that is a document."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, Literal

from unillm.errors import InvalidRequestError
from unillm.types import files
from unillm.types.brief import shown
from unillm.types.dataclass import dataclass
from unillm.types.files import FilePath
from unillm.types.json import JsonRoundTrip
from unillm.types.media import (
    PDF,
    bytes_in,
    data_url,
    given_bytes,
    is_media_type,
    media_type_in,
    media_type_of,
)


@dataclass(frozen=True, slots=True, repr=False)
class FilePart(JsonRoundTrip):
    """A document, such as a PDF: in what a user says, or in the result of a tool.

    One of ``url`` and ``file_id`` is given.

    Attributes:
        url: A ``data:`` URL with the document itself, or, over the Responses API alone, an
            ``https:`` URL.
        filename: Its name; with a ``data:`` URL OpenAI shows it to the model.
        file_id: The provider's id of a file uploaded before.
    """

    url: str | None = None
    _: KW_ONLY
    filename: str | None = None
    file_id: str | None = None
    type: Literal["file"] = "file"

    @classmethod
    def from_bytes(cls, data: bytes, filename: str, media_type: str | None = None) -> FilePart:
        """Make a part from what a document holds.

        Args:
            data: Its bytes.
            filename: Its name, such as ``report.pdf``.
            media_type: What it is. None: what its beginning or the end of its name says.

        Raises:
            InvalidRequestError: These are no bytes and name, or nothing says what it is.
        """
        found = given_bytes(data, "FilePart.from_bytes")
        name: Any = filename
        if not isinstance(name, str) or not name:
            raise InvalidRequestError("FilePart.from_bytes needs the file's name, like report.pdf")
        if media_type is None:
            media_type = _document_type(found, name)
        elif not is_media_type(media_type):
            message = f"a media type is written like application/pdf, not {media_type!r}"
            raise InvalidRequestError(message)
        return cls(data_url(found, media_type), filename=name)

    @classmethod
    def from_path(cls, path: FilePath, media_type: str | None = None) -> FilePart:
        """Make a part from a document, which is read now.

        Args:
            path: Where it is.
            media_type: As for `from_bytes`.

        Raises:
            InvalidRequestError: It cannot be read, or nothing says what it is.
        """
        name, data = files.read(path)
        return cls.from_bytes(data, name, media_type)

    @property
    def media_type(self) -> str | None:
        """Return the media type of the document in a ``data:`` URL; None: it is elsewhere."""
        return None if self.url is None else media_type_in(self.url)

    @property
    def data(self) -> bytes | None:
        """Return the document in a ``data:`` URL; None: it is elsewhere."""
        return None if self.url is None else bytes_in(self.url)

    def __repr__(self) -> str:
        """Show the name and where it is, cut."""
        where = f"file_id={self.file_id!r}" if self.url is None else shown(self.url)
        named = f", filename={self.filename!r}" if self.filename else ""
        return f"FilePart({where}{named})"


_DOCUMENTS = {
    "pdf": PDF,
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "xml": "application/xml",
    "rtf": "application/rtf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types by the end of a name, as registered with IANA: the same on every machine and Python,
which those of `mimetypes` are not."""


def _document_type(data: bytes, name: str) -> str:
    held = media_type_of(data)
    if held == PDF:
        return PDF
    _, dot, ending = name.rpartition(".")
    found = _DOCUMENTS.get(ending.lower()) if dot else None
    if found is None:
        message = f"nothing says what {name!r} is: use FilePart and give its media_type"
        if held is not None:
            message = f"{name!r} is an image ({held}): use ImagePart, or give its media_type"
        raise InvalidRequestError(message)
    return found
