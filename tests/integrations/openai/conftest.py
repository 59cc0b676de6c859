"""Clients of openai before unillm: over httpx and httpx2, sync, on asyncio and on trio."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
import trio

import unillm
from unillm.integrations.openai import openai_client
from unillm.testing import FakeProvider

KINDS = ("sync", "asyncio", "trio")
LIBRARIES = ("httpx", "httpx2")


@dataclass(frozen=True)
class Way:
    """One way to call: a library, and how it is run. Bodies are coroutines in every way."""

    library: str
    kind: str

    @property
    def is_async(self) -> bool:
        return self.kind != "sync"

    def run(self, body: Callable[..., Awaitable[None]], *given: Any) -> None:
        if self.kind == "trio":
            trio.run(body, *given)
        else:
            asyncio.run(body(*given))  # pyright: ignore[reportArgumentType] - it is a coroutine

    def unillm(self, **options: Any) -> Any:
        return unillm.AsyncClient(**options) if self.is_async else unillm.Client(**options)

    def openai(self, client: Any) -> Any:
        return openai_client(client, library=import_module(self.library))


async def value(given: Any) -> Any:
    """Await what is to be awaited."""
    return await given if inspect.isawaitable(given) else given


async def each(stream: Any) -> AsyncGenerator[Any, None]:
    """Give the items of a stream of either kind."""
    if hasattr(stream, "__aiter__"):
        async for item in stream:
            yield item
    else:
        for item in stream:
            yield item


@pytest.fixture(params=[f"{library}-{kind}" for library in LIBRARIES for kind in KINDS])
def way(request: pytest.FixtureRequest) -> Way:
    library, _, kind = request.param.partition("-")
    return Way(library, kind)


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider(dialect="deepseek", rules="deepseek") as provider:
        yield provider


MODEL = "deepseek:deepseek-v4-pro"
HI = [{"role": "user", "content": "Hi"}]
WEATHER = {
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def options_for(fake: FakeProvider, **options: Any) -> dict[str, Any]:
    provider = unillm.Provider("deepseek", base_url=fake.base_url, api_key="test")
    return {"providers": [provider], **options}
