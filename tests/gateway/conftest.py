"""A client that a gateway would have, and a gateway that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import unillm
from tests.gateway.running import Gateway, running
from unillm.testing import AsyncFakeTransport, FakeProvider

MODEL = "deepseek:deepseek-v4-pro"


@pytest.fixture
def fake() -> Iterator[AsyncFakeTransport]:
    transport = AsyncFakeTransport(dialect="deepseek", rules="deepseek", strict=False)
    yield transport
    transport.clear()


def client_of(fake: AsyncFakeTransport, **options: Any) -> unillm.AsyncClient:
    providers = options.pop("providers", [unillm.Provider("deepseek", api_key="test")])
    return unillm.AsyncClient(providers=providers, transport=fake, **options)


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def wrapped() -> None:
        await body()

    asyncio.run(wrapped())


@pytest.fixture
def upstream() -> Iterator[FakeProvider]:
    """A provider over real sockets."""
    with FakeProvider() as made:
        yield made


@pytest.fixture
def gateway(upstream: FakeProvider) -> Iterator[Gateway]:
    """A gateway over real sockets."""
    with running(upstream) as made:
        yield made
