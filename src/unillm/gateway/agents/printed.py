"""What is set for an agent, as lines for a POSIX shell: to be pasted, or given to ``eval``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from unillm.gateway.agents.agent import Agent, File, Gateway

_END = "END_OF_FILE"


def printed(agent: Agent, gateway: Gateway) -> str:
    """Return the lines. None of them starts the agent: its first run is a comment.

    Args:
        agent: The agent.
        gateway: Whom it is to ask.
    """
    return "".join(f"{line}\n" for line in _lines(agent, gateway))


def _lines(agent: Agent, gateway: Gateway) -> Iterator[str]:
    setup = agent.setup(gateway)
    yield f"# {agent.title}: {gateway.model} at {gateway.root}"
    for name, value in setup.variables.items():
        yield f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
    for file in setup.files:
        yield from _written(file)
    for command in setup.commands:
        yield shlex.join(command)
    yield f"# then: {setup.first}"


def _written(file: File) -> Iterator[str]:
    yield f'mkdir -p "$(dirname {file.path})"'
    yield f"cat > {file.path} <<'{_END}'"
    yield file.text
    yield _END
