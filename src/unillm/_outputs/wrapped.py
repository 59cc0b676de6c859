"""A value under a key, while it comes."""

from __future__ import annotations

from typing import Any, cast

from unillm.types.json import is_list, is_object
from unillm.types.shape import Opened, Opener, Shape


class Wrapped:
    """An object that holds the value under one key, or the value itself in its place."""

    shows_text = False

    def __init__(self, shape: Shape, key: str) -> None:
        """Take the shape of the value, and the key."""
        self._shape = shape
        self._key = key

    def opened(self, opener: Opener) -> Opened:
        """Begin the object, or a list that is the value."""
        if opener == "[":
            return self._shape.opened(opener)
        box: dict[str, Any] = {}
        return Opened(value=box, box=box, inner=self._inside)

    def leaf(self, value: Any) -> Any:
        """Return the value."""
        return self._shape.leaf(value)

    def _inside(self, key: str) -> tuple[str, Shape] | None:
        return (key, self._shape) if key == self._key else None


def unwrapped(value: Any, key: str) -> Any:
    """Return the value in what `Wrapped` has made, as far as it has come."""
    if is_object(value):
        return value.get(key)
    return cast("Any", value) if is_list(value) else None
