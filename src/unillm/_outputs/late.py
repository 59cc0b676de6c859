"""What is shown only once it is whole."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any, cast

from unillm.types.shape import HIDDEN, Opened, Opener

_CACHED = 512


class Late:
    """What is shown at its end, as pydantic makes it of its JSON."""

    shows_text = False

    def __init__(self, kind: Any) -> None:
        """Take a type."""
        self._kind = kind

    def opened(self, opener: Opener) -> Opened:
        """Begin a dict or a list that nobody sees."""
        box: Any = {} if opener == "{" else []
        return Opened(value=HIDDEN, box=box, closed=self.leaf)

    def leaf(self, value: Any) -> Any:
        """Return what the type makes of it.

        Raises:
            ValueError: It makes nothing of it.
        """
        from pydantic_core import to_json

        try:
            return self._adapter.validate_json(to_json(value))
        except Exception as error:  # noqa: BLE001 - validators of the user's own may raise anything
            raise ValueError(str(error)) from None

    @cached_property
    def _adapter(self) -> Any:
        return adapter_of(self._kind)


class Plain:
    """A text, a number, a boolean or null."""

    def __init__(self, kind: type[Any]) -> None:
        """Take its type."""
        self._kind = kind
        self.shows_text = kind is str

    def opened(self, opener: Opener) -> Opened:
        """Begin what may not stand there."""
        return unwanted(opener)

    def leaf(self, value: Any) -> Any:
        """Return it, if it is of the type.

        Raises:
            ValueError: It is not.
        """
        if type(value) is self._kind:
            return value
        if self._kind is float and type(value) is int:
            return float(value)
        if self._kind is int and type(value) is float and value.is_integer():
            return int(value)
        raise ValueError(value)


def unwanted(opener: Opener) -> Opened:
    """Begin what may not stand at its place: nothing is shown of it."""
    box: Any = {} if opener == "{" else []
    return Opened(value=HIDDEN, box=box, closed=_refused)


def _refused(value: Any) -> Any:
    raise ValueError(type(value).__name__)


@lru_cache(maxsize=_CACHED, typed=True)
def _adapter_of(kind: Any, _: str) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def adapter_of(kind: Any) -> Any:
    """Return what makes values of a type, made once."""
    # ``A | B`` equals ``B | A``, but is another type: the first that fits is taken.
    written = repr(kind)
    try:
        return _adapter_of(kind, written)
    except TypeError:
        return _adapter_of.__wrapped__(kind, written)


def is_lazy(kind: Any) -> bool:
    """Tell whether a part of its values is checked only when it is read: that of an Iterable."""
    return _has_generator(adapter_of(kind).core_schema)


def _has_generator(part: Any) -> bool:
    if isinstance(part, dict):
        made = cast("dict[str, Any]", part)
        return made.get("type") == "generator" or any(map(_has_generator, made.values()))
    return isinstance(part, list | tuple) and any(map(_has_generator, cast("list[Any]", part)))
