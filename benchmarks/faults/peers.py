"""The clients that are compared, and the environments they are measured in."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENVS = ROOT / "benchmarks" / ".venvs"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One client.

    Attributes:
        name: Its module in `clients/`.
        title: Its name on the page.
        requirements: What is installed for it; the versions of these are recorded.
        environment: What is set for it, by its documentation: no telemetry, nothing fetched.
        how: How it is used, in the words of the page.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    how: str
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def distributions(self) -> tuple[str, ...]:
        """Return the requirements without extras."""
        return tuple(requirement.partition("[")[0] for requirement in self.requirements)

    @property
    def python(self) -> Path:
        """Return the interpreter of its environment; unillm's is the one that runs this."""
        if self.name == "unillm":
            return Path(sys.executable)
        return VENVS / self.name / "bin" / "python"


PEERS = (
    Peer(
        name="unillm",
        title="unillm",
        requirements=("unillm-sdk",),
        how="`chat` and `stream`, from this checkout; `deepseek` is its provider of that name",
    ),
    Peer(
        name="openai",
        title="openai",
        requirements=("openai",),
        how="`chat.completions.create`, and for streams its helper `chat.completions.stream`; "
        "it has nothing of its own for DeepSeek",
    ),
    Peer(
        name="litellm",
        title="LiteLLM",
        requirements=("litellm", "tenacity"),  # without it `num_retries` asks to install it
        environment=(("LITELLM_LOCAL_MODEL_COST_MAP", "True"), ("LITELLM_TELEMETRY", "False")),
        how="`completion`, and `stream_chunk_builder` for streams; providers `openai` and "
        "`deepseek`; tenacity is added because `num_retries` asks for it",
    ),
    Peer(
        name="any_llm",
        title="any-llm",
        requirements=("any-llm-sdk",),
        how="`completion`; a stream is chunks, which the caller puts together by `index`; "
        "providers `openai` and `deepseek`",
    ),
    Peer(
        name="langchain",
        title="LangChain",
        requirements=("langchain-openai", "langchain-deepseek"),
        environment=(("LANGSMITH_TRACING", "false"), ("LANGCHAIN_TRACING_V2", "false")),
        how="`ChatOpenAI` and `ChatDeepSeek`; chunks are added up",
    ),
    Peer(
        name="pydantic_ai",
        title="pydantic-ai",
        requirements=("pydantic-ai-slim[openai]",),
        how="the direct API over `OpenAIChatModel`, with `OpenAIProvider` and `DeepSeekProvider`; "
        "an agent would ask again where a call's arguments do not validate",
    ),
)


def install(peer: Peer, *, fresh: bool = False) -> None:
    """Make the environment of a peer with the latest releases, if it is not there.

    Args:
        peer: The peer.
        fresh: Whether to make it anew.
    """
    if peer.name == "unillm":
        return
    folder = VENVS / peer.name
    ready = folder / ".ready"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if ready.exists() and ready.read_text(encoding="utf-8") == "\n".join(peer.requirements):
        return
    print(f"Installing {', '.join(peer.requirements)} ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(peer.python), "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check"]
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    subprocess.run([*pip, "install", "--upgrade", *peer.requirements], check=True, env=environment)
    ready.write_text("\n".join(peer.requirements), encoding="utf-8")
