"""Which branch of a union a value is of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from pydantic_core import to_json

from unillm._outputs.root import at
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_object


@dataclass(frozen=True, slots=True)
class Apart:
    """How far the branches of a union can be told apart.

    Attributes:
        values: Whether a value tells by its kind, or by a property that every branch requires,
            which branch it is of.
        keys: Whether no two objects begin with the same property, unless that tells them apart:
            OpenAI's strict mode answers 400 to others (openai/openai-python#2193, read
            2026-11-28; whether it still does is not known).
    """

    values: bool
    keys: bool


def are_told_apart(branches: list[Any], root: JsonObject) -> Apart:
    """Tell whether branches can be told apart."""
    known = [_resolved(branch, root) for branch in branches]
    objects = [branch for branch in known if "object" in kinds_of(branch)]
    lists = [branch for branch in known if "array" in kinds_of(branch)]
    nested = any({"anyOf", "oneOf", "$ref"} & branch.keys() for branch in known)
    tagged = len(objects) <= 1 or _tag_of(objects) is not None
    firsts = all(_differ_first(one, other) for one, other in combinations(objects, 2))
    return Apart(tagged and len(lists) <= 1 and not nested, firsts)


def branch_of(value: Any, branches: Iterable[Any], root: JsonObject) -> Any:
    """Return the branch a value is of, where they are told apart; None: of none."""
    kind = "object" if is_object(value) else "array"
    known = [branch for branch in branches if kind in kinds_of(_resolved(branch, root))]
    if len(known) <= 1 or not is_object(value):
        return known[0] if known else None
    tag = _tag_of([_resolved(branch, root) for branch in known])
    for branch in known:
        wanted = _resolved(branch, root).get("properties", {}).get(tag, {})
        if tag in value and to_json(value[tag]) in _values_of(wanted):
            return branch
    return None


def kinds_of(schema: JsonObject) -> list[str]:
    """Return which of ``object`` and ``array`` may satisfy a schema, as far as it says so."""
    kind = schema.get("type")
    if kind is None:
        return ["object"] if "properties" in schema else ["array"] if "items" in schema else []
    return kind if is_list(kind) else [kind]


def _resolved(schema: Any, root: JsonObject) -> JsonObject:
    seen = 0
    while is_object(schema) and "$ref" in schema and seen < len(root) + 64:
        schema, seen = at(root, schema["$ref"]), seen + 1
    return schema if is_object(schema) else {}


def _tag_of(objects: list[JsonObject]) -> str | None:
    """Return the property that every object requires, with values of its own in each."""
    for name in objects[0].get("properties", {}):
        if all(name in branch.get("required", ()) for branch in objects):
            values = [_values_of(branch["properties"].get(name)) for branch in objects]
            if all(values) and sum(map(len, values)) == len(set[bytes]().union(*values)):
                return str(name)
    return None


def _values_of(schema: Any) -> set[bytes]:
    """Return the values that a schema lists, as JSON; none where it lists none."""
    if not is_object(schema):
        return set()
    listed = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return {to_json(value) for value in listed}


def _differ_first(one: JsonObject, other: JsonObject) -> bool:
    first, second = (next(iter(branch.get("properties", {})), None) for branch in (one, other))
    return first != second or _tag_of([one, other]) == first
