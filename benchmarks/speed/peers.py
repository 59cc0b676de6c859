"""The clients that are measured, and the environments they are measured in."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.environments import python_of

ROOT = Path(__file__).resolve().parents[2]
PINNED = "2026-11-29"
"""The day on which the releases below were the latest."""

PLAIN = ("--editable", str(ROOT), "httpx==0.28.1", "openai==3.57.0", "aiohttp==3.14.5")
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
        needs: Modules without which it is left out.
        environment: What is set for it, by its documentation: no telemetry, nothing fetched.
    """

    name: str
    title: str
    how: str
    distributions: tuple[str, ...] = ()
    home: str = "plain"
    requirements: tuple[str, ...] = PLAIN
    needs: tuple[str, ...] = ()
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
        name="unillm_aiohttp",
        title="unillm+aiohttp",
        distributions=("unillm-sdk", "aiohttp"),
        needs=("aiohttp", "unillm._io.aiohttp_async"),
        how='the same async client with `transport="aiohttp"`',
    ),
    Peer(
        name="httpx",
        title="httpx",
        distributions=("httpx",),
        how="`post(…, json=…).json()`, and `json.loads` over `iter_lines()`; no types, no retries; "
        "any number of connections",
    ),
    Peer(
        name="aiohttp",
        title="aiohttp",
        distributions=("aiohttp",),
        needs=("aiohttp",),
        how="`post(…, json=…)`, `.json()`, and `json.loads` over the lines of a body; async only",
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
        home="speed-litellm",
        requirements=("litellm==1.110.2", "tenacity==9.2.1"),
        environment=(("LITELLM_LOCAL_MODEL_COST_MAP", "True"), ("LITELLM_TELEMETRY", "False")),
        how="`completion` and `acompletion`, provider `openai`; a stream is typed chunks",
    ),
    Peer(
        name="any_llm",
        title="any-llm",
        distributions=("any-llm-sdk", "openai", "pydantic"),
        home="speed-any-llm",
        requirements=("any-llm-sdk==1.40.2",),
        how='`AnyLLM.create("openai")`, `completion` and `acompletion`; a stream is typed chunks',
    ),
    Peer(
        name="pydantic_ai",
        title="pydantic-ai",
        distributions=("pydantic-ai-slim", "openai", "pydantic"),
        home="speed-pydantic-ai",
        requirements=("pydantic-ai-slim[openai]==2.68.0",),
        how="the direct API over `OpenAIChatModel`, no agent; a stream is the events of its "
        "parts. Its own messages are made of the dicts with each call",
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


def lacking(peer: Peer) -> str | None:
    """Return why a client cannot be measured in its environment, or None."""
    code = "import sys; from importlib.util import find_spec; "
    code += "print(*[name for name in sys.argv[1:] if not find_spec(name)])"
    command = [str(peer.python), "-c", code, *peer.needs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    missing = done.stdout.split()
    return f"there is no {' and no '.join(missing)}" if missing else None


def versions(peer: Peer) -> dict[str, str]:
    """Return the versions of what is measured."""
    code = "import sys; from importlib.metadata import version; import json; "
    code += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    command = [str(peer.python), "-c", code, *peer.distributions]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
