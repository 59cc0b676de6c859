"""JSON as it should be, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json, to_json

from unillm.types.json import JsonObject

MAX_DEPTH = 128
"""Arrays and objects within one another; deeper text is refused."""


class NotStrictError(Exception):
    """Why a text is no JSON, and where."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        """Keep the reason and the place, in characters."""
        super().__init__(reason)
        self.reason = reason
        self.position = position


def read(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotStrictError: It is not JSON, or holds NaN, a number no float can hold, half a
            character, or a key twice with different values.
    """
    try:
        from_json(text, allow_inf_nan=False)
        return _DECODER.raw_decode(text.lstrip(_WHITE))[0]
    except json.JSONDecodeError as error:
        raise NotStrictError(error.msg, error.pos) from None
    except TypeError:
        raise NotStrictError("it holds half a character, which no JSON can") from None
    except (ValueError, RecursionError) as error:
        raise NotStrictError(str(error)) from None


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: JsonObject = {}
        for key, value in pairs:
            if key in seen and to_json(seen[key]) != to_json(value):
                message = f"the key {key!r} is there twice with different values"
                raise ValueError(message)
            seen[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        message = f"the number {text} is too large"
        raise ValueError(message)
    return number


_WHITE = " \t\n\r"
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite)
