"""The clients that are compared, and the environments they are measured in."""

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import python_of

ROOT = Path(__file__).resolve().parents[2]


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
        return python_of(self.name)


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
