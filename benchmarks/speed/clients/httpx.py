"""Raw httpx, as people write it: `post().json()`, and `json.loads` over `iter_lines()`."""

from typing import Any

import httpx

from benchmarks.speed.clients.lines import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


def options(base_url: str) -> dict[str, Any]:
    """Return what a client is made with; nobody is made to wait for a connection."""
    return {
        "base_url": base_url,
        "headers": {"authorization": f"Bearer {KEY}"},
        "timeout": PATIENCE,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=None),
    }


class Client:
    """The sync client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._http = httpx.Client(**options(base_url))

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        response = self._http.post("/chat/completions", json=question.body())
        response.raise_for_status()
        return whole(response.json())

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        body = question.body(stream=True)
        with self._http.stream("POST", "/chat/completions", json=body) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                read.line(line)
        return read.answer()

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()


class AsyncClient:
    """The async client."""

    def __init__(self, base_url: str) -> None:
        """Make it."""
        self._http = httpx.AsyncClient(**options(base_url))

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        response = await self._http.post("/chat/completions", json=question.body())
        response.raise_for_status()
        return whole(response.json())

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        body = question.body(stream=True)
        async with self._http.stream("POST", "/chat/completions", json=body) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                read.line(line)
        return read.answer()

    async def close(self) -> None:
        """Let go of its connections."""
        await self._http.aclose()
