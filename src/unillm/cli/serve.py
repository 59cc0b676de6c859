"""``unillm serve``: a gateway on this machine for tools that can only take a base URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

import anyio
import click

from unillm.cli.environment import AGENTS, CANNOT, environment
from unillm.cli.served import greet, tell, tell_refusal
from unillm.cli.state import state_folder
from unillm.errors import InvalidRequestError, UnillmError

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm.gateway import Settings
    from unillm.gateway.keys import Keys

__all__ = ["serve"]

_PORT = 8787
_OFF = "off"


def _read_routes(
    _context: click.Context, _option: click.Parameter, given: Sequence[str]
) -> dict[str, list[str]]:
    routes: dict[str, list[str]] = {}
    for one in given:
        name, _, listed = one.partition("=")
        targets = [target.strip() for target in listed.split(",") if target.strip()]
        if not name or not targets:
            example = "fast=deepseek:deepseek-flash,openai:gpt-5.5"
            raise click.BadParameter(f"{one!r} is not NAME=TARGET,TARGET, such as {example}")
        routes[name.removeprefix("route:")] = targets
    return routes


def _read_aliases(
    _context: click.Context, _option: click.Parameter, given: Sequence[str]
) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for one in given:
        name, _, model = one.partition("=")
        if not name or not model:
            raise click.BadParameter(f"{one!r} is not NAME=MODEL, such as claude-*=route:fast")
        aliases[name] = model
    return aliases


def _read_budget(_context: click.Context, _option: click.Parameter, given: str) -> Decimal | None:
    if given.lower() == _OFF:
        return None
    try:
        amount = Decimal(given)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(f"{given!r} is no amount in US dollars, such as 2.50, and not off")
    return amount


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="The port; 0 picks a free one.",
)
@click.option(
    "--host",
    default="localhost",
    show_default=True,
    help="The address. One that others can reach needs --key.",
)
@click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(),
    help="Providers, routes and more. Without it, that of UNILLM_CONFIG, or the project's "
    "unillm.toml; else the providers whose keys are in the environment.",
)
@click.option(
    "--route",
    "routes",
    multiple=True,
    metavar="NAME=TARGET,…",
    callback=_read_routes,
    help="A route, which is asked as a model: its targets are tried in order. May be repeated.",
)
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME=MODEL",
    callback=_read_aliases,
    help="What a name means that an agent insists on; * stands for any letters: "
    "claude-*=route:fast. May be repeated.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="The only models and routes that are served. May be repeated. With --print-env: the "
    "model that the agent asks for.",
)
@click.option(
    "--key",
    envvar="UNILLM_SERVE_KEY",
    show_envvar=True,
    help="What clients have to show. Without it, one is made and kept.",
)
@click.option(
    "--allowed-host",
    "hosts",
    multiple=True,
    metavar="HOST:PORT",
    help="A further Host header that is answered. May be repeated.",
)
@click.option(
    "--allowed-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A page that may ask, such as http://localhost:3000. May be repeated.",
)
@click.option(
    "--session-budget",
    default="20",
    show_default=True,
    metavar="USD|off",
    callback=_read_budget,
    help="What one conversation may spend.",
)
@click.option(
    "--loop-guard/--no-loop-guard",
    default=True,
    show_default=True,
    help="Whether conversations that go round in a circle are refused.",
)
@click.option(
    "--ledger",
    metavar="PATH|URL|off",
    help="Where operations are kept. [default: UNILLM_LEDGER, or that of the configuration, or "
    "ledger.db beside the key]",
)
@click.option(
    "--print-env",
    "agent",
    type=click.Choice([*AGENTS, *CANNOT]),
    help="Print what is to be set in a shell for an agent to ask this gateway, and end: "
    'eval "$(unillm serve --print-env claude)".',
)
@click.option("--quiet", is_flag=True, help="Do not print a line for each answer.")
def serve(
    *,
    port: int,
    host: str,
    path: str | None,
    routes: dict[str, list[str]],
    ledger: str | None,
    agent: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Serve OpenAI's and Anthropic's protocols on this machine, until Ctrl-C.

    Whoever asks needs the key. Calls of tools come repaired, and what each answer costs is kept.
    """
    from unillm.gateway.keys import kept_keys
    from unillm.gateway.serving import bound, is_loopback
    from unillm.gateway.settings import in_address

    key: str | None = given.pop("key")
    if agent is not None:
        told = environment(agent, host=host, port=port, key=key, models=given["models"])
        click.echo(told, nl=False)
        return
    if not is_loopback(host) and not key:
        message = f"others can reach {host}: choose the key they have to show, with --key"
        raise click.UsageError(message)
    file = state_folder() / "serve.json"
    with ExitStack() as opened:
        try:
            kept = kept_keys(file)
            client = _client(path, routes, ledger, quiet=quiet)
            sockets = [opened.enter_context(one) for one in bound(host, port)]
            at = sockets[0].getsockname()[1]
            settings = _settings(kept, key, host, at, given)
            base = f"http://{'127.0.0.1' if host == 'localhost' else in_address(host)}:{at}"
            made = kept.key if key is None and kept.is_new else None
            started = partial(greet, base, made, file, client, _file(path))
            refused = None if quiet else tell_refusal
            anyio.run(_until_ended, client, settings, sockets, started, refused)
        except UnillmError as error:
            raise click.ClickException(error.message) from error


