"""A schema in the part of JSON Schema that strict mode takes, if it means the same there.

What strict mode takes is said at https://developers.openai.com/api/docs/guides/structured-outputs
(quoted in juspay/neurolink#1691 and ai-dynamo/dynamo#15153, read 2026-11-28): objects are closed
and require every property, the root is one, there are at most 10 levels, 5,000 properties and 1,000
values of enums, and not all keywords are taken. Which are not, and that there is no ``oneOf``:
pydantic-ai, profiles/openai.py, and openai/openai-agents-python#1884 (read 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic_core import to_json

from unillm._outputs.root import at
from unillm._outputs.unions import are_told_apart, branch_of
from unillm.schemas import CompiledSchema, compile_schema
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, is_list, is_object

_DROPPED = frozenset(
    ("title", "default", "examples", "deprecated", "readOnly", "writeOnly", "discriminator")
)
"""What says nothing about which values are good."""
_KEPT = frozenset(
    (
        *("type", "enum", "const", "description", "minimum", "maximum", "exclusiveMinimum"),
        *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "pattern", "format"),
    )
)
_TOLD = frozenset(("minLength", "maxLength", "uniqueItems", "contentEncoding", "contentMediaType"))
"""What goes into the description, and is held against the answer here."""
_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
)
_UNREADABLE = ("(?", "\\1", "\\k", "\\p", "\\P", "\\b", "\\B")
"""What a pattern may hold that not every engine of the hosts' reads."""
_STRUCTURE = frozenset(
    ("properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "$ref")
)
_ROOT = frozenset(("$defs", "definitions", "$schema", "$comment"))
_NULL: JsonObject = {"type": "null"}
_MOST_LEVELS, _MOST_PROPERTIES, _MOST_ENUMS = 10, 5_000, 1_000
_NAMES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


class _LooseError(Exception):
    """Strict mode cannot say what the schema says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """A schema for strict mode, and what becomes of values that satisfy it.

    Attributes:
        schema: The schema.
        answers: What an answer may be: the schema it was made of, with null for what may be left
            out as well.
        back: Returns the value that was meant by one that satisfies it: without the nulls that
            stand for what is left out.
        relaxed: Whether it takes more than the schema it was made of.
    """

    schema: JsonObject
    answers: CompiledSchema
    back: Callable[[Any], Any]
    relaxed: bool


def strict_of(schema: JsonObject) -> Strict | None:
    """Return a schema for strict mode; None where it would mean something else there.

    The root must be an object. What strict mode has no words for, such as a length, goes into the
    description, and is left for whoever holds the answer against the schema itself.
    """
    try:
        return _Making(schema).strict()
    except (_LooseError, RecursionError):
        return None


class _Making:
    """One schema while it is made strict."""

    def __init__(self, schema: JsonObject) -> None:
        self._root = schema
        self._compiled = compile_schema(schema)
        self._relaxed = False
        self._nulls = False
        self._blurred = False
        """Whether a value does not tell which branch of a union it is of."""

    def strict(self) -> Strict:
        root = self._root
        made = self._made({key: value for key, value in root.items() if key not in _ROOT})
        for key in ("$defs", "definitions"):
            if is_object(root.get(key)):
                made[key] = {name: self._made(inner) for name, inner in root[key].items()}
        if self._nulls and self._blurred:
            raise _LooseError
        if _levels(made) > _MOST_LEVELS or _is_large(made):
            raise _LooseError
        if not self._nulls:
            return Strict(schema=made, answers=self._compiled, back=_same, relaxed=self._relaxed)
        answers = compile_schema(self._answers(root))
        return Strict(
            schema=made,
            answers=answers,
            back=lambda value: self._back(value, root),
            relaxed=self._relaxed,
        )

    def _made(self, schema: Any) -> JsonObject:
        if not is_object(schema):
            raise _LooseError
        meaning = {key: value for key, value in schema.items() if key not in _DROPPED}
        if meaning.keys() - _KEPT - _TOLD - _STRUCTURE - {"$comment"}:
            raise _LooseError
        if "$ref" in meaning:
            return self._reference(meaning)
        made = self._scalars(meaning)
        if "properties" in meaning or "object" in _types(made):
            made |= self._object(meaning)
        if "items" in meaning or "array" in _types(made):
            made["items"] = self._made(meaning.get("items"))
        for key in ("anyOf", "oneOf"):
            if key in meaning:
                made |= self._union(meaning, key)
        if not made.keys() & {"type", "anyOf"}:
            made["type"] = _type_of(made)
        return made

    def _reference(self, schema: JsonObject) -> JsonObject:
        beside = schema.keys() - {"$ref", "description", "$comment"}
        if beside or at(self._root, schema["$ref"]) is None:
            raise _LooseError
        if not schema["$ref"].startswith(("#/$defs/", "#/definitions/")) and schema["$ref"] != "#":
            raise _LooseError
        if "description" not in schema:
            return {"$ref": schema["$ref"]}
        # Strict mode takes nothing beside a reference, but does beside anyOf.
        return {"anyOf": [{"$ref": schema["$ref"]}], "description": schema["description"]}

    def _scalars(self, schema: JsonObject) -> JsonObject:
        told = {key: value for key, value in schema.items() if key in _TOLD}
        kept = {key: value for key, value in schema.items() if key in _KEPT}
        if kept.get("format", "date") not in _FORMATS:
            told["format"] = kept.pop("format")
        if any(part in str(kept.get("pattern", "")) for part in _UNREADABLE):
            told["pattern"] = kept.pop("pattern")
        if told:
            self._relaxed = True
            words = ", ".join(f"{key}: {to_json(value).decode()}" for key, value in told.items())
            said = kept.get("description")
            kept["description"] = f"{said} ({words})" if said else words
        return kept

    def _object(self, schema: JsonObject) -> JsonObject:
        if schema.get("additionalProperties", False) is not False:
            raise _LooseError
        if schema.get("type", "object") != "object" and "object" not in _types(schema):
            raise _LooseError
        properties = schema.get("properties", {} if "additionalProperties" in schema else None)
        if not is_object(properties):
            raise _LooseError  # any object at all
        required = schema.get("required", [])
        if not set(required) <= properties.keys():
            raise _LooseError
        made = {
            name: self._property(inner, is_required=name in required)
            for name, inner in properties.items()
        }
        return {
            "type": schema.get("type", "object"),
            "properties": made,
            "required": list(properties),
            "additionalProperties": False,
        }

    def _property(self, schema: Any, *, is_required: bool) -> JsonObject:
        made = self._made(schema)
        if is_required:
            return made
        if not self._takes_null(schema):
            self._nulls = True
            return {"anyOf": [made, _NULL]}
        if "default" not in schema or schema["default"] is not None:
            raise _LooseError  # null would be null and, as well, what is left out
        return made

    def _takes_null(self, schema: Any) -> bool:
        return self._compiled.part(schema).fits(None)

    def _union(self, schema: JsonObject, key: str) -> JsonObject:
        branches = schema[key]
        if not is_list(branches) or {"anyOf", "oneOf"} <= schema.keys():
            raise _LooseError
        if schema.keys() & {"type", "properties", "items"}:
            raise _LooseError
        apart = are_told_apart(branches, self._root)
        if not apart.keys:
            raise _LooseError
        self._blurred |= not apart.values
        self._relaxed |= key == "oneOf" and not apart.values
        return {"anyOf": [self._made(branch) for branch in branches]}

    def _answers(self, schema: Any) -> Any:
        """Return a schema that takes null for what may be left out."""
        if is_list(schema):
            return [self._answers(item) for item in schema]
        if not is_object(schema):
            return schema
        made = dict(schema)
        for key in ("items", "anyOf", "oneOf"):
            if key in made:
                made[key] = self._answers(made[key])
        for key in ("$defs", "definitions"):
            if is_object(made.get(key)):
                made[key] = {name: self._answers(inner) for name, inner in made[key].items()}
        if is_object(made.get("properties")):
            made["properties"] = {
                name: self._or_null(name, inner, schema)
                for name, inner in made["properties"].items()
            }
        return made

    def _or_null(self, name: str, inner: Any, schema: JsonObject) -> Any:
        made = self._answers(inner)
        return {"anyOf": [made, _NULL]} if self._stands_for_nothing(name, inner, schema) else made

    def _stands_for_nothing(self, name: str, inner: Any, schema: JsonObject) -> bool:
        return name not in schema.get("required", ()) and not self._takes_null(inner)

    def _back(self, value: Any, schema: Any) -> Any:
        """Return a value without the nulls that stand for what is left out."""
        while is_object(schema) and "$ref" in schema:
            schema = at(self._root, schema["$ref"])
        if not is_object(schema):
            return value
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches and (is_object(value) or is_list(value)):
            branch = branch_of(value, branches, self._root)
            return value if branch is None else self._back(value, branch)
        if is_list(value):
            return [self._back(item, schema.get("items")) for item in value]
        if not is_object(value):
            return value
        properties = schema.get("properties", {})
        return {
            name: self._back(held, properties.get(name))
            for name, held in value.items()
            if held is not None
            or name not in properties
            or not self._stands_for_nothing(name, properties[name], schema)
        }


def _same(value: Any) -> Any:
    return value


def _types(schema: JsonObject) -> list[str]:
    kind = schema.get("type", [])
    return kind if is_list(kind) else [kind]


def _type_of(schema: JsonObject) -> Any:
    """Return the type of what a schema lists, which strict mode wants said."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not is_list(values) or not all(type(value) in _NAMES for value in values):
        raise _LooseError
    names = list(dict.fromkeys(_NAMES[type(value)] for value in values))
    return names[0] if len(names) == 1 else names


def _levels(schema: Any) -> int:
    """Return how many objects and lists stand within one another, references not followed."""
    return 1 + max((_levels(inner) for inner in _inside(schema)), default=0)


def _is_large(schema: Any) -> bool:
    """Tell whether a schema has more properties, or values listed, than strict mode takes."""
    properties, values, left = 0, 0, [schema]
    while left:
        part = left.pop()
        properties += len(part.get("properties", ())) if is_object(part) else 0
        values += len(part.get("enum", ())) if is_object(part) else 0
        left += _inside(part)
    return properties > _MOST_PROPERTIES or values > _MOST_ENUMS


def _inside(schema: Any) -> Iterator[Any]:
    if not is_object(schema):
        return
    for key in ("properties", "$defs", "definitions"):
        yield from schema.get(key, {}).values()
    yield from schema.get("anyOf", ())
    if "items" in schema:
        yield schema["items"]
