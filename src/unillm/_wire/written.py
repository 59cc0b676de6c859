"""JSON as it is sent."""

from __future__ import annotations

import math
from typing import Any, cast

from pydantic_core import PydanticSerializationError, to_json

from unillm.errors import InvalidRequestError
from unillm.types.json import JsonObject, is_mapping
from unillm.types.tools import ToolCall


def written(body: JsonObject, *place: str | int) -> bytes:
    """Return the bytes of a JSON object.

    Args:
        body: The object.
        place: Where in the body of a request it stands.

    Raises:
        InvalidRequestError: Something in it cannot be written as JSON.
    """
    text = written_texts(body)
    if b"NaN" in text or b"Infinity" in text:
        # Only here is a walk worth its time; mostly the words stand in a text.
        path = _not_finite(body)
        if path is not None:
            where = ".".join(map(str, (*place, *path)))
            raise InvalidRequestError(f"{where} is not a finite number, which JSON cannot hold")
    return text


def written_texts(body: object) -> bytes:
    """Return the bytes of a text, or of what has no numbers: nothing is looked for in them.

    Looking through a long text costs more than writing it.

    Raises:
        InvalidRequestError: Something in it cannot be written as JSON.
    """
    try:
        return to_json(body, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidRequestError(f"the request cannot be written as JSON: {error}") from error


def arguments_of(call: ToolCall) -> str:
    """Return the arguments of a call as text: as the model wrote them, unless they were changed.

    Raises:
        InvalidRequestError: Something in them cannot be written as JSON.
    """
    return written(call.arguments).decode() if call.repairs or not call.raw else call.raw


def _not_finite(value: Any) -> tuple[str | int, ...] | None:
    """Return where the first number stands that is infinite or none at all."""
    if isinstance(value, float):
        return None if math.isfinite(value) else ()
    items: Any = ()
    if is_mapping(value):
        items = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(cast("list[Any]", value))
    for key, held in items:
        path = _not_finite(held)
        if path is not None:
            return (key, *path)
    return None
