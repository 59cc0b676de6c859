"""The clients that are measured, and the environments they are measured in."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.environments import python_of

ROOT = Path(__file__).resolve().parents[2]
PLAIN = ("--editable", str(ROOT), "openai")
"""What most clients share. Development tools are not there: httpx would import rich and trio."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One client.

    Attributes:
        name: Its module in `clients/`.
        title: Its name on the page.
        how: How it is used, in the words of the page.
        distributions: What is measured; their versions are recorded.
        home: The environment it is measured in, by its name.
        requirements: What is installed there; empty: it is measured in the environment of this.
        environment: What is set for it, by its documentation: no telemetry, nothing fetched.
    """

    name: str
    title: str
    how: str
    distributions: tuple[str, ...] = ()
    home: str = "plain"
    requirements: tuple[str, ...] = PLAIN
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def python(self) -> Path:
        """Return the interpreter it is measured with."""
        return python_of(self.home) if self.requirements else Path(sys.executable)


PEERS = (
    Peer(
        name="unillm",
        title="unillm",
        distributions=("unillm-sdk", "httpx", "pydantic"),
        how="`chat` and `stream` with the typed events, from this checkout; everything is on that "
        "is on by default: verified ends, deadlines, retries, checked tool calls",
    ),
    Peer(
        name="httpx",
        title="httpx",
        distributions=("httpx",),
        how="`post(…, json=…).json()`, and `json.loads` over `iter_lines()`; no types, no retries; "
        "any number of connections",
    ),
    Peer(
        name="openai",
        title="openai",
        distributions=("openai", "httpx2", "pydantic"),
        how="`chat.completions.create`; a stream is typed chunks",
    ),
    Peer(
        name="litellm",
        title="LiteLLM",
        distributions=("litellm", "openai", "aiohttp"),
        home="litellm",
        requirements=("litellm", "tenacity"),
        environment=(("LITELLM_LOCAL_MODEL_COST_MAP", "True"), ("LITELLM_TELEMETRY", "False")),
        how="`completion` and `acompletion`, provider `openai`; a stream is typed chunks",
    ),
    Peer(
        name="sockets",
        title="sockets",
        how="HTTP by hand and `json`, over a socket or asyncio's streams: no client, but the floor",
    ),
)


def here(peer: Peer) -> Peer:
    """Return a client as it is measured in the environment of this."""
    return replace(peer, requirements=())


def versions(peer: Peer) -> dict[str, str]:
    """Return the versions of what is measured."""
    code = "import sys; from importlib.metadata import version; import json; "
    code += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    command = [str(peer.python), "-c", code, *peer.distributions]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
