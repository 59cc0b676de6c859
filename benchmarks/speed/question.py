"""What every client is asked, and what a client is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.speed.wire import TOOL, Answer

KEY = "sk-bench-0123456789abcdef"
MODEL = "bench-1"
PATIENCE = 60.0
"""Seconds every client is given as its time limit."""

First = Callable[[], None]
"""Called when the first piece of text is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A conversation as OpenAI-style dicts, and the tools offered."""

    messages: list[Any]
    tools: list[Any] | None = None

    def body(self, *, stream: bool = False) -> dict[str, Any]:
        """Return it as the body of a request."""
        body: dict[str, Any] = {"model": MODEL, "messages": self.messages}
        if self.tools:
            body["tools"] = self.tools
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body


class SyncClient(Protocol):
    """A client that blocks. A class of this shape in `clients/` is called `Client`."""

    def __init__(self, base_url: str) -> None:
        """Make it as its documentation says."""

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        ...

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        ...

    def close(self) -> None:
        """Let go of its connections."""


class AsyncClient(Protocol):
    """A client that awaits. A class of this shape in `clients/` is called `AsyncClient`."""

    def __init__(self, base_url: str) -> None:
        """Make it as its documentation says."""

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        ...

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        ...

    async def close(self) -> None:
        """Let go of its connections."""


def short(*, tools: bool = False) -> Question:
    """Return a question of a few words."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What does a client cost?"},
    ]
    return Question(messages=messages, tools=[TOOL] if tools else None)


def long(turns: int, megabytes: int) -> Question:
    """Return a conversation of so many messages and about so many megabytes."""
    line = "A line of a conversation that has gone on for very long — “indeed”.\n"
    size = megabytes * 1_000_000 // turns
    content = (line * (size // len(line) + 1))[:size]
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": f"{i} {content}"} for i in range(turns)]
    return Question(messages=messages)
