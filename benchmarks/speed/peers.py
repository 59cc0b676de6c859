"""The clients that are measured, and the environments they are measured in."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / "benchmarks" / ".venvs"
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
        home: The environment it is measured in, a folder of `VENVS`.
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
        here = Path(sys.executable)
        return VENVS / self.home / "bin" / "python" if self.requirements else here


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


def install(peer: Peer) -> str | None:
    """Make the environment of a peer if it is not there; return why that cannot be, or None."""
    folder = VENVS / peer.home
    ready = folder / ".ready"
    if ready.exists() and ready.read_text(encoding="utf-8") == "\n".join(peer.requirements):
        return None
    print(f"Installing {peer.home} ...", flush=True)
    pip = [str(peer.python), "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, "install", "--upgrade", *peer.requirements],
    ):
        env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        if done.returncode:
            said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            return f"it could not be installed: {said}"
    ready.write_text("\n".join(peer.requirements), encoding="utf-8")
    return None


def versions(peer: Peer) -> dict[str, str]:
    """Return the versions of what is measured."""
    code = "import sys; from importlib.metadata import version; import json; "
    code += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    command = [str(peer.python), "-c", code, *peer.distributions]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
