"""Whether strict tools are as their provider demands."""

from __future__ import annotations

from typing import Any

from unillm.errors import UnsupportedFeatureError
from unillm.types.json import is_list, is_object
from unillm.types.profile import StrictTools
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_NAMED = ("properties", "$defs", "definitions")
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "not", "additionalProperties")


def check_strict(request: ChatRequest, rules: StrictTools, target: Target) -> None:
    """Refuse strict tools that the provider would refuse.

    Raises:
        UnsupportedFeatureError: One is not as it demands; the message says where and what to do.
    """
    loose = [tool.name for tool in request.tools if not tool.strict]
    if loose and rules.all_or_none:
        message = f"{target} wants all tools strict or none; not strict: {', '.join(loose)}. "
        raise _refusal(message + "Give them strict=True, or leave it out everywhere.", target)
    for tool in request.tools:
        fault = _fault(tool.parameters, "parameters", rules) if tool.strict else None
        if fault is not None:
            message = f"{target} does not take the strict tool {tool.name!r}: {fault}. "
            raise _refusal(message + "Change the schema, or leave strict=True out.", target)


def _fault(schema: Any, where: str, rules: StrictTools) -> str | None:
    """Return the first thing wrong with a schema and what is inside it."""
    if not is_object(schema):
        return None
    unknown = sorted(rules.unknown & schema.keys())
    if unknown:
        return f"{where} has {unknown[0]}, which strict mode does not know"
    if rules.closed and (schema.get("type") == "object" or "properties" in schema):
        fault = _not_closed(schema, where)
        if fault is not None:
            return fault
    for place, inner in _inside(schema, where):
        fault = _fault(inner, place, rules)
        if fault is not None:
            return fault
    return None


def _not_closed(schema: dict[str, Any], where: str) -> str | None:
    if schema.get("additionalProperties") is not False:
        return f"{where} lacks additionalProperties: false"
    properties: Any = schema.get("properties")
    required: Any = schema.get("required")
    names = list(properties) if is_object(properties) else []
    missing = [name for name in names if not is_list(required) or name not in required]
    return f"{where} does not require {missing[0]!r}" if missing else None


def _inside(schema: dict[str, Any], where: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [
        (f"{where}.{key}", schema[key]) for key in _SINGLE if key in schema
    ]
    for key in _NAMED:
        named = schema.get(key)
        if is_object(named):
            found += [(f"{where}.{name}", inner) for name, inner in named.items()]
    for key in _LISTED:
        listed = schema.get(key)
        if is_list(listed):
            found += [(f"{where}.{key}[{at}]", inner) for at, inner in enumerate(listed)]
    return found


def _refusal(message: str, target: Target) -> UnsupportedFeatureError:
    return UnsupportedFeatureError(message, provider=target.provider, model=target.model)