def _settings(kept: Keys, key: str | None, host: str, port: int, given: dict[str, Any]) -> Settings:
    from unillm.gateway import Settings
    from unillm.gateway.loops import REFUSALS, REPEATS
    from unillm.gateway.serving import is_loopback
    from unillm.gateway.settings import hosts_at, in_address

    named = frozenset({f"{in_address(host)}:{port}"})
    named |= hosts_at(port) if is_loopback(host) else frozenset()
    guards: bool = given["loop_guard"]
    return Settings(
        key=key or kept.key,
        seal=kept.seal,
        hosts=named | frozenset(given["hosts"]),
        origins=frozenset(given["origins"]),
        session_budget=given["session_budget"],
        refusals=REFUSALS if guards else 0,
        repeats=REPEATS if guards else 0,
        aliases=given["aliases"],
        models=given["models"],
    )


async def _until_ended(
    client: AsyncClient,
    settings: Settings,
    sockets: Sequence[socket],
    started: Callable[[], None],
    on_refusal: Callable[[int, str], None] | None,
) -> None:
    from unillm.gateway import serve as serving

    async with client:
        await serving(client, settings, sockets, started=started, on_refusal=on_refusal)


def _file(path: str | None) -> Path | None:
    """Return the configuration that is read, if there is one: it may lie above this folder."""
    from unillm._client.config_file import found, is_there

    return found(path).path if is_there(path) else None


def _client(
    path: str | None, routes: dict[str, list[str]], ledger: str | None, *, quiet: bool
) -> AsyncClient:
    """Return who answers.

    Raises:
        InvalidRequestError: The configuration has a mistake in it, or nobody can be asked.
    """
    from unillm import AsyncClient
    from unillm._client.config_file import configured, is_there

    options: dict[str, Any] = {"routes": routes} if routes else {}
    if not quiet:
        options["observers"] = [tell]
    there = is_there(path)
    said = configured(path, {}) if there else {}
    if "transport" not in said and find_spec("aiohttp") is not None:
        options["transport"] = "aiohttp"  # brought by the extra: a third less work for each answer
    own = said.get("ledger")
    where = ledger or os.environ.get("UNILLM_LEDGER") or own
    if where is None:
        state_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        where = state_folder() / "ledger.db"
    if str(where).lower() == _OFF:
        if own is not None:
            raise InvalidRequestError("the configuration has a ledger: take it out there")
    else:
        options["ledger"] = where
    return AsyncClient.from_config(path, **options) if there else AsyncClient(**options)
