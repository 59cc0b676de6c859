"""A client that a gateway would have, before a fake provider without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import unillm
from unillm.testing import AsyncFakeTransport

MODEL = "deepseek:deepseek-v4-pro"


def client_of(unplugged: AsyncFakeTransport, **options: Any) -> unillm.AsyncClient:
    providers = options.pop("providers", [unillm.Provider("deepseek", api_key="test")])
    return unillm.AsyncClient(providers=providers, transport=unplugged, **options)


def run(body: Callable[[], Awaitable[None]]) -> None:
    async def wrapped() -> None:
        await body()

    asyncio.run(wrapped())
