"""Dataclasses whose methods are written when they are first used.

`dataclasses.dataclass` compiles up to six methods for each class: two fifths of what the import of
a client took, and most programs use few of them. Here each is compiled when it is first looked up;
from then on the class is what the standard decorator would have made.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_standard: Any = dataclasses.dataclass
_OPTIONS = {"__init__": "init", "__repr__": "repr", "__eq__": "eq", "__hash__": "unsafe_hash"}
"""The methods that come late, and the options of the standard decorator that ask for them."""

_LATER = {**dict.fromkeys(_OPTIONS.values(), False), "frozen": False}


class _Factory:
    """Stands in a signature for a default that is made anew each time."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()

_PUT, _NOT_GIVEN = "_unillm_put", "_unillm_not_given"
_GIVEN, _MAKE = "_unillm_given_", "_unillm_make_"
"""Names within a written ``__init__``, which no field has."""


class _Late:
    """Stands for a method until that is looked up."""

    __slots__ = ("_globals", "_name", "_owner")

    def __init__(self, owner: type, name: str) -> None:
        module = sys.modules.get(owner.__module__)
        self._globals = {} if module is None else vars(module)
        self._owner = owner
        self._name = name

    def __get__(self, value: Any, kind: type) -> Any:
        is_init = self._name == "__init__"
        method = _init(self._owner, self._globals) if is_init else _other(self._owner, self._name)
        setattr(self._owner, self._name, method)  # two threads may: either is as good
        return method.__get__(value, kind)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(kind: type | None = None, /, **options: bool) -> Any:
        """Make a dataclass as the standard decorator does, with the same options."""
        return partial(_made, **options) if kind is None else _made(kind)


def _made(kind: type, **options: bool) -> Any:
    if options.get("order") or _is_special(kind):
        return _standard(kind, **options)  # few, and there is more to mind
    has_hash = kind.__dict__.get("__hash__", kind) is not kind and not (
        kind.__hash__ is None and "__eq__" in kind.__dict__
    )
    made: Any = _standard(kind, **{**options, **_LATER})
    params = made.__dataclass_params__
    for option in _LATER:
        setattr(params, option, options.get(option, option in {"init", "repr", "eq"}))
    for name, option in _OPTIONS.items():
        if getattr(params, option) and name not in made.__dict__:
            setattr(made, name, _Late(made, name))
    if not has_hash and params.eq:
        late = params.frozen or params.unsafe_hash
        made.__hash__ = _Late(made, "__hash__") if late else None
    if params.frozen:
        _freeze(made)
    return made


def _is_special(kind: type) -> bool:
    """Tell whether a class is below a dataclass, sets by itself, or takes what is no field."""
    return (
        any(map(dataclasses.is_dataclass, kind.__mro__))
        or not {"__setattr__", "__delattr__"}.isdisjoint(kind.__dict__)
        or any("InitVar" in str(told) for told in inspect.get_annotations(kind).values())
    )


_above: Any = super


def _freeze(kind: Any) -> None:
    """Have a class refuse changes, and let pickle fill it all the same."""
    names = frozenset(kind.__dataclass_fields__)

    def refuse_to_set(self: Any, name: str, value: Any) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        _above(kind, self).__setattr__(name, value)

    def refuse_to_delete(self: Any, name: str) -> None:
        if type(self) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        _above(kind, self).__delattr__(name)

    kind.__setattr__, kind.__delattr__ = refuse_to_set, refuse_to_delete
    if "__slots__" in kind.__dict__:
        for name, method in (("__getstate__", _state), ("__setstate__", _restore)):
            if name not in kind.__dict__:
                setattr(kind, name, method)


def _state(value: Any) -> list[Any]:
    return [getattr(value, field.name) for field in dataclasses.fields(value)]


def _restore(value: Any, state: list[Any]) -> None:
    for field, given in zip(dataclasses.fields(value), state, strict=False):
        object.__setattr__(value, field.name, given)


def _other(owner: Any, name: str) -> Any:
    """Return a method of a class as the standard decorator writes it."""
    known: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(owner)
    fields = {field.name: copy(field) for field in known}
    space = {
        "__annotations__": dict.fromkeys(fields, object),  # no matter which to these methods
        "__doc__": owner.__doc__,
        "__module__": owner.__module__,
        "__qualname__": owner.__qualname__,
        **fields,
    }
    asked = {option: name == method for method, option in _OPTIONS.items()}
    twin = _standard(type(owner.__name__, (), space), **asked, match_args=False)
    return twin.__dict__[name]


def _init(owner: Any, of_module: dict[str, Any]) -> Any:
    """Return ``__init__``, alone: the standard decorator would make a frozen class once more."""
    fields: tuple[dataclasses.Field[Any], ...] = dataclasses.fields(owner)
    known: dict[str, Any] = {_PUT: object.__setattr__, _NOT_GIVEN: _FACTORY}
    put = "self.{0} = {1}"
    if owner.__dataclass_params__.frozen:
        put = f"{_PUT}(self, {{0!r}}, {{1}})"
        if "__slots__" in owner.__dict__:  # straight into its place, in two thirds of the time
            put = f"{_PUT}_{{0}}(self, {{1}})"
            known |= {f"{_PUT}_{one.name}": getattr(owner, one.name).__set__ for one in fields}
    body = [
        put.format(field.name, value)
        for field in fields
        if (value := _value(field, known)) is not None
    ]
    if hasattr(owner, "__post_init__"):
        body.append("self.__post_init__()")
    taken = sorted((field for field in fields if field.init), key=lambda field: bool(field.kw_only))
    words = [f"{f.name}={_GIVEN}{f.name}" if _GIVEN + f.name in known else f.name for f in taken]
    if taken and taken[-1].kw_only:
        words.insert(sum(not field.kw_only for field in taken), "*")
    head = f"def __init__({', '.join(('self', *words))}):"
    lines = (
        f"def outer({', '.join(known)}):",
        f" {head}",
        *(f"  {line}" for line in body or ["pass"]),
    )
    space: dict[str, Any] = {}
    text = "\n".join((*lines, " return __init__"))
    exec(text, of_module, space)  # noqa: S102 - of names in the source
    init = space["outer"](**known)
    init.__annotations__ = {field.name: field.type for field in taken} | {"return": None}
    init.__qualname__ = f"{owner.__qualname__}.__init__"
    return init


def _value(field: dataclasses.Field[Any], known: dict[str, Any]) -> str | None:
    """Return what a field is set to, as source; None: it is not. What that names is noted."""
    name = field.name
    if field.default_factory is not dataclasses.MISSING:
        known[_MAKE + name] = field.default_factory
        if not field.init:
            return f"{_MAKE}{name}()"
        known[_GIVEN + name] = _FACTORY
        return f"{_MAKE}{name}() if {name} is {_NOT_GIVEN} else {name}"
    if field.default is not dataclasses.MISSING:
        known[_GIVEN + name] = field.default
        return name if field.init else _GIVEN + name
    return name if field.init else None
