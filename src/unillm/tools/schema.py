"""A `Tool` from a function, a pydantic model or an OpenAI-style dict."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.schemas import compile_schema
from unillm.schemas.titles import without_titles
from unillm.tools.remembered import remembered
from unillm.types.json import JsonObject, is_iterable, is_list, is_mapping
from unillm.types.tools import Tool

if TYPE_CHECKING:
    from pydantic import BaseModel

ToolLike: TypeAlias = "Tool | Callable[..., Any] | type[BaseModel] | Mapping[str, Any]"
"""A tool in any of the ways unillm takes one.

A `Tool`, a function, a pydantic model class, an OpenAI-style dict with ``type`` ``function``, of
Chat Completions or of the Responses API; or, for a tool that the provider runs itself, its own dict
with another ``type``, such as ``{"type": "web_search"}``, which is sent as it is.
"""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_OTHER_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "string"})
"""The types of JSON Schema, without the one that arguments have."""


def tool(
    given: ToolLike,
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
) -> Tool:
    """Make a `Tool` of a function, a pydantic model class, or an OpenAI-style dict.

    A function's parameters become the schema by their annotations; its docstring (Google, NumPy
    or reST style) gives the descriptions. The schema of a function or model is made once.
    It is no decorator: the function stays as it is, and `Client.chat` takes it directly. A run
    calls it for the tool.

    Args:
        given: What to make a tool of; a `Tool` is returned with the overrides below.
        name: Instead of the function's or model's own name.
        description: Instead of the docstring.
        strict: Ask the provider to enforce the schema while decoding.

    Raises:
        InvalidRequestError: No schema can be made of it; the message says why.
    """
    made = _tool_from(given)
    try:
        parameters = deepcopy(made.parameters)
    except Exception as error:
        message = f"the parameters of tool {made.name!r} must be JSON: {error}"
        raise InvalidRequestError(message) from error
    told = Tool(
        name or made.name,
        description=description if description is not None else made.description,
        parameters=parameters,
        strict=strict if strict is not None else made.strict,
    )
    function = function_of(given)
    return _checked(told if function is None else told.calling(function))


def function_of(given: ToolLike) -> Callable[..., Any] | None:
    """Return what a run calls for a tool; None: it has nothing to call.

    A pydantic model says what a model shall fill in, and is nothing to call.
    """
    if isinstance(given, Tool):
        return given.function
    return given if callable(given) and not inspect.isclass(given) else None


def tools_from(given: Iterable[ToolLike] | None) -> tuple[Tool, ...]:
    """Return the tools of a request, each name once.

    Raises:
        InvalidRequestError: One is not a tool, or two have the same name.
    """
    listed: Any = given or ()
    if isinstance(listed, Mapping | str) or not is_iterable(listed):
        raise InvalidRequestError("tools must be a list of functions, models, tools or dicts")
    tools = tuple(_usable(item) for item in listed)
    seen: set[str] = set()
    for made in tools:
        if made.name in seen:
            raise InvalidRequestError(f"two tools are named {made.name!r}; rename one")
        seen.add(made.name)
    return tools


def _usable(given: Any) -> Tool:
    made = _checked(_tool_from(given))
    if isinstance(given, Tool) or is_mapping(given):
        # Written by hand; what pydantic makes of functions and models is valid.
        compile_schema(made.parameters, of=f"the parameters of tool {made.name!r}")
    return made


def _tool_from(given: Any) -> Tool:
    if isinstance(given, Tool):
        return given
    if is_mapping(given):
        return _from_dict(given)
    if inspect.isclass(given) and not hasattr(given, "model_json_schema"):
        raise InvalidRequestError(f"{given.__name__} is a class, but no pydantic model")
    if not callable(given):
        kind = type(given).__name__
        raise InvalidRequestError(f"a tool must be a function, model, Tool or dict, not {kind}")
    return _made(given)


@remembered
def _made(given: Callable[..., Any]) -> Tool:
    return _from_model(given) if inspect.isclass(given) else _from_function(given)


def _from_dict(given: Mapping[str, Any]) -> Tool:
    function: Any = given.get("function", given)
    name: Any = function.get("name") if is_mapping(function) else None
    if given.get("type", "function") != "function" or not isinstance(name, str):
        message = (
            "a tool dict must be {'type': 'function', 'function': {'name': …, …}} for a function "
            "of yours, or in tools=… a dict with another type, such as {'type': 'web_search'}, "
            "for a tool that the provider runs itself"
        )
        raise InvalidRequestError(message)
    _require_known(function, name, beside=() if function is not given else ("type",))
    if function is not given:
        _require_known(given, name, fields=("type", "function"))
    parameters: Any = function.get("parameters")
    if parameters is not None:
        _require_object(parameters, f"the parameters of tool {name!r}")
    return Tool(
        name,
        description=function.get("description"),
        parameters=dict(parameters) if parameters else _empty(),
        strict=function.get("strict"),
    )


_FIELDS = ("name", "description", "parameters", "strict")


def _require_known(
    given: Mapping[str, Any],
    name: str,
    *,
    fields: tuple[str, ...] = _FIELDS,
    beside: tuple[str, ...] = (),
) -> None:
    """Refuse a field that would be lost: a schema under another name above all."""
    for key, value in given.items():
        if value is None or key in fields or key in beside:
            continue
        if key in _FIELDS:
            hint = "it belongs into 'function'."
        elif "schema" in str(key).lower():
            hint = "did you mean 'parameters'?"
        else:
            close = get_close_matches(str(key), _FIELDS, n=1, cutoff=0.75)
            hint = f"did you mean {close[0]!r}?" if close else "leave it out."
        message = f"tool {name!r} has the field {key!r}, which a function's dict has not: {hint}"
        raise InvalidRequestError(f"{message} Its fields are {', '.join(_FIELDS)}.")


def _from_model(model: Any) -> Tool:
    try:
        schema: JsonObject = dict(model.model_json_schema())
    except Exception as error:
        message = f"no schema can be made of model {model.__name__!r}: {error}"
        raise InvalidRequestError(message) from error
    description = schema.pop("description", None)
    schema.pop("title", None)
    return Tool(model.__name__, description=description, parameters=schema)


def _from_function(function: Any) -> Tool:
    named = _beneath(function)
    name: str = getattr(named, "__name__", type(named).__name__)
    called = called_by(function)
    _refuse_unnamed(function, name)
    schema = _schema(called, name)
    described = _docstring(named if _is_plain(function) else called)
    for parameter, field in schema.get("properties", {}).items():
        if parameter in described:
            field.setdefault("description", described[parameter])
    return Tool(name, description=described.get("") or None, parameters=schema)


def _beneath(function: Any) -> Any:
    """Return the function a partial is made of; anything else is returned as it is."""
    return function.func if isinstance(function, partial) else function


def called_by(function: Any) -> Any:
    """Return what has the annotations: the function, or the ``__call__`` of another object."""
    return function if _is_plain(function) else function.__call__


def _is_plain(function: Any) -> bool:
    """Tell a function from an object that can be called like one."""
    return inspect.isroutine(function) or isinstance(function, partial)


def _refuse_unnamed(function: Callable[..., Any], name: str) -> None:
    """Refuse parameters that arguments given by name cannot reach."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"tool {name!r} has no usable signature: {error}") from error
    for parameter in parameters:
        if parameter.name == "self" and parameter.annotation is parameter.empty:
            raise InvalidRequestError(f"tool {name!r} needs its object: pass the bound method")
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            message = f"tool {name!r} takes {parameter}: a model needs named parameters"
            raise InvalidRequestError(message)
        if parameter.kind is parameter.POSITIONAL_ONLY:
            message = f"tool {name!r}: {parameter.name} is positional-only; arguments come by name"
            raise InvalidRequestError(message)


