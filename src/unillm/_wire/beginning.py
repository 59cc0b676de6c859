"""Telling JSON that broke off from what never was JSON."""

from __future__ import annotations

from pydantic_core import from_json

_BROKE_OFF = "EOF while parsing"


def is_beginning(text: str | bytes) -> bool:
    """Tell whether a text is a JSON value, or may become one if more is added.

    The parser's partial mode does not tell: it takes ``{"a":1 x`` for an object.
    """
    try:
        from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError) as error:  # the second of half a character
        return str(error).startswith(_BROKE_OFF)
    return True
