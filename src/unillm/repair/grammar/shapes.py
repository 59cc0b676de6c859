"""What a schema says of the places in a value: the names and items declared there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm.types.json import is_list, is_mapping

_MAX_PARTS = 64


class Shape:
    """The part of a schema that is about one place in the value."""

    __slots__ = ("_below", "_root", "begins", "closed", "known", "names", "parts")

    def __init__(self, schemas: list[Any], root: Any) -> None:
        """Look through references and combinations.

        Args:
            schemas: The schemas any of which may be about the place.
            root: The whole schema, which local references point into.
        """
        self._root = root
        self.parts = _flat(schemas, root)
        self.names: dict[str, list[Any]] = {}
        for part in self.parts:
            declared: Any = part.get("properties")
            if is_mapping(declared):
                for name, schema in declared.items():
                    self.names.setdefault(name, []).append(schema)
        self.known = bool(self.names)
        self.closed = self.known and all(
            part.get("additionalProperties") is False
            for part in self.parts
            if is_mapping(part.get("properties"))
        )
        """Whether other names than the declared ones are forbidden."""
        self.begins = "".join(
            mark for mark, kind in (("{", "object"), ("[", "array")) if self.allows(kind)
        )
        """What a value that stands here may begin with, if it is no scalar."""
        self._below: dict[str | None, Shape] = {}

    def below(self, name: str | None) -> Shape:
        """Return the shape under a key, or of the items if the name is None."""
        shape = self._below.get(name)
        if shape is None:
            shape = self._below[name] = Shape(self._schemas_below(name), self._root)
        return shape

    def allows(self, *kinds: str) -> bool:
        """Tell whether a value of some JSON types may stand here, as far as ``type`` tells."""
        types = [part["type"] for part in self.parts if "type" in part]
        return not types or any(k == t or (is_list(t) and k in t) for t in types for k in kinds)

    def _schemas_below(self, name: str | None) -> list[Any]:
        if name is not None:
            found = self.names.get(name)
            return found or [part.get("additionalProperties") for part in self.parts]
        items = [part.get("items") for part in self.parts]
        prefixes = [part.get("prefixItems") for part in self.parts]
        return [*items, *(item for prefix in prefixes if is_list(prefix) for item in prefix)]


def _flat(schemas: list[Any], root: Any) -> list[Mapping[str, Any]]:
    parts: list[Mapping[str, Any]] = []
    waiting = list(schemas)
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_PARTS:
        schema = waiting.pop(0)
        if not is_mapping(schema) or id(schema) in seen:
            continue
        seen.add(id(schema))
        parts.append(schema)
        for word in ("allOf", "anyOf", "oneOf"):
            combined: Any = schema.get(word)
            waiting += combined if is_list(combined) else []
        waiting += [schema.get("then"), schema.get("else"), _referred(schema.get("$ref"), root)]
    return parts


def _referred(reference: Any, root: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if is_mapping(found) else None
    return found


NOTHING = Shape([], {})
"""What is known without a schema."""
