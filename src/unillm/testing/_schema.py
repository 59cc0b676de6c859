"""Values that satisfy simple JSON schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from unillm.testing._objects import objects

__all__ = ["plausible"]

_DEPTH = 12
_DEEP = 6
"""From here on a schema that holds itself is brought to an end, where it has one."""


def plausible(
    schema: Mapping[str, Any], text: str, root: Mapping[str, Any] | None = None, depth: int = 0
) -> Any:
    """Return a value that satisfies a simple schema, the same one each time.

    Args:
        schema: A JSON schema. ``const``, ``enum``, ``default``, the first entry of ``anyOf``,
            ``oneOf`` and ``allOf``, local ``$ref``, the types, ``prefixItems``, and bounds are
            minded.
        text: Words for strings: the capitalised ones are preferred.
        root: The schema that ``$ref`` is resolved in.
        depth: How deep in the schema this is.
    """
    root = schema if root is None else root
    if depth > _DEPTH:
        return None
    fixed = [schema[key] for key in ("const", "default") if key in schema] + list(
        schema.get("enum", ())
    )
    if fixed:
        return fixed[0]
    inner = _inner(schema, root, depth)
    if inner is not None:
        return plausible(inner, text, root, depth + 1)
    kind = _type(schema)
    if kind == "object":
        return _object(schema, text, root, depth)
    if kind == "array":
        return _array(schema, text, root, depth)
    return _scalar(kind, schema, text)


def _inner(
    schema: Mapping[str, Any], root: Mapping[str, Any], depth: int
) -> Mapping[str, Any] | None:
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        found: Any = root
        for step in reference.removeprefix("#").strip("/").split("/"):
            found = found.get(step, {}) if step else found
        return cast("Mapping[str, Any]", found)
    for key in ("anyOf", "oneOf", "allOf"):
        options = objects(schema.get(key))
        if options:
            ends = [one for one in options if one.get("type") == "null"] if depth >= _DEEP else []
            return (ends or options)[0]
    return None


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((entry for entry in cast("list[object]", kind) if entry != "null"), "null")
    return str(kind) if kind else "object" if "properties" in schema else "string"


def _object(
    schema: Mapping[str, Any], text: str, root: Mapping[str, Any], depth: int
) -> dict[str, Any]:
    properties = cast("dict[str, dict[str, Any]]", schema.get("properties", {}))
    wanted = cast("list[str]", schema.get("required", list(properties)[:1] if depth == 0 else []))
    return {name: plausible(properties.get(name, {}), text, root, depth + 1) for name in wanted}


def _array(schema: Mapping[str, Any], text: str, root: Mapping[str, Any], depth: int) -> list[Any]:
    first = [plausible(one, text, root, depth + 1) for one in objects(schema.get("prefixItems"))]
    least = max(int(schema.get("minItems", 0)), 0 if first or depth >= _DEEP else 1)
    if least <= len(first):
        return first
    items = schema.get("items")
    known = cast("dict[str, Any]", items if isinstance(items, dict) else {"type": "string"})
    return first + [plausible(known, text, root, depth + 1)] * (least - len(first))


def _scalar(kind: str, schema: Mapping[str, Any], text: str) -> Any:
    match kind:
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema, text)


def _number(schema: Mapping[str, Any], *, whole: bool) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", max(low, 1) + 1) - 1)
    value = min(max(1, low), high)
    return int(value) if whole else float(value)


def _string(schema: Mapping[str, Any], text: str) -> str:
    formats = {
        "date": "2026-01-01",
        "date-time": "2026-01-01T00:00:00Z",
        "email": "a@example.com",
        "uri": "https://example.com",
    }
    known = formats.get(str(schema.get("format")))
    found = re.findall(r"\b[A-Z][\w-]+", text)
    value = known or (found[-1] if found else "Paris")
    return value[: int(schema.get("maxLength", len(value)))].ljust(
        int(schema.get("minLength", 0)), "x"
    )
