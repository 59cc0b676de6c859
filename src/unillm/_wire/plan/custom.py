"""Tools that are given plain text, for targets that have functions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unillm.types.edits import Note
from unillm.types.json import JsonObject, is_mapping
from unillm.types.request import ChatRequest
from unillm.types.tools import Tool

NOTE = Note(
    "rewritten_custom_tool",
    "tools that are given plain text were sent as functions with that text as their one argument: "
    "nothing holds the model to a grammar there, of which it is told",
)


def as_functions(request: ChatRequest) -> ChatRequest:
    """Return a request whose custom tools are functions with the one argument ``input``.

    What the model gives them is read the same: as that argument of a call.
    """
    given = [tool for tool in request.hosted_tools if tool.get("type") == "custom"]
    made = tuple(map(_function, request.custom_tools, given))
    hosted = tuple(tool for tool in request.hosted_tools if tool.get("type") != "custom")
    settings, choice = request.settings, request.settings.get("tool_choice")
    if is_mapping(choice) and choice.get("type") == "custom":
        inner: Any = choice.get("custom", choice)
        name: Any = inner.get("name") if is_mapping(inner) else None
        settings = {**settings, "tool_choice": {"type": "function", "name": name}}
    return replace(request, tools=(*request.tools, *made), hosted_tools=hosted, settings=settings)


def _function(tool: Tool, given: JsonObject) -> Tool:
    """Return a custom tool as a function that says what its text has to be."""
    said = [given["description"]] if isinstance(given.get("description"), str) else []
    form: Any = given.get("format")
    if is_mapping(form) and isinstance(form.get("definition"), str):
        syntax = form.get("syntax")
        said.append(f"The input must follow this {syntax} grammar:\n{form['definition']}")
    return replace(tool, description="\n\n".join(said) or None)
