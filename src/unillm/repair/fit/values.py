"""Values of the wrong type, or none of those that may be chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change
from unillm.repair.fit.catalog import VALUE_RULES
from unillm.repair.fit.judge import Fault
from unillm.repair.fit.look import Look
from unillm.repair.fit.said import said_in
from unillm.repair.misfit import Misfit
from unillm.repair.places import Path, places_of
from unillm.repair.rules.optional_null import optional_null

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def values_for(look: Look, path: Path, node: Any, faults: list[Fault]) -> dict[str, list[Change]]:
    """Return what the rules make of a value, by the text they give.

    Args:
        look: The text.
        path: The way to the value.
        node: The value.
        faults: What is wrong with it, all from one schema.
    """
    types, choices = _wanted(faults)
    if not types:
        return {}
    schema = faults[0].schema

    def said() -> str | None:
        return said_in(node, replace(look.options, schema=look.schema.part(schema)))

    # A key that is there twice, with equal values: both are changed.
    places = look.places.spans[path]
    found: dict[str, list[Change]] = {}
    for start, end in places:
        literal = look.text[start:end]
        misfit = Misfit(node, literal, types, choices, schema, look.work.root, path, said)
        for name, rule in VALUE_RULES.items():
            for text in rule(misfit):
                change = Change(start, end, text, name, "coerce")
                if text not in found:
                    found[text] = [change]
                elif found[text][-1].start < start:
                    found[text].append(change)
    if len(places) > 1:
        return {text: changes for text, changes in found.items() if len(changes) == len(places)}
    return found


def left_out(look: Look, paths: list[Path]) -> list[Change]:
    """Return the changes that take out members that are null.

    Raises:
        UnrepairableError: One is no member of an object.
    """
    keys: dict[Path, set[str]] = {}
    for path in paths:
        if not path or not isinstance(path[-1], str):
            raise UnrepairableError("null does not fit", schema_path=path, partial=look.value)
        keys.setdefault(path[:-1], set()).add(path[-1])
    objects = places_of(look.text, keys).members
    return [
        change
        for above, gone in keys.items()
        for members in objects[above]
        for change in optional_null(members, gone)
    ]


def _wanted(faults: list[Fault]) -> tuple[frozenset[str], tuple[Any, ...]]:
    """Return the types and the values that a schema would take, if that is what is wrong."""
    types: set[str] = set()
    choices: tuple[Any, ...] = ()
    for fault in faults:
        wanted = fault.validator_value
        if fault.validator == "type":
            types.update([wanted] if isinstance(wanted, str) else wanted)
        elif fault.validator in {"enum", "const"}:
            choices = tuple(wanted) if fault.validator == "enum" else (wanted,)
    if choices and not types:
        types = {_type_of(choice) for choice in choices}
    return frozenset(types), choices


def _type_of(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")
