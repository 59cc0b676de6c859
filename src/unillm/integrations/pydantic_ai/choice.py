"""Which tools a request offers, and whether one must be called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ToolChoice, ToolOrOutput


@dataclass(frozen=True, slots=True)
class Choice:
    """What is offered.

    Attributes:
        names: The tools.
        options: What unillm is told of the choice.
    """

    names: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])


def choice_of(given: ToolChoice, params: ModelRequestParameters) -> Choice:
    """Return the choice that a setting and the wanted output make.

    A call that pydantic-ai demands only to have its output is left to the model where the model
    cannot be made to call, and noted; one that its user demands is then refused.

    Raises:
        UserError: What is demanded is not there.
    """
    known = tuple(params.declared_tool_defs)
    outputs = tuple(tool.name for tool in params.output_tools)
    free = params.allow_text_output or params.allow_image_output
    match given:
        case None | "auto":
            return _choice(known, must=not free)
        case "none" | []:
            # The tools stay, and with them what a host has cached of the prompt.
            return _choice(outputs, must=not free) if outputs else _none(known)
        case "required":
            functions = tuple(tool.name for tool in params.declared_function_tools)
            return _choice(_known(functions, known, given), must=True, asked=True)
        case ToolOrOutput(function_tools=names):
            wanted = {*names, *outputs}
            allowed = tuple(name for name in known if name in wanted)
            if names and not outputs:
                allowed = _known(allowed, known, names)
            return _choice(allowed, must=not free) if allowed else _none(known)
        case list():
            return _choice(_known(given, known, given), must=True, asked=True)


def _none(known: tuple[str, ...]) -> Choice:
    return Choice(known, {"tool_choice": "none"})


def _choice(names: tuple[str, ...], *, must: bool, asked: bool = False) -> Choice:
    if not names or not must:
        return Choice(names)
    options: dict[str, Any] = {"tool_choice": "required"}
    if not asked:
        options["rewrite"] = ("tool_choice",)
    return Choice(names, options)


def _known(wanted: Iterable[str], known: tuple[str, ...], given: object) -> tuple[str, ...]:
    chosen = set(wanted)
    found = tuple(name for name in known if name in chosen)
    if not found:
        raise UserError(f"tool_choice={given!r} names no tool that is offered; there are: {known}")
    return found
