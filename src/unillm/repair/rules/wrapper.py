"""Arguments within something that is no part of them: ``{"arguments": {…}}``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from unillm.repair.changes import Change
from unillm.repair.declared import declared_in, parts_of
from unillm.repair.misfit import Whole
from unillm.repair.places import places_of
from unillm.repair.rules.key_names import folded
from unillm.repair.strict import NotStrictError, read
from unillm.types.json import JsonObject, is_object

_BARE = frozenset(
    map(
        folded,
        ("arguments", "args", "input", "parameters", "params", "tool_input", "action_input"),
    )
)
_WRAPPERS = _BARE | frozenset(
    map(
        folded,
        (
            "kwargs",
            "properties",
            "result",
            "tool_arguments",
            "tool_args",
            "tool_parameters",
            "tool_params",
            "function_arguments",
            "function_args",
            "function_parameters",
        ),
    )
)
_CALLS = frozenset(map(folded, ("function", "function_call", "tool_call", "tool", "call")))
"""Keys that hold a whole call, with wrapped arguments in it."""
_BESIDE = _CALLS | frozenset(
    map(
        folded,
        (
            "name",
            "id",
            "type",
            "index",
            "action",
            "tool_name",
            "function_name",
            "recipient_name",
            "call_id",
            "tool_call_id",
            "tool_use_id",
        ),
    )
)
"""Keys beside a wrapper that say which call it is, not with what."""

_WRITTEN = '[{("`'
"""What a string begins with that is, or was meant to be, JSON or Python."""


def wrapper(whole: Whole) -> Iterator[list[Change]]:
    """Give what a wrapper holds, if it is not declared and only a call's name stands beside it.

    A bare string in a wrapper is the one required parameter, if that is a string; one that looks
    like JSON is not.
    """
    value = whole.value
    if not is_object(value):
        return
    declared = declared_in(whole.schema, whole.schema)
    found = [key for key in value if key not in declared and _holds(key, value[key])]
    if len(found) != 1:
        return
    (key,) = found
    others = [other for other in value if other != key]
    if not all(_is_beside(other, value[other]) for other in others):
        return
    inside = _inside(value[key])
    if any(other in declared and other not in inside for other in others):
        return  # it may be an argument that was left outside
    before, after = "", ""
    bare = isinstance(value[key], str) and value[key].strip()
    if bare and bare[0] not in _WRITTEN:
        name = _only_string(whole.schema) if folded(key) in _BARE else None
        if name is None:
            return
        before, after = f"{{{json.dumps(name, ensure_ascii=False)}: ", "}"
    place = places_of(whole.text, [(key,)]).spans[key,]
    if len(place) > 1:
        return
    ((start, end),) = place
    yield [
        Change(0, start, before, "wrapper", "protocol"),
        Change(end, len(whole.text), after, "wrapper", "protocol"),
    ]


def _holds(key: str, value: object) -> bool:
    name = folded(key)
    if name in _WRAPPERS:
        return value is None or isinstance(value, str | dict)
    return name in _CALLS and is_object(value) and any(folded(k) in _WRAPPERS for k in value)


def _is_beside(key: str, value: object) -> bool:
    return folded(key) in _BESIDE and (value is None or isinstance(value, str | int))


def _inside(value: object) -> Collection[str]:
    """Return the keys in a wrapper."""
    if isinstance(value, str):
        try:
            value = read(value)
        except NotStrictError:
            return ()
    return value.keys() if is_object(value) else ()


def _only_string(schema: JsonObject) -> str | None:
    """Return the name of the parameter, if one is required and it is a string."""
    required: dict[str, None] = {}
    for part in parts_of(schema, schema):
        required |= dict.fromkeys(part.get("required") or ())
    if len(required) != 1:
        return None
    (name,) = required
    member = declared_in(schema, schema).get(name)
    is_string = any(part.get("type") == "string" for part in parts_of(member, schema))
    return name if is_string else None
