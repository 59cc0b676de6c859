"""Models, dataclasses and typed dicts while their fields come."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any, TypeAlias, get_args, get_origin

from unillm.types.shape import HIDDEN, RAW, Opened, Opener, Shape

ShapeOf: TypeAlias = Callable[[Any], Shape]
"""Returns the shape of a type."""

Named: TypeAlias = Mapping[str, tuple[str, Any]]
"""For each key of the JSON, the field and its type."""


class Fields:
    """An object whose fields are written one after the other."""

    shows_text = False

    def __init__(self, shape_of: ShapeOf) -> None:
        """Take what tells the shapes of the fields."""
        self._shape_of = shape_of
        self._shapes: dict[str, tuple[str, Shape]] = {}

    def leaf(self, value: Any) -> Any:
        """Refuse what is no object.

        Raises:
            ValueError: Always.
        """
        raise ValueError(value)

    def opened(self, opener: Opener) -> Opened:
        """Begin the object."""
        if opener != "{":
            return Opened(value=HIDDEN, box=[], closed=self.leaf)
        return self._begun()

    def _begun(self) -> Opened:
        raise NotImplementedError

    def _named(self) -> Named:
        raise NotImplementedError

    @cached_property
    def names(self) -> Named:
        """Return the field of each key of the JSON, and its type."""
        return self._named()

    def _inner(self, key: str) -> tuple[str, Shape] | None:
        known = self._shapes.get(key)
        if known is None and key in self.names:
            field, kind = self.names[key]
            known = self._shapes[key] = field, self._shape_of(kind)
        return known


class _Model(Fields):
    """A pydantic model, made without its validators."""

    def __init__(self, model: Any, shape_of: ShapeOf) -> None:
        super().__init__(shape_of)
        self._model = model

    def _named(self) -> Named:
        return dict(_keys_of(self._model.model_fields, self._model.model_config))

    def _begun(self) -> Opened:
        made, came = _instance_of(self._model)
        extra = made.__pydantic_extra__
        if extra is None:
            return Opened(value=made, box=made.__dict__, inner=self._inner, came=came)
        box = _WithExtra(made.__dict__, extra)
        return Opened(value=made, box=box, inner=self._inner_or_extra, came=came)

    def _inner_or_extra(self, key: str) -> tuple[str, Shape]:
        return self._inner(key) or (key, RAW)


class _WithExtra:
    """The fields of a model, and beside them what else it takes."""

    def __init__(self, fields: dict[str, Any], extra: dict[str, Any]) -> None:
        self._fields = fields
        self._extra = extra

    def __getitem__(self, key: str) -> Any:
        return (self._fields if key in self._fields else self._extra)[key]

    def __setitem__(self, key: str, value: Any) -> None:
        (self._fields if key in self._fields else self._extra)[key] = value


class _RootModel:
    """A pydantic model that is one value of another type."""

    shows_text = False

    def __init__(self, model: Any, shape_of: ShapeOf) -> None:
        self._model = model
        self._root = model.model_fields["root"].annotation
        self._shape_of = shape_of

    def opened(self, opener: Opener) -> Opened:
        inside = self._shape_of(self._root).opened(opener)
        if inside.value is HIDDEN:
            return Opened(value=HIDDEN, box=inside.box, closed=self.leaf)
        made, came = _instance_of(self._model)
        came.add("root")
        made.__dict__["root"] = inside.value

        def closed(_: Any) -> Any:
            if inside.closed is not None:
                made.__dict__["root"] = inside.closed(inside.value)
            return made

        return Opened(
            value=made, box=inside.box, inner=inside.inner, came=inside.came, closed=closed
        )

    def leaf(self, value: Any) -> Any:
        made, came = _instance_of(self._model)
        came.add("root")
        made.__dict__["root"] = self._shape_of(self._root).leaf(value)
        return made


def model_shape(given: Any, shape_of: ShapeOf) -> Shape | None:
    """Return the shape of a pydantic model; None: it is none."""
    if not (isinstance(given, type) and hasattr(given, "__pydantic_fields_set__")):
        return None
    if getattr(given, "__pydantic_root_model__", False):
        return _RootModel(given, shape_of)
    return _Model(given, shape_of)


def _instance_of(model: Any) -> tuple[Any, set[str]]:
    """Return an instance in which nothing has come, and where it keeps what has."""
    made = model.__new__(model)
    came: set[str] = set()
    values = {name: _default_of(field) for name, field in model.model_fields.items()}
    extra: dict[str, Any] | None = {} if model.model_config.get("extra") == "allow" else None
    private = {
        name: _default_of(attribute) for name, attribute in model.__private_attributes__.items()
    }
    for name, value in (
        ("__dict__", values),
        ("__pydantic_fields_set__", came),
        ("__pydantic_extra__", extra),
        ("__pydantic_private__", private or None),
    ):
        object.__setattr__(made, name, value)
    return made, came


def _default_of(field: Any) -> Any:
    """Return the default of a field, or None where there is none, or it is not to be had yet."""
    from pydantic_core import PydanticUndefined

    try:
        factory: Any = field.default_factory
        value: Any = factory() if factory is not None else deepcopy(field.default)
    except Exception:  # noqa: BLE001 - a factory may want the fields before it, or raise anything
        return None
    return None if value is PydanticUndefined or value is Ellipsis else value


def _keys_of(fields: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    for name, field in fields.items():
        alias = field.validation_alias or field.alias
        keys = [key for key in getattr(alias, "choices", [alias]) if isinstance(key, str)]
        if alias is None or by_name:
            keys.append(name)
        for key in keys:
            yield key, (name, field.annotation)


def is_dataclass(given: Any) -> bool:
    """Tell whether it is a class of a dataclass."""
    return isinstance(given, type) and dataclasses.is_dataclass(given)


class _Dataclass(Fields):
    """A dataclass, made without ``__init__`` and ``__post_init__``."""

    def __init__(self, given: type[Any], shape_of: ShapeOf) -> None:
        super().__init__(shape_of)
        self._given = given
        self._hints = typing.get_type_hints(given, include_extras=True)
        # What pydantic made of the fields; in those of the dataclass a `Field` is a default.
        self._known: Any = getattr(given, "__pydantic_fields__", None)

    def _named(self) -> Named:
        if self._known is not None:
            config: dict[str, Any] = getattr(self._given, "__pydantic_config__", None) or {}
            return dict(_keys_of(self._known, config))
        wanted = (field for field in dataclasses.fields(self._given) if field.init)
        return {field.name: (field.name, self._hints[field.name]) for field in wanted}

    def _begun(self) -> Opened:
        made = object.__new__(self._given)
        for field in dataclasses.fields(self._given):
            known = None if self._known is None else self._known.get(field.name)
            default = _default_in(field) if known is None else _default_of(known)
            object.__setattr__(made, field.name, default)
        box: Any = made.__dict__ if hasattr(made, "__dict__") else _Slots(made)
        return Opened(value=made, box=box, inner=self._inner)


class _Slots:
    """The attributes of an object that has no dict of them."""

    def __init__(self, held: Any) -> None:
        self._held = held

    def __getitem__(self, name: str) -> Any:
        return getattr(self._held, name)

    def __setitem__(self, name: str, value: Any) -> None:
        object.__setattr__(self._held, name, value)


def _default_in(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is dataclasses.MISSING:
        return None
    try:
        return field.default_factory()
    except Exception:  # noqa: BLE001 - it may raise anything
        return None


def dataclass_shape(given: Any, shape_of: ShapeOf) -> Shape | None:
    """Return the shape of a dataclass; None: its annotations cannot be read."""
    try:
        return _Dataclass(given, shape_of)
    except (NameError, TypeError):
        return None


def is_typed_dict(given: Any) -> bool:
    """Tell whether it is a typed dict, of ``typing`` or of ``typing_extensions``."""
    return hasattr(given, "__total__") and hasattr(given, "__required_keys__")


class _TypedDict(Fields):
    """A typed dict."""

    def __init__(self, given: Any, shape_of: ShapeOf) -> None:
        super().__init__(shape_of)
        self._hints = typing.get_type_hints(given, include_extras=True)

    def _named(self) -> Named:
        return {name: (name, _required(kind)) for name, kind in self._hints.items()}

    def _begun(self) -> Opened:
        box: dict[str, Any] = {}
        return Opened(value=box, box=box, inner=self._inner)


def _required(kind: Any) -> Any:
    """Return a type without the word that says whether it must be there."""
    name = getattr(get_origin(kind), "_name", None) or getattr(get_origin(kind), "__name__", "")
    return _required(get_args(kind)[0]) if name in {"Required", "NotRequired", "ReadOnly"} else kind


def typed_dict_shape(given: Any, shape_of: ShapeOf) -> Shape | None:
    """Return the shape of a typed dict; None: its annotations cannot be read."""
    try:
        return _TypedDict(given, shape_of)
    except (NameError, TypeError):
        return None
