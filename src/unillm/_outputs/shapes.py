"""What a type looks like while its value comes."""

from __future__ import annotations

import types
from functools import lru_cache
from typing import Any, Union, get_args, get_origin

from unillm._outputs.annotations import DICTS, LISTS, PLAIN, bare
from unillm._outputs.choice import Choice
from unillm._outputs.fields import (
    dataclass_shape,
    is_dataclass,
    is_typed_dict,
    model_shape,
    typed_dict_shape,
)
from unillm._outputs.late import Late, Plain, unwanted
from unillm.types.shape import RAW, Opened, Opener, Shape

_OPEN = frozenset({Any, object})
_CACHED = 512


def shape_of(given: Any) -> Shape:
    """Return the shape of a type; of what is not known here, one that is shown at its end."""
    written = repr(given)  # ``A | B`` equals ``B | A``, and pydantic tells them apart
    try:
        return _shape_of(given, written)
    except TypeError:  # what a type was annotated with cannot be hashed
        return _shape_of.__wrapped__(given, written)


@lru_cache(maxsize=_CACHED, typed=True)
def _shape_of(given: Any, _: str) -> Shape:
    given = bare(given)
    if given in _OPEN:
        return RAW
    if given is None or given in PLAIN:
        return Plain(type(None) if given is None else given)
    return _made_of_parts(given) or Late(given)


def _made_of_parts(given: Any) -> Shape | None:
    """Return the shape of a type whose parts are shown before its end; None: it has none."""
    origin = get_origin(given) or given
    found: Shape | None = None
    if origin in {Union, types.UnionType}:
        found = Choice(given, shape_of)
    elif origin in LISTS:
        found = ListOf(given, origin)
    elif origin in DICTS:
        key, value = get_args(given) or (str, Any)
        found = DictOf(value) if key in {str, Any} else None
    elif is_dataclass(given):
        found = dataclass_shape(given, shape_of)
    elif is_typed_dict(given):
        found = typed_dict_shape(given, shape_of)
    else:
        found = model_shape(given, shape_of)
    return found


class ListOf:
    """A list, or what is made of one at its end."""

    shows_text = False

    def __init__(self, given: Any, origin: Any) -> None:
        """Take the type and what it is a kind of."""
        self._of = get_args(given)
        self._make = LISTS[origin]
        self._is_fixed = origin is tuple and Ellipsis not in self._of and bool(self._of)

    def opened(self, opener: Opener) -> Opened:
        """Begin a list."""
        if opener != "[":
            return unwanted(opener)
        box: list[Any] = []
        item = RAW if self._is_fixed or not self._of else shape_of(self._of[0])
        return Opened(value=box, box=box, inner=lambda _: ("", item), closed=self._ended)

    def leaf(self, value: Any) -> Any:
        """Refuse what is no list.

        Raises:
            ValueError: Always.
        """
        raise ValueError(value)

    def _ended(self, box: list[Any]) -> Any:
        try:
            return box if self._make is None else self._make(box)
        except TypeError:  # what cannot be hashed
            return box


class DictOf:
    """A dict with texts for keys."""

    shows_text = False

    def __init__(self, value: Any) -> None:
        """Take the type of its values."""
        self._value = value

    def opened(self, opener: Opener) -> Opened:
        """Begin a dict."""
        if opener != "{":
            return unwanted(opener)
        box: dict[str, Any] = {}
        shape = shape_of(self._value)
        return Opened(value=box, box=box, inner=lambda key: (key, shape))

    def leaf(self, value: Any) -> Any:
        """Refuse what is no dict.

        Raises:
            ValueError: Always.
        """
        raise ValueError(value)
