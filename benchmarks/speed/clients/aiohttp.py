"""Raw aiohttp, as people write it: `post(…).json()`, and `json.loads` over the lines of a body."""
# pyright: reportMissingImports=false

from typing import Any

import aiohttp

from benchmarks.speed.clients.lines import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


class AsyncClient:
    """The async client; there is no sync one. Nobody is made to wait for a connection."""

    def __init__(self, base_url: str) -> None:
        """Note where to ask: a session is made in a running loop."""
        self._url = f"{base_url}/chat/completions"
        self._session: Any = None

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        async with self._http().post(self._url, json=question.body()) as response:
            response.raise_for_status()
            return whole(await response.json())

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        read = Reader(first)
        async with self._http().post(self._url, json=question.body(stream=True)) as response:
            response.raise_for_status()
            async for line in response.content:
                read.line(line.decode().rstrip())
        return read.answer()

    async def close(self) -> None:
        """Let go of its connections."""
        await self._http().close()

    def _http(self) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"authorization": f"Bearer {KEY}"},
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
                connector=aiohttp.TCPConnector(limit=0),
            )
        return self._session
