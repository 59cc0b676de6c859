"""Regular expressions in schemas mean what ECMA says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from unillm.types.json import JsonObject, is_list, is_object

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_CACHED = 256

Search: TypeAlias = Callable[[str], Any]
"""Finds a pattern in a text; something falsy if it is not there."""


@lru_cache(maxsize=16)
def with_patterns(kind: Any) -> Any:
    """Return a kind of validator that reads patterns with `search_for`."""
    import jsonschema.validators

    validators: Any = jsonschema.validators
    known = kind.VALIDATORS["additionalProperties"]

    def additional(validator: Any, allowed: Any, value: Any, schema: JsonObject) -> Any:
        patterns = [search_for(pattern) for pattern in schema.get("patternProperties", ())]
        if not patterns or not is_object(value):
            return known(validator, allowed, value, schema)
        others = {k: v for k, v in value.items() if not any(search(k) for search in patterns)}
        plain = {key: held for key, held in schema.items() if key != "patternProperties"}
        return known(validator, allowed, others, plain)

    mine = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": additional,
    }
    return validators.extend(kind, mine)


def _pattern(
    validator: Any, pattern: str, value: Any, _schema: JsonObject
) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not search_for(pattern)(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: JsonObject, value: Any, _schema: JsonObject
) -> Iterator[ValidationError]:
    if not is_object(value):
        return
    for pattern, schema in patterns.items():
        search = search_for(pattern)
        for key, held in value.items():
            if search(key):
                yield from validator.descend(held, schema, path=key, schema_path=pattern)


@lru_cache(maxsize=_CACHED)
def search_for(pattern: str) -> Search:
    r"""Return the search for a pattern: by ECMA-262 as JSON Schema wants it, else by Python.

    ECMA's Unicode mode, which the specification asks for, refuses needless escapes such as
    ``\-``, so that its older mode is tried next. Schemas written for Python have ``(?P<name>…)``.

    Raises:
        re.error: It is no regular expression in any of the three.
    """
    from regress import Regex, RegressError

    for flags in ("u", ""):
        try:
            return Regex(pattern, flags).find
        except RegressError:
            continue
    return re.compile(pattern).search


def patterns_in(schema: Any, *, names: bool = False) -> Iterator[str]:
    """Give every pattern of a schema; below ``properties`` the keys are names, no keywords."""
    if is_list(schema):
        for item in schema:
            yield from patterns_in(item)
    if not is_object(schema):
        return
    for key, value in schema.items():
        if not names and key == "pattern" and isinstance(value, str):
            yield value
        if not names and key == "patternProperties" and is_object(value):
            yield from value
        if names or key not in {"const", "default", "enum", "examples"}:
            yield from patterns_in(value, names=not names and key in _NAMED)


_NAMED = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
