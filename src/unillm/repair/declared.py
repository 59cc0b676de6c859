"""What a schema says of the members of an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unillm.types.json import JsonObject, is_list, is_object

_MOST = 256
"""Parts of one schema that are looked into."""

_COMBINING = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "$ref"}
)


def parts_of(schema: Any, root: Any) -> Iterator[JsonObject]:
    """Give the schemas that are about the same value: a schema, and what it is combined of.

    Args:
        schema: The schema.
        root: The whole schema, which references point into; references to elsewhere are left out.
    """
    if is_object(schema) and _COMBINING.isdisjoint(schema):
        yield schema
        return
    todo: list[Any] = [schema]
    seen: set[int] = set()
    while todo and len(seen) < _MOST:
        part = todo.pop()
        if not is_object(part) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        for keyword in ("anyOf", "oneOf", "allOf"):
            several = part.get(keyword)
            if is_list(several):
                todo += several
        todo += [part[keyword] for keyword in ("if", "then", "else") if keyword in part]
        depending = part.get("dependentSchemas")
        if is_object(depending):
            todo += depending.values()
        if isinstance(part.get("$ref"), str):
            todo.append(_target(part["$ref"], root))


def declared_in(schema: Any, root: Any) -> JsonObject:
    """Return the schemas of the members that a schema names, by their names."""
    found: JsonObject = {}
    for part in parts_of(schema, root):
        properties = part.get("properties")
        if is_object(properties):
            for name, member in properties.items():
                found.setdefault(name, member)
    return found


def _target(reference: str, root: Any) -> Any:
    """Return what a JSON pointer into the schema points at, or None."""
    if not reference.startswith("#"):
        return None
    at = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if is_object(at):
            at = at.get(name)
        elif is_list(at) and name.isdigit() and int(name) < len(at):
            at = at[int(name)]
        else:
            return None
    return at
