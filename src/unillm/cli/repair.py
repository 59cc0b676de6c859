"""``unillm repair``: broken JSON put right in a shell, or the reason why it is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from io import BufferedReader
from typing import Any, NoReturn, get_args

import click
from rich.console import Console

from unillm.cli.edits import diff, refusal
from unillm.errors import InvalidRequestError, UnrepairableError
from unillm.repair import CompiledSchema, Level, compile_schema, repair_json, rescue_tool_calls
from unillm.types.json import is_list, is_mapping
from unillm.types.tools import ToolCall

__all__ = ["repair"]


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--schema", type=click.File("rb"), metavar="FILE", help="JSON Schema the value must satisfy."
)
@click.option("--level", type=click.Choice(get_args(Level)), default="schema", show_default=True)
@click.option("--finish-reason", help="Why the answer ended, such as stop or length.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="WRONG=RIGHT",
    help="Another name of a declared key. May be repeated.",
)
@click.option(
    "--tools",
    type=click.File("rb"),
    metavar="FILE",
    help="A JSON list of tools, as OpenAI takes them: find their calls in the text instead.",
)
@click.option("--json", "as_json", is_flag=True, help="Print value and edits as one JSON object.")
def repair(
    *,
    file: BufferedReader,
    schema: BufferedReader | None,
    level: Level,
    finish_reason: str | None,
    aliases: Sequence[str],
    tools: BufferedReader | None,
    as_json: bool,
) -> None:
    """Put broken JSON right: the value on standard output, the edits as a diff on standard error.

    Reads FILE, or standard input. What has no reading, or more than one, is refused with exit
    code 1.
    """
    text = _text(file)
    if tools is not None:
        _rescue(text, _json(tools, "--tools"), as_json=as_json)
        return
    try:
        done = repair_json(
            text,
            _schema(schema),
            level=level,
            finish_reason=finish_reason,
            aliases=dict(_pair(alias) for alias in aliases),
        )
    except UnrepairableError as error:
        _refuse(text, error, as_json=as_json)
    if as_json:
        edits = [edit.to_dict() for edit in done.edits]
        _print({"value": done.value, "edits": edits, "level": done.level})
        return
    _print(done.value)
    _console().print(diff(text, done.edits, done.level))


def _rescue(text: str, tools: Any, *, as_json: bool) -> None:
    """Print the calls that leaked into a text."""
    if not is_list(tools):
        raise click.BadParameter("is no list of tools", param_hint="--tools")
    try:
        found = rescue_tool_calls(text, tools)
    except InvalidRequestError as problem:
        raise click.BadParameter(str(problem), param_hint="--tools") from problem
    calls = [_call(call, full=as_json) for call in found.calls]
    _print({"calls": calls, "content": found.content, "format": found.format})
    if not as_json:
        for call in found.calls:
            _console().print(diff(call.raw, call.repairs, call.name))
    if not calls:
        if not as_json:
            _console().print("no call of these tools is in the text")
        sys.exit(1)


def _call(call: ToolCall, *, full: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": call.name, "arguments": call.arguments}
    if full:
        shown |= {"raw": call.raw, "repairs": [edit.to_dict() for edit in call.repairs]}
    return shown


def _refuse(text: str, error: UnrepairableError, *, as_json: bool) -> NoReturn:
    """Say why there is no value, and leave.

    Raises:
        SystemExit: Always.
    """
    if as_json:
        told = {
            "reason": error.reason,
            "position": error.position,
            "candidates": error.candidates,
            "schema_path": error.schema_path,
            "partial": error.partial,
        }
        _print({"refused": told})
    else:
        _console().print(refusal(text, error))
    sys.exit(1)


def _print(value: Any) -> None:
    """Print JSON, in UTF-8 wherever it goes."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2).encode())


def _console() -> Console:
    return Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def _text(file: BufferedReader) -> str:
    try:
        text = file.read().decode()
        # Files and `echo` end in a line break that nobody means.
        return text.removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as problem:
        raise click.ClickException(f"the text is not UTF-8: {problem}") from problem


def _json(file: BufferedReader, option: str) -> Any:
    try:
        return json.loads(file.read())
    except ValueError as problem:
        raise click.BadParameter(f"is not JSON: {problem}", param_hint=option) from problem


def _schema(file: BufferedReader | None) -> CompiledSchema | None:
    if file is None:
        return None
    schema = _json(file, "--schema")
    try:
        if is_mapping(schema):
            return compile_schema(schema)
    except InvalidRequestError as problem:
        raise click.BadParameter(str(problem), param_hint="--schema") from problem
    raise click.BadParameter("is no JSON Schema object", param_hint="--schema")


def _pair(alias: str) -> tuple[str, str]:
    wrong, equals, right = alias.partition("=")
    if not (wrong and equals and right):
        raise click.BadParameter(f"{alias!r} is not WRONG=RIGHT", param_hint="--alias")
    return wrong, right
