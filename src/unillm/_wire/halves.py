r"""Characters that a host cut in two: JSON escapes of UTF-16 halves, in two chunks.

A server written in JavaScript may cut a text between the two units of an emoji and send
``"\ud83d"``, then ``"\ude00"``. Each is JSON, but no text; put together they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from pydantic_core import from_json

from unillm.types.json import is_list, is_object

Path: TypeAlias = tuple[str | int, ...]

LOST = "\N{REPLACEMENT CHARACTER}"
_HIGH = ("\ud800", "\udbff")
_OF_CALLS = frozenset({"tool_calls", "function_call", "arguments"})


class Halves:
    """Parse the JSON of one answer, joining halves across its chunks."""

    __slots__ = ("_lost", "_lost_in_calls", "_place_of", "_waiting")

    def __init__(self, place_of: Callable[[Any], Path] | None = None) -> None:
        """Start without a half.

        Args:
            place_of: Returns what tells a value's texts from those of others at the same path;
                None: nothing need.
        """
        self._place_of = place_of
        self._waiting: dict[Path, str] = {}
        self._lost = 0
        self._lost_in_calls = 0

    @property
    def lost_in_calls(self) -> int:
        """Return how many of these were in tool calls."""
        waiting = sum(_is_of_call(path) for path in self._waiting)
        return self._lost_in_calls + waiting

    @property
    def lost(self) -> int:
        """Return how many halves have met no other half."""
        return self._lost + len(self._waiting)

    def parse(self, data: bytes) -> Any:
        """Return the JSON value of these bytes.

        Raises:
            ValueError: They are not JSON.
        """
        try:
            value = from_json(data, allow_inf_nan=False)
        except ValueError:
            if b"\\ud" not in data.lower():
                raise
            value = _with_halves(data)
            if value is None:
                raise
        else:
            if not self._waiting:
                return value
        try:
            return self._mended(value, self._place_of(value) if self._place_of else ())
        except RecursionError:
            message = "the value is nested too deeply"
            raise ValueError(message) from None

    def _mended(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self._joined(value, path)
        if is_list(value):
            return [self._mended(item, (*path, place)) for place, item in enumerate(value)]
        if is_object(value):
            return {
                self._joined(key, (*path, key, "")): self._mended(item, (*path, key))
                for key, item in value.items()
            }
        return value

    def _joined(self, text: str, path: Path) -> str:
        if not text:
            return text
        text = self._waiting.pop(path, "") + text
        if text.isascii():
            return text
        if _HIGH[0] <= text[-1] <= _HIGH[1]:
            self._waiting[path] = text[-1]
            text = text[:-1]
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        lost = whole.count(LOST) - text.count(LOST)
        self._lost += lost
        self._lost_in_calls += lost if _is_of_call(path) else 0
        return whole


def _is_of_call(path: Path) -> bool:
    return not _OF_CALLS.isdisjoint(path)


def _with_halves(data: bytes) -> Any:
    """Return the value of JSON that may hold halves, or None if it is no JSON even so."""
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
