"""From what a tool gave to what the model reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from pydantic_core import PydanticSerializationError, to_json

from unillm.errors import InvalidRequestError
from unillm.types.content import content_from, is_image
from unillm.types.parts import PARTS, Content


def content_of(value: Any) -> Content:
    """Return the result of a tool as content.

    Text is itself. Images (their bytes, Pillow's, parts) and lists with one among them are parts.
    All else is JSON as pydantic writes it: models, dataclasses, dates, enums, sets; None is
    ``null``. A list of dicts is data, whatever their keys are.

    Raises:
        InvalidRequestError: It is none of these.
    """
    if isinstance(value, str):
        return sendable(str.__str__(value))  # of an enum's member, its value
    items = cast("Iterable[Any]", value) if isinstance(value, list | tuple) else (value,)
    if any(map(_is_part, items)):
        parts = [item if _is_part(item) else content_of(item) for item in items]
        return content_from(parts, "the result")
    return _json(value)


def _json(value: Any) -> str:
    try:
        return to_json(value, fallback=_listed).decode()
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        why = str(error).removeprefix("Error serializing to JSON: ").removeprefix("TypeError: ")
        raise InvalidRequestError(
            f"a result of type {type(value).__name__} cannot be written as JSON ({why}): return "
            "text, what JSON has, a pydantic model, a dataclass, or an image"
        ) from error


def _is_part(item: Any) -> bool:
    return isinstance(item, PARTS) or is_image(item)


def sendable(text: str) -> str:
    """Return a text without halves of characters, which no JSON may hold, such as of file names."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _listed(value: Any) -> Any:
    """Return the plain value of an array or a number of numpy's and its like."""
    to_list = getattr(value, "tolist", None)
    if callable(to_list):
        return to_list()
    message = f"{type(value).__name__} is no JSON type"
    raise TypeError(message)
