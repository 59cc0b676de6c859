"""``unillm serve``: a gateway on this machine for tools that can only take a base URL."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING

import anyio
import click

from unillm.cli.environment import AGENTS, CANNOT, environment
from unillm.cli.state import state_folder
from unillm.errors import UnillmError

if TYPE_CHECKING:
    from unillm._client.asynchronous import AsyncClient
    from unillm.gateway import Settings

__all__ = ["serve"]

_PORT = 8787
_MODEL = "deepseek-v4-pro"


@click.command()
@click.option("--port", default=_PORT, show_default=True, help="The port; 0 picks a free one.")
@click.option("--host", default="localhost", show_default=True, help="The address.")
@click.option(
    "--config",
    "path",
    metavar="FILE",
    type=click.Path(),
    help="Providers, routes and more. Without it, that of UNILLM_CONFIG, or the project's "
    "unillm.toml; else the providers whose keys are in the environment.",
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
    help="A further Host header that is answered.",
)
@click.option(
    "--allowed-origin", "origins", multiple=True, metavar="ORIGIN", help="A page that may ask."
)
@click.option(
    "--ledger",
    metavar="PATH|URL",
    help="Where operations are kept. [default: UNILLM_LEDGER, that of the configuration, or a "
    "file of its own]",
)
@click.option(
    "--print-env",
    "agent",
    type=click.Choice([*AGENTS, *CANNOT]),
    help="Print what is to be set in a shell for an agent to ask this gateway, and end: "
    '`eval "$(unillm serve --print-env claude)"`.',
)
@click.option(
    "--model",
    metavar="NAME",
    default=_MODEL,
    show_default=True,
    help="With --print-env: the model that the agent asks for.",
)
def serve(
    *,
    port: int,
    host: str,
    path: str | None,
    key: str | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    ledger: str | None,
    agent: str | None,
    model: str,
) -> None:
    """Serve OpenAI's and Anthropic's protocols on this machine until Ctrl-C.

    Whoever asks needs the key. Calls of tools come repaired, and what each answer cost is kept.
    """
    from unillm.gateway import Settings
    from unillm.gateway.keys import kept_keys
    from unillm.gateway.serving import bound, is_loopback
    from unillm.gateway.settings import hosts_at

    if agent is not None:
        click.echo(environment(agent, host=host, port=port, key=key, model=model), nl=False)
        return
    if not is_loopback(host) and not key:
        raise click.UsageError(
            f"{host} can be reached by others: give --key, which they have to show"
        )
    try:
        kept = kept_keys(state_folder() / "serve.json")
        sockets = bound(host, port)
        at = sockets[0].getsockname()[1]
        named = hosts_at(at) if is_loopback(host) else frozenset({f"{host}:{at}"})
        settings = Settings(
            key=key or kept.key,
            seal=kept.seal,
            hosts=named | frozenset(hosts),
            origins=frozenset(origins),
        )
        client = _client(path, ledger)
    except UnillmError as error:
        raise click.ClickException(error.message) from error
    base = f"http://{'127.0.0.1' if host == 'localhost' else host}:{at}"
    anyio.run(
        _until_ended, client, settings, sockets, lambda: click.echo(f"{base}/v1  (Ctrl-C ends it)")
    )


async def _until_ended(
    client: AsyncClient,
    settings: Settings,
    sockets: Sequence[socket],
    started: Callable[[], None],
) -> None:
    from unillm.gateway import serve as serving

    async with client:
        await serving(client, settings, sockets, started=started)


def _client(path: str | None, ledger: str | None) -> AsyncClient:
    from unillm import AsyncClient

    where = ledger or os.environ.get("UNILLM_LEDGER") or None
    if path is None and "UNILLM_CONFIG" not in os.environ and not Path("unillm.toml").is_file():
        return AsyncClient(ledger=where or state_folder() / "ledger.db")
    return AsyncClient.from_config(path, **({} if where is None else {"ledger": where}))
