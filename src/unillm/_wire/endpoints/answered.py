"""The body of an answer that is no chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from unillm._wire.failure import failure_in_band
from unillm._wire.redact import redacted
from unillm.errors import MalformedResponseError
from unillm.types.json import is_object

_BOM = b"\xef\xbb\xbf"
_SHOWN = 80


def json_in(body: bytes, headers: Mapping[str, str]) -> Any:
    """Return the JSON value that a body is.

    Raises:
        ProviderError: It is an error object.
        MalformedResponseError: It is no JSON.
    """
    text = body.strip().removeprefix(_BOM)
    if text[:1] == b"<":
        raise MalformedResponseError(
            "the provider answered with a page (HTML or XML), not with the API. Check base_url."
        )
    try:
        data: Any = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        shown = redacted(text[:_SHOWN].decode("utf-8", "replace"))
        message = f"the answer is not JSON ({error}): {shown!r}"
        raise MalformedResponseError(message) from None
    if is_object(data) and data.get("error"):
        raise failure_in_band(data["error"], headers)
    return data


def whole(value: Any) -> int | None:
    """Return a number that is whole and not negative, else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and value >= 0 else None


def text(value: Any) -> str | None:
    """Return a text that is not empty, else None."""
    return value if isinstance(value, str) and value else None