def _schema(function: Any, name: str) -> JsonObject:
    from pydantic import TypeAdapter

    try:
        schema = TypeAdapter(function).json_schema()
    except Exception as error:
        message = f"no schema can be made of tool {name!r}: {error}"
        raise InvalidRequestError(message) from error
    return without_titles(schema)


def _docstring(function: Callable[..., Any]) -> dict[str, str]:
    """Return the descriptions of the parameters by name, and the function's own under ``""``."""
    text = inspect.getdoc(function)
    if not text:
        return {}
    from docstring_parser import parse

    parsed = parse(text)
    own = "\n\n".join(p for p in (parsed.short_description, parsed.long_description) if p)
    described = {p.arg_name: p.description for p in parsed.params if p.description}
    return {"": own, **described}


def _empty() -> JsonObject:
    return {"type": "object", "properties": {}}


def _checked(made: Tool) -> Tool:
    given: Any = made.name
    if not (isinstance(given, str) and _NAME.fullmatch(given)):
        message = (
            f"tool name {made.name!r} must be 1 to 128 letters, digits, _ or -; "
            "give another one with unillm.tool(fn, name=…)"
        )
        raise InvalidRequestError(message)
    _require_object(made.parameters, f"the parameters of tool {given!r}")
    return made


def _require_object(schema: Any, what: str) -> None:
    if not is_mapping(schema):
        kind = type(schema).__name__
        raise InvalidRequestError(f"{what} must be a JSON Schema dict, not {kind}")
    kind = schema.get("type", "object")
    kinds = kind if is_list(kind) else [kind]
    # A word that is no type at all is told as such where the schema is compiled.
    if all(isinstance(one, str) and one in _OTHER_TYPES for one in kinds):
        message = f"{what} must describe an object, since arguments come by name, not {kind!r}"
        raise InvalidRequestError(message)
