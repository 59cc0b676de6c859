"""Tools in: LangChain's as the dicts that unillm takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from unillm import InvalidRequestError
from unillm.types.json import is_mapping

ToolLike = dict[str, Any] | type | Callable[..., Any] | BaseTool
"""A tool as LangChain's users write one."""


def tools_in(tools: Sequence[ToolLike], *, strict: bool | None) -> list[dict[str, Any]]:
    """Return tools in OpenAI's form; a dict of one that the provider runs stays as it is."""
    return [convert_to_openai_tool(tool, strict=strict) for tool in tools]


def choice_in(choice: object) -> str | dict[str, Any] | None:
    """Return a choice of tools as unillm has it; None: the model chooses.

    LangChain's ``any`` and True are OpenAI's ``required``. A dict is OpenAI's, or Anthropic's.

    Raises:
        InvalidRequestError: It is none.
    """
    if is_mapping(choice):
        return _chosen(choice)
    match choice:
        case None | False:
            return None
        case True | "any" | "required":
            return "required"
        case str():
            return choice
        case _:
            kind = type(choice).__name__
            raise InvalidRequestError(
                f"tool_choice must be 'auto', 'none', 'any', a tool's name or a dict, not {kind}"
            )


def _chosen(choice: Mapping[str, Any]) -> str | dict[str, Any]:
    match dict(choice):
        case {"type": "any"}:
            return "required"
        case {"type": "tool", "name": str(name)}:
            return name
        case {"type": "auto" | "none" as word}:
            return str(word)
        case other:
            return other
