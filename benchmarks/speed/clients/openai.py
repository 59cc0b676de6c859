"""The openai package: `chat.completions.create`; a stream is chunks."""

from typing import Any

import openai

from benchmarks.speed.clients.chunks import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


def options(base_url: str) -> dict[str, Any]:
    """Return what a client is made with."""
    return {"base_url": base_url, "api_key": KEY, "timeout": PATIENCE}


class Client:
    """The sync client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._client = openai.OpenAI(**options(base_url))

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(self._client.chat.completions.create(**question.body()))

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        for chunk in self._client.chat.completions.create(**question.body(stream=True)):
            read.chunk(chunk)
        return read.answer()

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()


class AsyncClient:
    """The async client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._client = openai.AsyncOpenAI(**options(base_url))

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(await self._client.chat.completions.create(**question.body()))

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        async for chunk in await self._client.chat.completions.create(**question.body(stream=True)):
            read.chunk(chunk)
        return read.answer()

    async def close(self) -> None:
        """Let go of its connections."""
        await self._client.close()
