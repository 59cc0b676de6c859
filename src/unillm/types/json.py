"""The shapes of JSON, and the JSON round trip of unillm's own values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeGuard

from pydantic_core import to_jsonable_python

if TYPE_CHECKING:
    from pydantic import TypeAdapter

JsonObject: TypeAlias = dict[str, Any]
"""A decoded JSON object. Its values are JSON values; spelling that out in a type helps nobody."""


def is_object(value: Any) -> TypeGuard[JsonObject]:
    """Tell whether a decoded value is a JSON object."""
    return isinstance(value, dict)


def is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether a caller's value is a dict or the like."""
    return isinstance(value, Mapping)


def is_iterable(value: Any) -> TypeGuard[Iterable[Any]]:
    """Tell whether a caller's value can be looped over."""
    return isinstance(value, Iterable)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Tell whether a decoded value is a JSON list."""
    return isinstance(value, list)


def is_table(value: object) -> bool:
    """Tell whether a caller's value is a data frame or the like: looping over it gives columns."""
    kind: type[object] = type(value)
    return hasattr(kind, "columns") and hasattr(kind, "shape")


class JsonRoundTrip:
    """Give a frozen dataclass ``to_dict``, ``to_json``, ``from_dict`` and ``from_json``."""

    __slots__ = ()

    def to_dict(self) -> JsonObject:
        """Return the value as plain JSON types."""
        plain: JsonObject = to_jsonable_python(self, bytes_mode="base64")
        return plain

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the value as JSON text that `from_json` reads back to an equal value."""
        written = _adapter_of(type(self)).dump_json(self, indent=indent, by_alias=True)
        return written.decode()

    @classmethod
    def from_dict(cls, data: JsonObject) -> Self:
        """Read back what `to_dict` gave.

        Raises:
            pydantic.ValidationError: The data is not such a value.
        """
        value: Self = _adapter_of(cls).validate_python(data)
        return value

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read back what `to_json` gave.

        Raises:
            pydantic.ValidationError: The text is not such a value.
        """
        value: Self = _adapter_of(cls).validate_json(text)
        return value


def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    return _made(kind)


@lru_cache(maxsize=64)
def _made(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
