"""JSON Schema validators, made once for each schema; regular expressions mean what ECMA says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import Tool

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_CACHED = 256

Search: TypeAlias = Callable[[str], Any]
"""Finds a pattern in a text; something falsy if it is not there."""


def validator_of(tool: Tool) -> Validator:
    """Return what holds arguments against a tool's schema.

    Raises:
        jsonschema.SchemaError: The schema is not valid.
        re.error: A pattern in it is no regular expression.
    """
    return _made(to_json(tool.parameters))


def require_usable(tool: Tool) -> None:
    """Refuse a tool whose schema no arguments could ever be held against.

    Raises:
        InvalidRequestError: It is not valid JSON Schema; the message says where and why.
    """
    from jsonschema.exceptions import SchemaError

    try:
        validator_of(tool)
    except SchemaError as wrong:
        where = ".".join(str(step) for step in wrong.absolute_path)
        at = f" at {where}" if where else ""
        message = f"the parameters of tool {tool.name!r} are not valid JSON Schema{at}: "
        raise InvalidRequestError(message + wrong.message) from None
    except re.error as wrong:
        message = (
            f"the parameters of tool {tool.name!r} have a pattern that cannot be read: {wrong}"
        )
        raise InvalidRequestError(message) from None
    except (ValueError, TypeError, AttributeError, RecursionError) as wrong:
        message = f"the parameters of tool {tool.name!r} cannot be written as JSON: {wrong}"
        raise InvalidRequestError(message) from None


@lru_cache(maxsize=_CACHED)
def _made(schema: bytes) -> Validator:
    from jsonschema import FormatChecker
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    parsed = from_json(schema)
    kind: Any = Draft202012Validator
    if isinstance(parsed.get("$schema"), str):  # else it is for `check_schema` to refuse
        kind = validator_for(parsed, default=kind)
    # Without formats: its check of a regular expression is Python's.
    kind.check_schema(parsed, format_checker=FormatChecker(()))
    for pattern in _patterns(parsed):
        search_for(pattern)
    # An empty registry: a reference to a URL is never fetched.
    nothing: Registry[Any] = Registry()
    made: Validator = _with_patterns(kind)(parsed, registry=nothing)
    return made


@lru_cache(maxsize=16)
def _with_patterns(kind: Any) -> Any:
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


def _patterns(schema: Any, *, names: bool = False) -> Iterator[str]:
    """Give every pattern of a schema; below ``properties`` the keys are names, no keywords."""
    if is_list(schema):
        for item in schema:
            yield from _patterns(item)
    if not is_object(schema):
        return
    for key, value in schema.items():
        if not names and key == "pattern" and isinstance(value, str):
            yield value
        if not names and key == "patternProperties" and is_object(value):
            yield from value
        if names or key not in {"const", "default", "enum", "examples"}:
            yield from _patterns(value, names=not names and key in _NAMED)


_NAMED = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
