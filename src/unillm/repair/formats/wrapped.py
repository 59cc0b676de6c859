"""Arguments that models put into one more object."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic_core import to_json

from unillm.repair.strict import NotStrictError, read
from unillm.types.json import JsonObject, is_object

WRAPPERS = frozenset({"arguments", "parameters", "input", "args", "kwargs"})


def unwrapped(arguments: str, declared: Collection[str]) -> str:
    """Return the arguments inside a wrapper, or the same text if there is none.

    ``{"arguments": {…}}`` is a wrapper if the tool has no such parameter and declares every key
    of the inner object.
    """
    value = _object(arguments)
    if value is None or len(value) != 1:
        return arguments
    (name, inner), *_ = value.items()
    if is_wrapper(name, inner, declared):
        return to_json(inner).decode()
    return arguments


def is_wrapper(name: str, inner: Any, declared: Collection[str]) -> bool:
    """Tell whether an argument holds all arguments of its tool."""
    if name not in WRAPPERS or name in declared or not declared:
        return False
    value = _object(inner) if isinstance(inner, str) else inner
    return is_object(value) and bool(value) and {*value} <= {*declared}


def _object(text: str) -> JsonObject | None:
    try:
        value = read(text)
    except NotStrictError:
        return None
    return value if is_object(value) else None
