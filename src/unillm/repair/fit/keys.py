"""Objects with keys that are missing or not known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from unillm.repair.changes import Change
from unillm.repair.declared import declared_in
from unillm.repair.fit.judge import Fault
from unillm.repair.fit.look import Look, path_of
from unillm.repair.places import Member, Path
from unillm.repair.rules.key_names import key_names
from unillm.repair.rules.unknown_keys import unknown_keys
from unillm.schemas.patterns import search_for
from unillm.types.json import JsonObject, is_list, is_object

_CLOSED = frozenset({"additionalProperties", "unevaluatedProperties"})
_ABOUT_KEYS = _CLOSED | {"required", "dependentRequired"}

_NAMING = ("properties", "patternProperties")


def is_about_keys(fault: Fault, node: Any) -> bool:
    """Tell whether a fault is about an object's keys; that of a name has the name as instance."""
    return fault.validator in _ABOUT_KEYS or fault.instance is not node


def keys_changed(look: Look, path: Path, node: JsonObject, faults: list[Fault]) -> list[Change]:
    """Return the changes to the keys of an object.

    Args:
        look: The text.
        path: The way to the object.
        node: The object.
        faults: What is wrong about its keys.

    Raises:
        UnrepairableError: There are none, or several ways.
    """
    declared, known = _names(look, path, node, faults)
    missing = [(name, fault) for fault in faults for name in _missing(fault, node)]
    declared |= {name: None for name, _ in missing}
    keys = [key for key in node if key in declared or key not in known]
    pairs = key_names(keys, declared, look.options.aliases)
    given = set(pairs.values())
    for name, fault in missing:
        if name not in given:
            look.refuse(fault)
    left = _left_over(look, faults, [k for k in keys if k not in declared and k not in pairs])
    if not pairs and not left:
        look.refuse(faults[0])
    found: list[Change] = []
    for members in look.places.members[path]:
        found += renamed(members, pairs)
        if left:
            found += unknown_keys(members, left)
    return found


def renamed(members: list[Member], names: Mapping[str, str]) -> list[Change]:
    """Return the changes that give members of an object other names."""
    return [
        Change(
            member.start,
            member.key_end,
            json.dumps(names[member.key], ensure_ascii=False),
            "key_names",
            "protocol",
        )
        for member in members
        if member.key in names
    ]


def _left_over(look: Look, faults: list[Fault], unknown: list[str]) -> list[str]:
    """Return the keys that must go, where the schema takes no others than it declares."""
    closed = next((fault for fault in faults if fault.validator in _CLOSED), None)
    if closed is None or not unknown:
        return []
    if not look.work.lossy:
        look.refuse(closed)
    return unknown


def _names(
    look: Look, path: Path, node: JsonObject, faults: list[Fault]
) -> tuple[JsonObject, set[str]]:
    """Return the names that are declared, and the keys that match a declared pattern."""
    declared: JsonObject = {}
    known: set[str] = set()
    for schema in _schemas(look, path, faults):
        declared |= declared_in(schema, look.work.root)
        for pattern in schema.get("patternProperties") or ():
            known.update(filter(search_for(pattern), node))
    return declared, known


def _schemas(look: Look, path: Path, faults: list[Fault]) -> Iterator[JsonObject]:
    """Give the schemas that are known to be about the object at a path.

    Within a branch of ``anyOf`` the other branches say nothing of it.
    """
    found: list[Any] = [fault.schema for fault in faults]
    within = False
    for fault in faults:
        outer = fault.parent
        while outer is not None and path_of(outer) == path:
            within = True
            found.append({word: outer.schema[word] for word in _NAMING if word in outer.schema})
            outer = outer.parent
    if not path and not within:
        found.append(look.schema.schema)
    seen: set[int] = set()
    for schema in found:
        if is_object(schema) and id(schema) not in seen:
            seen.add(id(schema))
            yield schema


def _missing(fault: Fault, node: JsonObject) -> list[str]:
    """Return the names that a fault says are missing."""
    wanted = fault.validator_value
    if fault.validator == "required" and is_list(wanted):
        return [name for name in wanted if name not in node]
    if fault.validator == "dependentRequired" and is_object(wanted):
        return [name for key in wanted if key in node for name in wanted[key] if name not in node]
    return []
