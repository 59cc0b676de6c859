"""Schemas as plain functions that tell whether a value fits: jsonschema's answer, ten times sooner.

They know the keywords that most schemas are made of. A schema that has another one is left to
jsonschema, and so is saying what does not fit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sized
from numbers import Number
from typing import Any, TypeAlias

from unillm.schemas.patterns import search_for
from unillm.types.json import JsonObject, is_list, is_object

Check: TypeAlias = Callable[[Any], bool]
"""Tells whether a value fits."""

Make: TypeAlias = Callable[["Checks", JsonObject], Check]
"""Makes the check of one keyword of a schema."""


class UncoveredError(Exception):
    """A schema holds what only jsonschema knows."""


class Checks:
    """The checks of a schema and of its parts."""

    __slots__ = ("_made", "_root", "_uncovered")

    def __init__(self, root: JsonObject, keywords: Iterable[str]) -> None:
        """Make them all.

        Args:
            root: The whole schema, which is valid.
            keywords: What jsonschema reads in it; everything else says nothing of values.

        Raises:
            UncoveredError: It takes jsonschema to tell what fits.
        """
        self._root = root
        self._uncovered = ({*keywords} | _MOVING) - _KEYWORDS.keys() - _SILENT
        self._made: dict[int, tuple[Any, Check]] = {}
        # Which draft it is has been seen to; in a part it would be another one.
        top = {word: said for word, said in root.items() if word != "$schema"}
        self._made[id(root)] = (root, self.make(top))

    def of(self, schema: Any) -> Check | None:
        """Return the check of the schema or a part of it; None if there is none."""
        made = self._made.get(id(schema))
        return made[1] if made else None

    def make(self, schema: Any) -> Check:
        """Return the check of a part, made once."""
        if isinstance(schema, bool):
            return _anything if schema else _nothing
        if not is_object(schema) or not self._uncovered.isdisjoint(schema):
            raise UncoveredError
        made = self.of(schema)
        if made is None:
            parts: list[Check] = []
            # A part that refers to itself is given this while `parts` is still being filled.
            self._made[id(schema)] = (schema, _every(parts))
            parts += [_KEYWORDS[word](self, schema) for word in schema if word in _KEYWORDS]
            made = parts[0] if len(parts) == 1 else _every(parts) if parts else _anything
            self._made[id(schema)] = (schema, made)
        return made

    def referred(self, reference: str) -> Check:
        """Return the check of what a reference into the schema points at."""
        at: Any = self._root
        name, *steps = reference.split("/")
        if name != "#" or "%" in reference:
            raise UncoveredError
        for step in steps:
            at = at.get(step.replace("~1", "/").replace("~0", "~")) if is_object(at) else None
            if is_object(at) and "$id" in at:
                raise UncoveredError
        return self.make(at)


def _anything(_value: Any) -> bool:
    return True


def _nothing(_value: Any) -> bool:
    return False


def _every(checks: list[Check]) -> Check:
    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110 (a loop is faster than all() of a generator)
            if not each(value):
                return False
        return True

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float) and value.is_integer()


_NUMBERS = (int, float, Number)  # most are found before the slow question is asked
_TYPES: dict[str, Check] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _type(_checks: Checks, schema: JsonObject) -> Check:
    told = schema["type"]
    return _any([_TYPES[name] for name in told]) if is_list(told) else _TYPES[told]


def _any(checks: list[Check]) -> Check:
    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110 (as in `_every`)
            if each(value):
                return True
        return False

    return check


def _any_of(checks: Checks, schema: JsonObject) -> Check:
    return _any([checks.make(part) for part in schema["anyOf"]])


def _all_of(checks: Checks, schema: JsonObject) -> Check:
    return _every([checks.make(part) for part in schema["allOf"]])


def _one_of(checks: Checks, schema: JsonObject) -> Check:
    parts = [checks.make(part) for part in schema["oneOf"]]
    return lambda value: sum(part(value) for part in parts) == 1


def _ref(checks: Checks, schema: JsonObject) -> Check:
    # Beside a reference older drafts read nothing else.
    if not _KEYWORDS.keys().isdisjoint(schema.keys() - {"$ref"}):
        raise UncoveredError
    return checks.referred(schema["$ref"])


def _chosen(choices: list[Any]) -> Check:
    """Return the check for one of some values: 1 is 1.0, and no boolean."""
    if any(isinstance(choice, list | dict) for choice in choices):
        raise UncoveredError
    known = {(isinstance(choice, bool), choice) for choice in choices}
    return lambda value: (
        not isinstance(value, list | dict) and (isinstance(value, bool), value) in known
    )


def _properties(checks: Checks, schema: JsonObject) -> Check:
    members = [(name, checks.make(part)) for name, part in schema["properties"].items()]
    members = [(name, made) for name, made in members if made is not _anything]

    def check(value: Any) -> bool:
        if isinstance(value, dict):
            for name, fits in members:
                if name in value and not fits(value[name]):
                    return False
        return True

    return check


def _required(_checks: Checks, schema: JsonObject) -> Check:
    names = frozenset(schema["required"])
    return lambda value: not isinstance(value, dict) or value.keys() >= names


def _additional(checks: Checks, schema: JsonObject) -> Check:
    declared = frozenset(schema.get("properties", ()))
    fits = checks.make(schema["additionalProperties"])
    if fits is _nothing:
        return lambda value: not isinstance(value, dict) or value.keys() <= declared
    return lambda value: (
        not is_object(value)
        or all(fits(held) for name, held in value.items() if name not in declared)
    )


def _items(checks: Checks, schema: JsonObject) -> Check:
    fits = checks.make(schema["items"])
    return lambda value: not is_list(value) or all(map(fits, value))


def _pattern(_checks: Checks, schema: JsonObject) -> Check:
    search = search_for(schema["pattern"])
    return lambda value: not isinstance(value, str) or bool(search(value))


def _sized(word: str, kind: type[Sized], breaks: Callable[[int, Any], bool]) -> Make:
    def make(_checks: Checks, schema: JsonObject) -> Check:
        limit = schema[word]
        return lambda value: not (isinstance(value, kind) and breaks(len(value), limit))

    return make


def _bounded(word: str, breaks: Callable[[Any, Any], bool]) -> Make:
    def make(_checks: Checks, schema: JsonObject) -> Check:
        bound = schema[word]
        return lambda value: not (_is_number(value) and breaks(value, bound))

    return make


_KEYWORDS: dict[str, Make] = {
    "$ref": _ref,
    "additionalProperties": _additional,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": lambda _checks, schema: _chosen([schema["const"]]),
    "enum": lambda _checks, schema: _chosen(schema["enum"]),
    "exclusiveMaximum": _bounded("exclusiveMaximum", operator.ge),
    "exclusiveMinimum": _bounded("exclusiveMinimum", operator.le),
    "items": _items,
    "maxItems": _sized("maxItems", list, operator.gt),
    "maxLength": _sized("maxLength", str, operator.gt),
    "maxProperties": _sized("maxProperties", dict, operator.gt),
    "maximum": _bounded("maximum", operator.gt),
    "minItems": _sized("minItems", list, operator.lt),
    "minLength": _sized("minLength", str, operator.lt),
    "minProperties": _sized("minProperties", dict, operator.lt),
    "minimum": _bounded("minimum", operator.lt),
    "oneOf": _one_of,
    "pattern": _pattern,
    "properties": _properties,
    "required": _required,
    "type": _type,
}
_SILENT = frozenset({"format"})
"""Keywords that jsonschema reads only where it is asked to, which it is not."""
_MOVING = frozenset({"$id", "$schema"})
"""Words that make a part a schema of its own, in which references and keywords mean others."""
