"""any-llm: `AnyLLM.create("openai")`, then `completion` and `acompletion`; a stream is chunks."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from typing import Any

from any_llm import AnyLLM

from benchmarks.speed.clients.chunks import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


def made(base_url: str) -> Any:
    """Return its provider, which keeps a client."""
    return AnyLLM.create("openai", api_key=KEY, api_base=base_url, timeout=PATIENCE)


class Client:
    """The sync methods."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._provider = made(base_url)

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(self._provider.completion(**question.body()))

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        for chunk in self._provider.completion(**question.body(stream=True)):
            read.chunk(chunk)
        return read.answer()

    def close(self) -> None:
        """Do nothing: it has no method for that."""


class AsyncClient:
    """The async methods."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._provider = made(base_url)

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(await self._provider.acompletion(**question.body()))

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        async for chunk in await self._provider.acompletion(**question.body(stream=True)):
            read.chunk(chunk)
        return read.answer()

    async def close(self) -> None:
        """Do nothing: it has no method for that."""
