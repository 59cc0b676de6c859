"""One entry of ``tool_calls`` as hosts send them, its types checked."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from unillm.errors import MalformedResponseError
from unillm.types.dataclass import dataclass
from unillm.types.json import is_object

_LONG = 10
_BARE = 2


@dataclass(slots=True)
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
    whole = None if isinstance(arguments, str) else _dumped(arguments)
    if whole is None and not (arguments is None or isinstance(arguments, str)):
        kind = type(arguments).__name__
        raise MalformedResponseError(f"the arguments of a tool call are {kind}, not a string")
    given, index, name = entry.get("id"), entry.get("index"), function.get("name")
    return Fragment(
        given if isinstance(given, str) else "",
        index if type(index) is int else _index(index),
        name if isinstance(name, str) else "",
        whole or arguments or "",
        whole is not None,
    )


def bare_arguments(entry: Any) -> tuple[int, str] | None:
    """Return index and text of an entry that has nothing else; None: it has, or not both."""
    if not is_object(entry) or len(entry) != _BARE:
        return None
    index, function = entry.get("index"), entry.get("function")
    if type(index) is not int or not is_object(function) or len(function) != 1:
        return None
    text = function.get("arguments")
    return (index, text) if text and isinstance(text, str) else None


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


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < _LONG:
        value = int(value)
    return value if type(value) is int else None
