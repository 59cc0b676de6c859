"""Values that stand in tags without a type: the schema says what they are, or nothing does."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from unillm.errors import UnrepairableError
from unillm.repair.engine import repair_json
from unillm.repair.formats import Parameter
from unillm.repair.strict import NotStrictError, read
from unillm.schemas import CompiledSchema
from unillm.types.json import is_list, is_object

_SAYS_TYPE = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"}
_PYTHON = {"True", "False", "None"}


class _AmbiguousError(Exception):
    """A text may be a string or something else."""


def arguments_of(parameters: tuple[Parameter, ...], schema: CompiledSchema) -> str | None:
    """Return arguments as JSON; None if one of them may mean two things.

    Formats of this kind write a string as it is, and all else as JSON. So a text that is both is
    read as the schema has it. If the schema has both it is refused; if it does not say anything
    of the parameter, JSON is taken for JSON. A parameter that is not declared, of a tool that
    declares some, has no type.
    """
    root: Any = schema.schema
    declared: Any = root.get("properties") if is_object(root) else None
    others: Any = root.get("additionalProperties", not declared) if is_object(root) else True
    members: list[str] = []
    for parameter in parameters:
        known = is_object(declared) and parameter.name in declared
        subschema: Any = declared[parameter.name] if known else others
        if subschema is False and parameter.kind in {"typed", "nested"}:
            return None
        try:
            key, value = _string(parameter.name), _value(parameter, subschema, schema)
        except _AmbiguousError:
            return None
        members.append(f"{key}: {value}")
    return "{" + ", ".join(members) + "}"


def _value(parameter: Parameter, subschema: Any, schema: CompiledSchema) -> str:
    if parameter.kind == "string":
        return _string(parameter.text)
    if parameter.kind == "json":
        return _json(parameter.text)
    if parameter.kind == "nested":
        return _nested(parameter.parts, subschema, schema)
    return _typed(parameter.text, subschema, schema)


def _string(text: str) -> str:
    try:
        return to_json(text).decode()
    except ValueError:
        raise _AmbiguousError from None  # half a character


def _json(text: str) -> str:
    try:
        read(text)
    except NotStrictError:
        try:
            return to_json(repair_json(text, level="syntax").value).decode()
        except UnrepairableError:
            raise _AmbiguousError from None
    return text.strip()


def _typed(text: str, subschema: Any, schema: CompiledSchema) -> str:
    as_string = _string(text)
    try:
        value = read(text)
    except NotStrictError:
        if _says_nothing(subschema) and text.strip() in _PYTHON:
            raise _AmbiguousError from None
        return as_string
    if _says_nothing(subschema):
        return as_string if isinstance(value, str) else text.strip()
    string, other = _allows(subschema, text, schema), _allows(subschema, value, schema)
    if string and other and not isinstance(value, str):
        raise _AmbiguousError
    if string or (not other and _wants_string(subschema)):
        return as_string
    return text.strip()


def _allows(subschema: Any, value: Any, schema: CompiledSchema) -> bool:
    return schema.part(subschema).fits(value)


def _wants_string(subschema: Any) -> bool:
    return is_object(subschema) and subschema.get("type") == "string"


def _says_nothing(subschema: Any) -> bool:
    return not is_object(subschema) or not _SAYS_TYPE & {*subschema}


def _nested(parts: Any, subschema: Any, schema: CompiledSchema) -> str:
    if isinstance(parts, str):
        return _typed(parts, subschema, schema)
    inner: Any = subschema if is_object(subschema) else {}
    if is_list(parts):
        items = inner.get("items", True)
        return "[" + ", ".join(_nested(part, items, schema) for part in parts) + "]"
    properties: Any = inner.get("properties", {})
    others: Any = inner.get("additionalProperties", True)
    members = [
        f"{_string(name)}: {_nested(part, properties.get(name, others), schema)}"
        for name, part in parts.items()
    ]
    return "{" + ", ".join(members) + "}"
