"""``unillm route``: the routes of a configuration, and how a call would go through one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unillm._client.sync import Client
from unillm.errors import UnillmError
from unillm.types.route import Route

__all__ = ["route"]

_WIDE = 250


def _read_tags(
    _context: click.Context, _option: click.Parameter, given: Sequence[str]
) -> dict[str, str]:
    tags: dict[str, str] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{one!r} is no tag, such as use_case=agentic-coding")
        tags[key] = value
    return tags


@click.group()
def route() -> None:
    """Show the routes of a configuration, and how a call would go through one."""


_CONFIG = click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(),
    help="The configuration. Without it, that of UNILLM_CONFIG, or the project's unillm.toml.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@route.command("list")
@_CONFIG
@_JSON
def list_routes(*, path: str | None, as_json: bool) -> None:
    """List the routes, with their strategies and targets."""
    with _client(path) as client:
        routes = client.routes
    if as_json:
        click.echo(json.dumps({name: _plain(one) for name, one in routes.items()}, indent=2))
        return
    if not routes:
        click.echo("The configuration has no routes: [routes] name = [targets] makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("route", "strategy", "targets"):
        table.add_column(name, overflow="fold")
    for name, one in routes.items():
        shown = ", ".join(_shown(target) for target in one.targets)
        table.add_row(Text(name), Text(_strategy(one)), Text(shown))
    _console().print(table)


@route.command()
@click.argument("prompt")
@_CONFIG
@click.option("--route", "name", metavar="NAME", help="The route. Without it, the default model.")
@click.option("--system", metavar="TEXT", help="Instructions put first.")
@click.option("--session", metavar="ID", help="The conversation that the call belongs to.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="The most tokens of the answer.")
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_read_tags,
    help="A tag of the call. May be repeated.",
)
@_JSON
def explain(
    *,
    prompt: str,
    path: str | None,
    name: str | None,
    system: str | None,
    session: str | None,
    max_tokens: int | None,
    tags: dict[str, str],
    as_json: bool,
) -> None:
    """Show who would be asked, who not and why, and what it would cost. Nothing is sent.

    How targets fare is not known here: that is kept by the process that makes the calls.
    """
    given = {"session": session, "max_tokens": max_tokens, "tags": tags or None}
    options: Any = {name: value for name, value in given.items() if value is not None}
    if name is not None:
        name = f"route:{name.removeprefix('route:')}"
    with _client(path) as client:
        try:
            explanation = client.explain(prompt, model=name, system=system, **options)
        except UnillmError as error:
            raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(explanation.to_json(indent=2))
    else:
        _console().print(explanation)
    if explanation.chosen is None:
        raise click.exceptions.Exit(1)


def _client(path: str | None) -> Client:
    try:
        # The ledger is not opened: nothing is called.
        return Client.from_config(path)
    except UnillmError as error:
        raise click.ClickException(str(error)) from None


def _console() -> Console:
    width = None if sys.stdout.isatty() else _WIDE  # a file or a pipe has no width
    return Console(width=width, highlight=False, markup=False)


def _strategy(one: Route) -> str:
    from unillm.routing import name_of, strategy_from

    return name_of(strategy_from(one.strategy))


def _shown(target: str | Route) -> str:
    if isinstance(target, str):
        return target
    return f"({', '.join(_shown(inner) for inner in target.targets)} by {_strategy(target)})"


def _plain(one: Route) -> dict[str, Any]:
    return {
        "strategy": _strategy(one),
        "targets": [t if isinstance(t, str) else _plain(t) for t in one.targets],
    }
