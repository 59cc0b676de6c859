"""One entry of ``tool_calls`` as hosts send them, its types checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from unillm.errors import MalformedResponseError
from unillm.types.json import is_object

_LONG = 10


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a tool call, or a whole one.

    Attributes:
        id: Its id, possibly empty.
        index: On which index it came, if it says so.
        name: The tool named, or a piece of the name; possibly empty.
        arguments: A piece of the arguments.
        whole: Whether these are all of them.
    """

    id: str
    index: int | None
    name: str
    arguments: str
    whole: bool


def fragment_from(entry: Any) -> Fragment:
    """Return one entry of ``tool_calls``.

    Raises:
        MalformedResponseError: It is not what the protocol allows.
    """
    if not is_object(entry):
        raise MalformedResponseError(f"a tool call is {type(entry).__name__}, not an object")
    function: Any = entry.get("function")
    if function is None:
        function = {}
    if not is_object(function):
        kind = type(function).__name__
        raise MalformedResponseError(f"the function of a tool call is {kind}, not an object")
    arguments: Any = function.get("arguments")
    whole = _dumped(arguments)
    if whole is None and not isinstance(arguments, str | None):
        kind = type(arguments).__name__
        raise MalformedResponseError(f"the arguments of a tool call are {kind}, not a string")
    return Fragment(
        id=_text(entry.get("id")),
        index=_index(entry.get("index")),
        name=_text(function.get("name")),
        arguments=whole or _text(arguments),
        whole=whole is not None,
    )


def _dumped(arguments: Any) -> str | None:
    """Return arguments that came as an object as text (llama.cpp#20198), else None."""
    if not is_object(arguments):
        return None
    try:
        return to_json(arguments).decode()
    except ValueError as error:  # nested more deeply than can be written
        raise MalformedResponseError(
            f"the arguments of a tool call cannot be read: {error}"
        ) from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONG:
        value = int(value)
    return value if type(value) is int else None
