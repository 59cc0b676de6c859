"""What a schema that is to be followed strictly may not be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from unillm.testing._objects import single
from unillm.testing.rules._reading import listed
from unillm.testing.rules.refusal import Refusal

__all__ = ["StrictDialect", "misfit", "unfit"]

_INNER = ("properties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf")
_DEPTH = 40

Place = tuple[str, ...]
StrictDialect = Collection[str]
"""The keywords that are not permitted."""


def unfit(
    kind: str,
    wanted: Mapping[str, Any],
    schema: object,
    forbidden: StrictDialect,
    *,
    param: str,
    code: str | None = None,
) -> Refusal | None:
    """Refuse what is to be followed strictly and has a schema that cannot be; None: it can.

    Args:
        kind: What it is called in the error: ``function`` or ``response_format``.
        wanted: What has the schema, its name, and ``strict``.
        schema: The schema.
        forbidden: The keywords that are not permitted.
        param: Where in the request it is.
        code: The error's code.
    """
    found = misfit(schema, forbidden)
    if wanted.get("strict") is not True or found is None:
        return None
    where, problem = found
    name = wanted.get("name")
    message = f"Invalid schema for {kind} '{name}': In context={where!r}, {problem}"
    return Refusal(message=message, param=param, code=code)


def misfit(schema: object, forbidden: StrictDialect) -> tuple[Place, str] | None:
    """Return where a schema is not strict, and what is wrong there; None where it is.

    Args:
        schema: The schema.
        forbidden: The keywords that are not permitted.
    """
    for place, inner in _within(single(schema), ()):
        problem = _problem(inner, forbidden)
        if problem is not None:
            return place, problem
    return None


def _within(schema: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    yield place, schema
    if len(place) > _DEPTH:
        return
    for key in _INNER:
        for name, inner in single(schema.get(key)).items():
            if isinstance(inner, dict):
                yield from _within(cast("dict[str, Any]", inner), (*place, key, name))
    if isinstance(schema.get("items"), dict):
        yield from _within(schema["items"], (*place, "items"))
    for key in _LISTS:
        for at, inner in enumerate(listed(schema.get(key))):
            if isinstance(inner, dict):
                yield from _within(cast("dict[str, Any]", inner), (*place, key, str(at)))


def _problem(schema: Mapping[str, Any], forbidden: StrictDialect) -> str | None:
    bad = next((key for key in schema if key in forbidden), None)
    if bad is not None:
        return f"'{bad}' is not permitted."
    kind = schema.get("type")
    if kind != "object" and "properties" not in schema:
        return None
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    named = listed(schema.get("required"))
    missing = next((name for name in single(schema.get("properties")) if name not in named), None)
    if missing is None:
        return None
    return (
        "'required' is required to be supplied and to be an array including every key in "
        f"properties. Missing '{missing}'."
    )
