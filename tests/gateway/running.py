"""A gateway that runs in a thread of its own, before a fake provider."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import anthropic
import anyio
import httpx
import openai
from anyio.from_thread import start_blocking_portal

from unillm import AsyncClient, Ledger, Provider, Record
from unillm.gateway import Settings, serve
from unillm.gateway.serving import bound
from unillm.gateway.settings import hosts_at
from unillm.testing import FakeProvider

KEY = "unillm-a-key-for-tests"
MODEL = "deepseek:deepseek-v4-pro"
HI = [{"role": "user", "content": "hi"}]
WEATHER = {
    "name": "get_weather",
    "description": "Tell the weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
CHAT_TOOL = {"type": "function", "function": WEATHER}


class Gateway:
    """What a test asks, and what it looks at."""

    def __init__(self, fake: FakeProvider, port: int, records: list[Record]) -> None:
        self.fake = fake
        self.port = port
        self.records = records
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"
        self._packages = ExitStack()

    @cached_property
    def openai(self) -> openai.OpenAI:
        """The package of OpenAI, which tries nothing again."""
        return self._packages.enter_context(
            openai.OpenAI(base_url=self.url, api_key=KEY, max_retries=0, timeout=30)
        )

    @cached_property
    def anthropic(self) -> anthropic.Anthropic:
        """The package of Anthropic, which tries nothing again."""
        return self._packages.enter_context(
            anthropic.Anthropic(base_url=self.root, auth_token=KEY, max_retries=0, timeout=30)
        )

    def close(self) -> None:
        self._packages.close()

    def client(self, **options: Any) -> httpx.Client:
        """Return a client of HTTP that shows the key."""
        headers = {"authorization": f"Bearer {KEY}", **options.pop("headers", {})}
        return httpx.Client(base_url=self.root, headers=headers, timeout=30, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        with self.client() as client:
            return client.post(path, json=body, **options)

    def chat(self, messages: Any = HI, **fields: Any) -> httpx.Response:
        return self.post("/v1/chat/completions", {"model": MODEL, "messages": messages, **fields})


@contextmanager
def running(
    fake: FakeProvider,
    *,
    ledger: Ledger | Path | None = None,
    options: Any = None,
    on_refusal: Callable[[int, str], None] | None = None,
    **settings: Any,
) -> Generator[Gateway]:
    """Run a gateway until the block is left.

    Args:
        fake: The provider behind it.
        ledger: Where operations are kept.
        options: Of the client.
        on_refusal: Told of refusals.
        settings: Of the gateway.
    """
    sockets = bound("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    records: list[Record] = []
    given = {"key": KEY, "hosts": hosts_at(port), **settings}
    with start_blocking_portal() as portal:
        ready, over = portal.call(anyio.Event), portal.call(anyio.Event)

        async def run() -> None:
            deepseek = Provider("deepseek", base_url=fake.base_url, api_key="sk-provider")
            more: dict[str, Any] = {} if ledger is None else {"ledger": ledger}
            made = {
                "providers": [deepseek],
                "observers": [records.append],
                **more,
                **(options or {}),
            }
            async with AsyncClient(**made) as client:
                told = {"started": ready.set, "until": over.wait, "on_refusal": on_refusal}
                await serve(client, Settings(**given), sockets, **told)

        done = portal.start_task_soon(run)
        try:
            portal.call(ready.wait)
            with closing(Gateway(fake, port, records)) as gateway:
                yield gateway
        finally:
            portal.call(over.set)
            done.result(timeout=20)


def events_in(text: str) -> Iterator[str]:
    """Give the data of the events of a stream."""
    for block in text.split("\n\n"):
        lines = [
            line.removeprefix("data: ") for line in block.splitlines() if line.startswith("data: ")
        ]
        if lines:
            yield "\n".join(lines)
