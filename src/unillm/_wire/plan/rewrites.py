"""Settings that are rewritten where they would be refused, if the caller names them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from unillm._wire.plan.abilities import lacks_schemas, longest_answer
from unillm._wire.plan.instructions import instructed
from unillm.types.edits import Note
from unillm.types.json import is_mapping
from unillm.types.request import ChatRequest
from unillm.types.target import Target
from unillm.types.tools import CHOICES

_ALONE = "Answer with one JSON object and nothing else: no explanation, no code fence."
_OWN = (None, "function", "custom")
"""Kinds of tools that a choice names and whoever asks runs. What is looked for need be no text."""
_BESIDE_TOOLS = (
    "Call tools as you need them. Your final answer, without a call, must be one JSON object and "
    "nothing else: no explanation, no code fence."
)


def within_abilities(
    request: ChatRequest, target: Target, rewrite: Collection[str], notes: list[Note]
) -> ChatRequest:
    """Return the request as the model asked is able to do it, in what may be rewritten.

    What the catalog does not know is left as it is.
    """
    settings = request.settings
    if "max_tokens" in rewrite and longest_answer(request, target) is not None:
        request = _most_tokens(request, target, notes)
    if "response_format" in rewrite and _is_schema(settings) and lacks_schemas(target):
        request = _json_mode(request, target, notes)
    return request


def named(choice: Any) -> str | None:
    """Return the name of the tool that is chosen, if it is one."""
    if isinstance(choice, str):
        return None if choice in CHOICES else choice
    if choice.get("type") not in _OWN:
        # What it names is a server, or a tool of that server's.
        return None
    function: Any = choice.get("function", choice)
    name: Any = function.get("name") if is_mapping(function) else None
    return name if isinstance(name, str) else None


def _auto_choice(request: ChatRequest, target: Target, notes: list[Note]) -> ChatRequest:
    """Leave the choice of a tool to the model; where one was named, offer it that one alone."""
    choice = request.settings["tool_choice"]
    name = named(choice)
    tools = tuple(tool for tool in request.tools if name in {None, tool.name})
    alone = "" if name is None else f", with the tool {name!r} alone"
    was = name or choice
    message = f"tool_choice={was!r} became 'auto' at {target}{alone}: it may answer without a call"
    notes.append(Note("rewritten_tool_choice", message))
    return replace(_with(request, "tool_choice", "auto"), tools=tools)


def _most_tokens(request: ChatRequest, target: Target, notes: list[Note]) -> ChatRequest:
    """Ask for no more tokens than the model writes."""
    most = longest_answer(request, target)
    if most is None:
        return request
    asked = request.settings["max_tokens"]
    message = f"max_tokens={asked} became {most}: {target} writes no more"
    notes.append(Note("rewritten_max_tokens", message))
    return _with(request, "max_tokens", most)


def _json_mode(request: ChatRequest, target: Target, notes: list[Note]) -> ChatRequest:
    """Ask for JSON, and tell the model the schema in its instructions."""
    text = _told(request.settings["response_format"], beside_tools=_may_call(request))
    message = (
        f"response_format='json_schema' became 'json_object' at {target}, with the schema in the "
        "instructions: the host does not hold the answer to it"
    )
    notes.append(Note("rewritten_response_format", message))
    return instructed(_with(request, "response_format", {"type": "json_object"}), text)


REWRITES: Mapping[str, Callable[[ChatRequest, Target, list[Note]], ChatRequest]] = {
    "tool_choice": _auto_choice,
    "response_format": _json_mode,
    "max_tokens": _most_tokens,
}
"""What may be rewritten where it would be refused, if the caller names it."""


def _is_schema(settings: Mapping[str, Any]) -> bool:
    form: Any = settings.get("response_format")
    return is_mapping(form) and form.get("type") == "json_schema"


def _may_call(request: ChatRequest) -> bool:
    has_tools = bool(request.tools or request.hosted_tools)
    return has_tools and request.settings.get("tool_choice") != "none"


def _told(form: Mapping[str, Any], *, beside_tools: bool) -> str:
    """Return what the instructions say of a schema, in either interface's form of it."""
    said = [_BESIDE_TOOLS if beside_tools else _ALONE]
    held: Any = form.get("json_schema", form)
    given: Mapping[str, Any] = held if is_mapping(held) else {}
    purpose: Any = given.get("description")
    if isinstance(purpose, str) and purpose:
        said.append(f"It is: {purpose}")
    if is_mapping(given.get("schema")):
        said.append(f"It must satisfy this JSON Schema: {to_json(given['schema']).decode()}")
    return " ".join(said)


def _with(request: ChatRequest, name: str, value: Any) -> ChatRequest:
    return replace(request, settings={**request.settings, name: value})
