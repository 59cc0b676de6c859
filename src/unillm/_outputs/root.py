"""A schema whose root is an object, as hosts want it."""

from __future__ import annotations

from typing import Any

from unillm.types.json import JsonObject, is_list, is_object

KEY = "value"
"""Under this key stands what is no object."""

_DEFINITIONS = ("$defs", "definitions")
_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_DATA = ("const", "enum", "default", "examples")
_MOST_STEPS = 32
_OWN = ("$id", "$schema")


def is_object_schema(schema: JsonObject) -> bool:
    """Tell whether only objects satisfy a schema, as far as its root says so itself."""
    return schema.get("type") == "object"


def with_object_root(schema: JsonObject) -> tuple[JsonObject, bool]:
    """Return a schema whose root is an object, and whether the value stands under `KEY` in it.

    A root that is only a reference to an object becomes that object. Anything else that may be no
    object is put into one, its definitions above it, with references that lead where they did.
    """
    found = _resolved(schema)
    if is_object_schema(found):
        if found is schema:
            return schema, False
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**found, **beside}, False
    own = {key: schema[key] for key in _OWN if key in schema}
    hoisted = {key: schema[key] for key in _DEFINITIONS if key in schema}
    inside = {key: value for key, value in schema.items() if key not in own | hoisted}
    if "$id" in schema:
        # References inside are meant from there, and lead where they did.
        own, hoisted, moved = {}, {}, schema
    else:
        hoisted = {key: _moved(value) for key, value in hoisted.items()}
        moved = _moved(inside)
    wrapped: JsonObject = {
        **own,
        "type": "object",
        "properties": {KEY: moved},
        "required": [KEY],
        "additionalProperties": False,
        **hoisted,
    }
    return wrapped, True


def at(schema: JsonObject, reference: Any) -> Any:
    """Return what a reference within a schema leads to; None: it does not."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: Any = schema
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if not is_object(found) or name not in found:
            return None
        found = found[name]
    return found if reference in {"#", "#/"} or reference.startswith("#/") else None


def _resolved(schema: JsonObject) -> JsonObject:
    """Return what a root that is only a reference refers to."""
    found = schema
    for _ in range(_MOST_STEPS):
        meaning = found.keys() - {"$ref", "$schema", "title", "description", *_DEFINITIONS}
        if "$ref" not in found or meaning:
            break
        target = at(schema, found["$ref"])
        if not is_object(target):
            break
        found = target
    return found


def _moved(schema: Any) -> Any:
    """Return a part of a schema whose root has moved under `KEY`."""
    if is_list(schema):
        return [_moved(item) for item in schema]
    if not is_object(schema):
        return schema
    made: JsonObject = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str) and value.startswith("#"):
            made[key] = _reference(value)
        elif key in _SCHEMAS and is_object(value):
            made[key] = {name: _moved(inner) for name, inner in value.items()}
        else:
            made[key] = value if key in _DATA else _moved(value)
    return made


def _reference(reference: str) -> str:
    if reference in {"#", "#/"}:
        return f"#/properties/{KEY}"
    if reference.startswith("#/") and reference.split("/")[1] not in _DEFINITIONS:
        return f"#/properties/{KEY}/{reference[2:]}"
    return reference  # to a definition, or to an anchor
