"""Keys of open objects that fit, and are spelled otherwise than they are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unillm.errors import UnrepairableError
from unillm.repair.changes import Change
from unillm.repair.declared import parts_of
from unillm.repair.fit.keys import renamed
from unillm.repair.places import Path, places_of
from unillm.repair.rules.key_names import key_names
from unillm.types.json import JsonObject, is_list, is_object


def respelled(
    text: str, value: Any, schema: JsonObject, aliases: Mapping[str, str]
) -> list[Change]:
    """Return the changes to keys that only an open object takes, and that are declared otherwise.

    A text is repaired already when this is asked: one that fits as it came is never changed.

    Args:
        text: JSON that fits.
        value: Its value.
        schema: The whole schema.
        aliases: Other names of declared keys.
    """
    found = dict(_unknown(value, schema, schema, aliases, ()))
    if not found:
        return []
    objects = places_of(text, found).members
    changes: list[Change] = []
    for path, names in found.items():
        for members in objects[path]:
            changes += renamed(members, names)
    return sorted(changes, key=lambda change: change.start)


def _unknown(
    value: Any, schema: Any, root: JsonObject, aliases: Mapping[str, str], path: Path
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give the objects with such keys, and the names that are declared for them."""
    parts = list(parts_of(schema, root))
    if is_list(value):
        items = [part["items"] for part in parts if is_object(part.get("items"))]
        for index, item in enumerate(value) if len(items) == 1 else ():
            if is_object(item) or is_list(item):
                yield from _unknown(item, items[0], root, aliases, (*path, index))
    if not is_object(value):
        return
    declaring = [part for part in parts if is_object(part.get("properties"))]
    if len(declaring) != 1:  # none, or several of which one may not be meant
        return
    declared = declaring[0]["properties"]
    names = _names(value, declaring[0], aliases)
    if names:
        yield path, names
    for key, held in value.items():
        if is_object(held) or is_list(held):
            yield from _unknown(
                held, declared.get(names.get(key, key)), root, aliases, (*path, key)
            )


def _names(value: JsonObject, schema: JsonObject, aliases: Mapping[str, str]) -> dict[str, str]:
    declared = schema["properties"]
    if schema.get("patternProperties") or value.keys() <= declared.keys():
        return {}
    try:
        return key_names(value, declared, aliases)
    except UnrepairableError:
        return {}  # it fits as it is, so nothing has to be decided
