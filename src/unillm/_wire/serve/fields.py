"""Fields that the bodies of both interfaces have."""

from __future__ import annotations

from typing import Any

from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.json import JsonObject, is_list, is_mapping, is_object
from unillm.types.tools import Tool

OPTIONS = ("rewrite", "session", "tags", "timeout")
"""What the field ``unillm`` of a body may have: arguments of a call that no provider sees."""

SAME = frozenset(
    {
        "logprobs",
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "safety_identifier",
        "service_tier",
        "store",
        "temperature",
        "tool_choice",
        "top_logprobs",
        "top_p",
        "user",
    }
)
"""Settings that have the same name in a call and in the bodies of both interfaces."""


def options_in(body: JsonObject) -> JsonObject:
    """Take the field ``unillm`` out of a body.

    Raises:
        InvalidRequestError: It is no object, has something that is no option, or an option of the
            wrong type.
    """
    given = body.pop("unillm", None)
    if given is None:
        return {}
    if not is_object(given):
        raise InvalidRequestError(f"unillm must be an object, not {_kind(given)}")
    unknown = [name for name in given if name not in OPTIONS]
    if unknown:
        known = ", ".join(OPTIONS)
        raise InvalidRequestError(f"unillm has no option {unknown[0]!r}; there are: {known}")
    options = set_in(given)
    tags, session, rewrite = (options.get(name) for name in ("tags", "session", "rewrite"))
    if tags is not None and not is_object(tags):
        raise InvalidRequestError(f"unillm.tags must be an object, not {_kind(tags)}")
    if not isinstance(session, str | None):
        raise InvalidRequestError(f"unillm.session must be a text, not {_kind(session)}")
    named: list[Any] = [] if rewrite is None else rewrite
    if not is_list(named) or not all(isinstance(name, str) for name in named):
        raise InvalidRequestError("unillm.rewrite must be a list of names of settings")
    return options


def model_in(body: JsonObject) -> str | None:
    """Take the model out of a body.

    Raises:
        InvalidRequestError: It is no text.
    """
    model = body.pop("model", None)
    if model is not None and (not isinstance(model, str) or not model):
        raise InvalidRequestError(f"model must be a text that is not empty, not {model!r}")
    return model


def flag_in(body: JsonObject, name: str) -> bool:
    """Take a flag out of a body; without it, it is False.

    Raises:
        InvalidRequestError: It is neither true nor false.
    """
    value = body.pop(name, None)
    if not isinstance(value, bool | None):
        raise InvalidRequestError(f"{name} must be true or false, not {value!r}")
    return bool(value)


def refuse(body: JsonObject, fields: dict[str, str]) -> None:
    """Refuse what cannot be honoured; a field that asks for nothing is taken out.

    Args:
        body: The body.
        fields: What to do instead, by the name of the field.

    Raises:
        UnsupportedFeatureError: One of the fields is set.
    """
    for name, instead in fields.items():
        if body.pop(name, None):
            raise UnsupportedFeatureError(f"{name} is not served here: {instead}")


def tools_in(body: JsonObject, nested: str | None) -> tuple[list[Tool], list[JsonObject]]:
    """Take the tools out of a body: functions, and those that the provider runs.

    Args:
        body: The body.
        nested: The field in which the function of a tool is; None: it is the tool itself.

    Raises:
        InvalidRequestError: They are no list, or one is no tool.
    """
    given = body.pop("tools", None)
    if given is None:
        return [], []
    if not is_list(given):
        raise InvalidRequestError(f"tools must be a list, not {_kind(given)}")
    functions: list[Tool] = []
    hosted: list[JsonObject] = []
    for at, tool in enumerate(given):
        kind: Any = tool.get("type") if is_object(tool) else None
        if not isinstance(kind, str):
            raise InvalidRequestError(f"tools[{at}] must be an object with a type")
        if kind != "function":
            hosted.append(tool)
        elif nested is not None and not is_object(tool.get(nested)):
            raise InvalidRequestError(f"tools[{at}].{nested} must be an object")
        else:
            functions.append(_function(tool if nested is None else tool[nested], at))
    return functions, hosted


def _function(given: JsonObject, at: int) -> Tool:
    name, parameters = given.get("name"), given.get("parameters")
    description, strict = given.get("description"), given.get("strict")
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"tools[{at}] has no name")
    if not isinstance(description, str | None) or not isinstance(strict, bool | None):
        raise InvalidRequestError(f"tools[{at}]: description must be text, strict true or false")
    if parameters is None:
        return Tool(name, description=description, strict=strict)
    if not is_object(parameters):
        raise InvalidRequestError(f"tools[{at}].parameters must be a JSON schema")
    return Tool(name, description=description, parameters=parameters, strict=strict)


def set_in(body: JsonObject) -> JsonObject:
    """Return the fields of a body that are set: null is not."""
    return {name: value for name, value in body.items() if value is not None}


def object_in(body: JsonObject, name: str) -> JsonObject:
    """Take an object out of a body; without it, an empty one.

    Raises:
        InvalidRequestError: It is no object.
    """
    value = body.pop(name, None)
    if value is None:
        return {}
    if not is_mapping(value):
        raise InvalidRequestError(f"{name} must be an object, not {_kind(value)}")
    return set_in(dict(value))


def _kind(value: object) -> str:
    return type(value).__name__
