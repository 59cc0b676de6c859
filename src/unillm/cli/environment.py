"""``unillm serve --print-env``: what is to be set for an agent to ask the gateway."""

from __future__ import annotations

from collections.abc import Sequence

import click

from unillm.catalog import find
from unillm.cli.state import state_folder
from unillm.errors import UnillmError
from unillm.gateway.agents import AGENTS, CANNOT, Gateway, printed
from unillm.gateway.keys import kept_keys
from unillm.gateway.settings import in_address

__all__ = ["AGENTS", "CANNOT", "environment"]

_MODEL = "deepseek-v4-pro"


def environment(agent: str, *, host: str, port: int, key: str | None, models: Sequence[str]) -> str:
    """Return the lines for a shell.

    Args:
        agent: The name of the agent.
        host: The address of the gateway.
        port: Its port.
        key: What the agent shows; None: the key that is kept, which is made if there is none.
        models: The first of them is what it asks for; without any, it is ``deepseek-v4-pro``.

    Raises:
        ClickException: The agent cannot ask a gateway, the port is not known, the model is no name,
            or the key cannot be read.
    """
    if agent in CANNOT:
        raise click.ClickException(CANNOT[agent])
    if not port:
        raise click.UsageError("--print-env needs the --port at which the gateway is")
    model = models[0] if models else _MODEL
    known = find(model.rpartition(":")[2])
    try:
        gateway = Gateway(
            root=f"http://{'127.0.0.1' if host == 'localhost' else in_address(host)}:{port}",
            key=key or kept_keys(state_folder() / "serve.json").key,
            model=model,
            context=known.context if known else None,
            output=known.max_output if known else None,
        )
    except UnillmError as error:
        raise click.ClickException(error.message) from error
    return printed(AGENTS[agent], gateway)
