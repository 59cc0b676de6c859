"""What the messages of Chat Completions are made of."""

from __future__ import annotations

from typing import Any

from unillm.types.document import FilePart
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.parts import Content, Part, TextPart


def content_of(content: Content) -> Any:
    """Return what a message says."""
    return content if isinstance(content, str) else [_part(part) for part in content]


def _part(part: Part) -> JsonObject:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ImagePart):
        return _image(part.url, part.detail)
    return _file(part) if isinstance(part, FilePart) else _raw(part.data)


def _image(url: str, detail: Any) -> JsonObject:
    image: JsonObject = {"url": url}
    if detail is not None:
        image["detail"] = detail
    return {"type": "image_url", "image_url": image}


def _file(part: FilePart) -> JsonObject:
    if part.file_id is not None:
        return {"type": "file", "file": {"file_id": part.file_id}}
    # A URL stands in the same field at hosts that fetch it, as OpenRouter does
    # (https://openrouter.ai/docs/features/multimodal/pdfs, read 2026-11-28).
    file: JsonObject = {"file_data": part.url}
    if part.filename is not None:
        file["filename"] = part.filename
    return {"type": "file", "file": file}


def _raw(data: JsonObject) -> JsonObject:
    """Return a part as given; one in the form of the Responses API in that of this interface.

    What has no place here, such as an image by its id, stays as it is: the host says so.
    """
    kind = data.get("type")
    text, url = data.get("text"), data.get("image_url")
    if kind in ("input_text", "output_text") and isinstance(text, str):
        return {"type": "text", "text": text}
    if kind == "input_image" and isinstance(url, str):
        return _image(url, data.get("detail"))
    held = {name: data[name] for name in ("file_id", "file_data", "filename") if name in data}
    if kind == "input_file" and held and data.get("file_url") is None:
        return {"type": "file", "file": held}
    return data
