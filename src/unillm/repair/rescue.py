"""Calls of tools that leaked into text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from unillm.repair.formats import Format
from unillm.repair.scanner import CallScanner
from unillm.types.dataclass import dataclass
from unillm.types.edits import Edit
from unillm.types.tools import Tool, ToolCall


@dataclass(frozen=True, slots=True)
class Rescued:
    """What was found in a text.

    Attributes:
        calls: The calls, in order; each with ``origin="rescued"``.
        content: The text that is left, byte for byte.
        format: The name of the format of the first call; None if there is none.
        edits: What was taken out of the text, in order: `unillm.repair.replay` makes them over
            the text and gives the content. What was changed in a call's arguments is on the call.
    """

    calls: tuple[ToolCall, ...]
    content: str
    format: str | None = None
    edits: tuple[Edit, ...] = ()


def rescue_tool_calls(
    text: str,
    tools: Iterable[Tool | Mapping[str, Any]] | None,
    formats: Iterable[str | Format] | None = None,
) -> Rescued:
    """Return the calls of tools in a text, and the text that is left.

    A call is made only of a declared tool, with arguments that satisfy its schema as they are or
    repaired; see `CallScanner` for what is no call.

    Args:
        text: What a model said.
        tools: The tools that were declared: `Tool` values or OpenAI-style dicts. None is none:
            then nothing is a call.
        formats: The formats to look for, by name, and formats of one's own. ``marked`` names all
            that have a marker; None is all, bare JSON and lists of Python calls included.

    Raises:
        InvalidRequestError: One of the arguments cannot be meant.
    """
    scanner = CallScanner(tools, formats)
    calls: list[ToolCall] = []
    content: list[str] = []
    edits: list[Edit] = []
    found: str | None = None
    at = 0
    for piece in (*scanner.pieces(text), *scanner.last_pieces()):
        if isinstance(piece, str):
            content.append(piece)
            at += len(piece)
        else:
            rule = f"rescue_{piece.format}"
            edits.append(Edit(rule, kind="protocol", before=piece.text, after="", start=at))
            calls += piece.calls
            found = found or piece.format
            at += len(piece.text)
    return Rescued(tuple(calls), "".join(content), found, tuple(edits))
