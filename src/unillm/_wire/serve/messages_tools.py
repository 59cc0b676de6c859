"""The tools of a request to Anthropic's Messages, and which of them are to be called.

Tools: anthropic-sdk-python 2.14.0, types/tool_param.py and types/tool_union_param.py (read
2026-11-29).
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from unillm._wire.serve.fields import object_in
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.tools import Tool

_LONGEST = 64
"""Characters of a tool's name that every provider takes. Anthropic takes 128, and names of tools
from MCP servers are longer (Yeachan-Heo/oh-my-claudecode#190, read 2026-11-29)."""
_MARK = 8

_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def long_names(given: Any) -> dict[str, str]:
    """Return what the tools of a request are called there, by their shorter names."""
    tools = given if is_list(given) else []
    names: list[Any] = [tool.get("name") for tool in tools if is_object(tool)]
    return {short(n): n for n in names if isinstance(n, str) and short(n) != n}


def tools_in(body: JsonObject, notes: list[Note]) -> tuple[list[Tool], JsonObject]:
    """Take the tools out of a body, with the settings that are about them.

    Those without a schema are Anthropic's own: it runs them, or knows how they are called. They
    are left out and noted.

    Raises:
        InvalidRequestError: They are no list, or one is no tool.
        UnsupportedFeatureError: One that was left out must be called.
    """
    given: Any = body.pop("tools", None)
    if given is not None and not is_list(given):
        raise InvalidRequestError(f"tools must be a list, not {type(given).__name__}")
    tools: list[Tool] = []
    dropped: list[str] = []
    for at, tool in enumerate(given or ()):
        if not is_object(tool):
            raise InvalidRequestError(f"tools[{at}] must be an object")
        kind: Any = tool.get("type") or "custom"
        if kind == "custom" or tool.get("input_schema") is not None:
            tools.append(_tool(tool, f"tools[{at}]"))
        else:
            dropped.append(str(tool.get("name") or kind))
    if dropped:
        said = f"only Anthropic has these tools, which were left out: {', '.join(dropped)}"
        notes.append(Note("dropped_tool", said))
    return tools, _choice(body, [tool.name for tool in tools], dropped)


def short(name: str) -> str:
    """Return the name of a tool as every provider takes it: the same one for the same tool."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - _MARK - 1]}_{sha256(name.encode()).hexdigest()[:_MARK]}"


def _tool(given: JsonObject, where: str) -> Tool:
    name, schema = given.get("name"), given.get("input_schema")
    description, strict = given.get("description"), given.get("strict")
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"{where} has no name")
    if not isinstance(description, str | None) or not isinstance(strict, bool | None):
        raise InvalidRequestError(f"{where}: description must be text, strict true or false")
    if not is_object(schema):
        raise InvalidRequestError(f"{where}.input_schema must be a JSON schema")
    return Tool(short(name), description=description, parameters=schema, strict=strict)


def _choice(body: JsonObject, names: Collection[str], dropped: Collection[str]) -> JsonObject:
    """Take which tools are to be called, as settings."""
    choice = object_in(body, "tool_choice")
    kind: Any = choice.get("type")
    alone: Any = choice.get("disable_parallel_tool_use")
    if choice and (not isinstance(kind, str) or kind not in {*_CHOICES, "tool"}):
        raise InvalidRequestError(f"tool_choice.type must be auto, any, tool or none, not {kind!r}")
    if not isinstance(alone, bool | None):
        raise InvalidRequestError("tool_choice.disable_parallel_tool_use must be true or false")
    settings: JsonObject = {}
    if kind == "tool":
        named: Any = choice.get("name")
        if named in dropped:
            raise UnsupportedFeatureError(f"tool_choice names {named!r}, which only Anthropic has")
        if not isinstance(named, str) or short(named) not in names:
            raise InvalidRequestError(f"tool_choice names {named!r}, which is not among the tools")
        settings["tool_choice"] = {"type": "function", "function": {"name": short(named)}}
    elif kind == "any" and not names:
        what = "only Anthropic has the tools" if dropped else "there are no tools"
        raise UnsupportedFeatureError(f"tool_choice wants a call, but {what}")
    elif choice and names:
        settings["tool_choice"] = _CHOICES[kind]
    if alone and names:
        settings["parallel_tool_calls"] = False
    return settings
