"""Conditions on a call, written as data: ``{"input_tokens": {"$gt": 100000}}``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.routing.figures import several
from unillm.routing.patterns import bounded, matches
from unillm.types.image import ImagePart
from unillm.types.json import is_mapping
from unillm.types.routing import RouteRequest

Condition: TypeAlias = Callable[[RouteRequest], bool]
"""Tells whether a call is of a kind."""

_Test: TypeAlias = Callable[[Any], bool]
_Read: TypeAlias = Callable[[RouteRequest], Any]

_DEEPEST = 20


def condition(place: str, data: Any, depth: int = 0) -> Condition:
    """Return a condition that was written as data.

    Args:
        place: Where it stands, for messages.
        data: Fields with values or operators; or ``$and``, ``$or``, ``$not`` over conditions. All
            of what one mapping has must hold; an empty one always does.
        depth: How many conditions it stands within.

    Raises:
        InvalidRequestError: A field or an operator does not exist, or its value makes no sense.
    """
    if not is_mapping(data):
        raise InvalidRequestError(
            f'{place} must be a mapping such as {{"input_tokens": {{"$gt": 1000}}}}, not {data!r}'
        )
    if depth > _DEEPEST:
        raise InvalidRequestError(f"{place}: conditions are nested more than {_DEEPEST} deep")
    parts = tuple(_part(f"{place}.{name}", name, value, depth) for name, value in data.items())
    if len(parts) == 1:
        return parts[0]
    return lambda request: all(part(request) for part in parts)


def _part(place: str, name: Any, value: Any, depth: int) -> Condition:
    if name in {"$and", "$or"}:
        several = [
            condition(f"{place}[{at}]", one, depth + 1)
            for at, one in enumerate(_several(place, value))
        ]
        together = all if name == "$and" else any
        return lambda request: together(each(request) for each in several)
    if name == "$not":
        within = condition(place, value, depth + 1)
        return lambda request: not within(request)
    read, test = _reader(place, name), _test(place, value, depth)
    return lambda request: test(read(request))


def _several(place: str, value: Any) -> Sequence[Any]:
    things = several(value)
    if not things:
        raise InvalidRequestError(f"{place} must be a list with something in it, not {value!r}")
    return things


def _has_images(request: RouteRequest) -> bool:
    contents = [message.content for message in request.request.messages]
    parts = [part for one in contents if one and not isinstance(one, str) for part in one]
    return any(isinstance(part, ImagePart) for part in parts)


_FIELDS: Mapping[str, _Read] = {
    "input_tokens": lambda request: request.input_tokens,
    "has_tools": lambda request: bool(request.request.tools or request.request.hosted_tools),
    "has_images": _has_images,
    "stream": lambda request: request.request.stream,
    "session": lambda request: request.scope.session,
    "user": lambda request: request.scope.user,
    "task": lambda request: request.task,
}


def _tag(name: str, request: RouteRequest) -> Any:
    return request.scope.tags.get(name)


def _setting(names: Sequence[str], request: RouteRequest) -> Any:
    value: Any = request.request.settings
    for name in names:
        value = value.get(name) if is_mapping(value) else None
    return value


def _reader(place: str, name: Any) -> _Read:
    """Return what reads a field of a call: None where the call does not have it."""
    if name in _FIELDS:
        return _FIELDS[name]
    kind, _, rest = str(name).partition(".")
    if kind == "tags" and rest:
        return partial(_tag, rest)
    if kind == "params" and rest:
        return partial(_setting, rest.split("."))
    known = (*_FIELDS, "tags.<name>", "params.<setting>")
    close = get_close_matches(str(name), known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
    raise InvalidRequestError(f"{place}: a call has no {name!r}; {hint}")


def _test(place: str, value: Any, depth: int) -> _Test:
    """Return what looks at a field: a value it must have, or operators that must all hold."""
    if not is_mapping(value):
        return _operator(place, "$eq", value, depth)
    if not value:
        raise InvalidRequestError(f"{place} has no operator: {', '.join(_OPERATORS)}")
    tests = [_operator(f"{place}.{name}", name, given, depth) for name, given in value.items()]
    return tests[0] if len(tests) == 1 else lambda seen: all(test(seen) for test in tests)


def _operator(place: str, name: Any, given: Any, depth: int) -> _Test:
    if name in _COMPARED:
        nothing = isinstance(given, float) and math.isnan(given)
        if isinstance(given, bool) or not isinstance(given, int | float | str) or nothing:
            raise InvalidRequestError(f"{place} needs a number or a string, not {given!r}")
        return partial(_compared, _COMPARED[name], given)
    if name in {"$eq", "$ne"}:
        return partial(_differs if name == "$ne" else _equals, given)
    if name in {"$in", "$nin"}:
        values = tuple(_several(place, given))
        found = partial(_among, values)
        return found if name == "$in" else lambda seen: not found(seen)
    if name == "$regex":
        if not isinstance(given, str):
            raise InvalidRequestError(f"{place} needs a pattern, not {given!r}")
        pattern = bounded(place, given)
        return lambda seen: isinstance(seen, str) and matches(pattern, seen)
    if name == "$not":
        if depth >= _DEEPEST:
            raise InvalidRequestError(f"{place}: conditions are nested more than {_DEEPEST} deep")
        within = _test(place, given, depth + 1)
        return lambda seen: not within(seen)
    close = get_close_matches(str(name), _OPERATORS, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_OPERATORS)}"
    raise InvalidRequestError(f"{place}: there is no operator {name!r}; {hint}")


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_OPERATORS = ("$eq", "$ne", *_COMPARED, "$in", "$nin", "$regex", "$not")


def _compared(compare: Callable[[Any, Any], bool], given: Any, seen: Any) -> bool:
    """Compare numbers with numbers and strings with strings; else it does not hold."""
    if isinstance(given, str):
        return isinstance(seen, str) and compare(seen, given)
    number = isinstance(seen, int | float) and not isinstance(seen, bool)
    return number and compare(seen, given)


def _equals(given: Any, seen: Any) -> bool:
    return isinstance(given, bool) is isinstance(seen, bool) and bool(seen == given)


def _differs(given: Any, seen: Any) -> bool:
    return not _equals(given, seen)


def _among(values: Sequence[Any], seen: Any) -> bool:
    return any(_equals(value, seen) for value in values)
