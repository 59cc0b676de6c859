"""One of several types, while it comes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from unillm._outputs.annotations import DICTS, LISTS, PLAIN, bare
from unillm._outputs.fields import Fields, ShapeOf, is_dataclass, is_typed_dict
from unillm._outputs.late import Late
from unillm.types.shape import RAW, Opened, Opener, Raw, Shape


class Choice:
    """One of several types: the only one of its kind, or of its tag, else told at the end."""

    def __init__(self, given: Any, shape_of: ShapeOf) -> None:
        """Take the union, and what tells the shapes of its options."""
        self._shape_of = shape_of
        self._late = Late(given)
        self._options = [bare(option) for option in get_args(given)]

    @property
    def shows_text(self) -> bool:
        """Tell whether a text can only be a plain one."""
        option = self._only('"')
        return option is not None and option.shows_text

    def opened(self, opener: Opener) -> Opened:
        """Begin an object or a list."""
        option = self._only(opener)
        if option is not None:
            return option.opened(opener)
        hidden = self._late.opened(opener)
        if opener == "{" and self._tags:
            return replace(hidden, inner=self._inner, decided=self._decided)
        return hidden

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
        return self._shape_of(found[0]) if len(found) == 1 else None

    @cached_property
    def _tags(self) -> dict[str, dict[str, Shape]]:
        """Return the keys whose text tells an object's type, and which."""
        shapes = [self._shape_of(option) for option in self._options if "{" in _kinds(option)]
        objects = [shape for shape in shapes if isinstance(shape, Fields)]
        if len(objects) != len(shapes) or not objects:
            return {}
        tags: dict[str, dict[str, Shape]] = {}
        for key in objects[0].names:
            listed = [(text, shape) for shape in objects for text in _texts_of(shape, key)]
            told: dict[str, Shape] = dict(listed)
            every = {id(shape) for shape in told.values()} == {id(shape) for shape in objects}
            if every and len(told) == len(listed):
                tags[key] = told
        return tags

    def _inner(self, key: str) -> tuple[str, Shape]:
        return (key, _TAG) if key in self._tags else (key, RAW)

    def _decided(self, key: str, value: Any) -> Opened | None:
        shape = self._tags.get(key, {}).get(value) if isinstance(value, str) else None
        return None if shape is None else shape.opened("{")


def _texts_of(shape: Fields, key: str) -> list[str]:
    """Return the texts that the field of a key may be, if they are listed."""
    if key not in shape.names:
        return []
    kind = bare(shape.names[key][1])
    listed = get_args(kind) if get_origin(kind) is Literal else ()
    return [value for value in listed if isinstance(value, str)]


class _Tag(Raw):
    """The shape of a text that is not shown while it comes."""

    shows_text = False


_TAG: Shape = _Tag()


def _kinds(given: Any) -> str:
    """Return how the JSON of a type may begin: ``{``, ``[`` or ``"``; else it does not matter."""
    if given is None or given in PLAIN:
        return '"' if given is str else ""
    origin = get_origin(given) or given
    if origin is Literal:
        return '"' if any(isinstance(value, str) for value in get_args(given)) else ""
    if origin in LISTS:
        return "["
    is_model = isinstance(given, type) and hasattr(given, "model_fields")
    if is_model and not getattr(given, "__pydantic_root_model__", False):
        return "{"
    is_dict = origin in DICTS or is_typed_dict(given) or is_dataclass(given)
    return "{" if is_dict else '{["'
