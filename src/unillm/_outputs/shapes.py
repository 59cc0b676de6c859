"""What a type looks like while its value comes."""

from __future__ import annotations

import types
import typing
from collections import abc, deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin

from unillm._outputs.fields import (
    dataclass_shape,
    is_dataclass,
    is_typed_dict,
    model_shape,
    typed_dict_shape,
)
from unillm.types.json import is_list, is_object
from unillm.types.shape import HIDDEN, RAW, Opened, Opener, Shape

_PLAIN = (str, bool, int, float, type(None))
_LISTS: Mapping[Any, Callable[[list[Any]], Any] | None] = {
    list: None,
    abc.Sequence: None,
    abc.MutableSequence: None,
    abc.Iterable: None,
    abc.Collection: None,
    tuple: tuple,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
    deque: deque,
}
"""Types that come as a list, and what one becomes at its end; None: it stays one."""
_DICTS = frozenset({dict, abc.Mapping, abc.MutableMapping})
_OPEN = frozenset({Any, object})
_CACHED = 512


def shape_of(given: Any) -> Shape:
    """Return the shape of a type; of what is not known here, one that is shown at its end."""
    try:
        return _shape_of(given)
    except TypeError:  # what a type was annotated with cannot be hashed
        return _shape_of.__wrapped__(given)


@lru_cache(maxsize=_CACHED, typed=True)
def _shape_of(given: Any) -> Shape:
    given = _bare(given)
    if given in _OPEN:
        return RAW
    if given is None or given in _PLAIN:
        return Plain(type(None) if given is None else given)
    return _made_of_parts(given) or Late(given)


def _made_of_parts(given: Any) -> Shape | None:
    """Return the shape of a type whose parts are shown before its end; None: it has none."""
    origin = get_origin(given) or given
    found: Shape | None = None
    if origin in {Union, types.UnionType}:
        found = Choice(given)
    elif origin in _LISTS:
        found = ListOf(given, origin)
    elif origin in _DICTS:
        key, value = get_args(given) or (str, Any)
        found = DictOf(value) if key in {str, Any} else None
    elif is_dataclass(given):
        found = dataclass_shape(given, shape_of)
    elif is_typed_dict(given):
        found = typed_dict_shape(given, shape_of)
    else:
        found = model_shape(given, shape_of)
    return found


def _bare(given: Any) -> Any:
    """Return a type without its name, and without what it is annotated with."""
    while True:
        origin = get_origin(given)
        if origin is typing.Annotated:
            given = get_args(given)[0]
        elif hasattr(given, "__value__"):  # a TypeAliasType
            given = given.__value__
        elif hasattr(given, "__supertype__"):  # a NewType
            given = given.__supertype__
        else:
            return given


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
            return adapter_of(self._kind).validate_json(to_json(value))
        except Exception as error:  # noqa: BLE001 - validators of the user's own may raise anything
            raise ValueError(str(error)) from None


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


class ListOf:
    """A list, or what is made of one at its end."""

    shows_text = False

    def __init__(self, given: Any, origin: Any) -> None:
        """Take the type and what it is a kind of."""
        self._of = get_args(given)
        self._make = _LISTS[origin]
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


class Choice:
    """One of several types: the only one of its kind, else told at the end."""

    def __init__(self, given: Any) -> None:
        """Take the union."""
        self._given = given
        self._late = Late(given)
        self._options = [_bare(option) for option in get_args(given)]

    @property
    def shows_text(self) -> bool:
        """Tell whether a text can only be a plain one."""
        option = self._only('"')
        return option is not None and option.shows_text

    def opened(self, opener: Opener) -> Opened:
        """Begin an object or a list."""
        option = self._only(opener)
        return (option or self._late).opened(opener)

    def leaf(self, value: Any) -> Any:
        """Return what the union makes of it.

        Raises:
            ValueError: It makes nothing of it.
        """
        for option in self._options:
            if type(value) is (type(None) if option is None else option):
                return value
        return self._late.leaf(value)

    def _only(self, kind: str) -> Shape | None:
        """Return the only option that may begin so."""
        found = [option for option in self._options if kind in _kinds(option)]
        return shape_of(found[0]) if len(found) == 1 else None


def _kinds(given: Any) -> str:
    """Return how the JSON of a type may begin: ``{``, ``[`` or ``"``; else it does not matter."""
    if given is None or given in _PLAIN:
        return '"' if given is str else ""
    origin = get_origin(given) or given
    if origin is Literal:
        return '"' if any(isinstance(value, str) for value in get_args(given)) else ""
    if origin in _LISTS:
        return "["
    is_model = isinstance(given, type) and hasattr(given, "model_fields")
    if is_model and not getattr(given, "__pydantic_root_model__", False):
        return "{"
    is_dict = origin in _DICTS or is_typed_dict(given) or is_dataclass(given)
    return "{" if is_dict else '{["'


def unwanted(opener: Opener) -> Opened:
    """Begin what may not stand at its place: nothing is shown of it."""
    box: Any = {} if opener == "{" else []
    return Opened(value=HIDDEN, box=box, closed=_refused)


def _refused(value: Any) -> Any:
    raise ValueError(type(value).__name__)


@lru_cache(maxsize=_CACHED, typed=True)
def _adapter_of(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def adapter_of(kind: Any) -> Any:
    """Return what makes values of a type, made once."""
    try:
        return _adapter_of(kind)
    except TypeError:
        return _adapter_of.__wrapped__(kind)


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
