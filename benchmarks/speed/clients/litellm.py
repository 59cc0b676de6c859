"""LiteLLM: `completion` and `acompletion`, provider `openai`; a stream is chunks."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from typing import Any

import litellm

from benchmarks.speed.clients.chunks import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer

litellm.suppress_debug_info = True


def options(base_url: str, question: Question, *, stream: bool = False) -> dict[str, Any]:
    """Return what a call is made with."""
    body = question.body(stream=stream)
    model = f"openai/{body.pop('model')}"
    return {**body, "model": model, "api_base": base_url, "api_key": KEY, "timeout": PATIENCE}


class Client:
    """The sync functions; LiteLLM keeps its clients itself."""

    def __init__(self, base_url: str) -> None:
        """Note where to ask."""
        self._base_url = base_url

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(litellm.completion(**options(self._base_url, question)))

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        for chunk in litellm.completion(**options(self._base_url, question, stream=True)):
            read.chunk(chunk)
        return read.answer()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


class AsyncClient:
    """The async functions; LiteLLM keeps its clients itself."""

    def __init__(self, base_url: str) -> None:
        """Note where to ask."""
        self._base_url = base_url

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        return whole(await litellm.acompletion(**options(self._base_url, question)))

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        answer: Any = await litellm.acompletion(**options(self._base_url, question, stream=True))
        async for chunk in answer:
            read.chunk(chunk)
        return read.answer()

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
