"""One test body, run three ways: sync, on asyncio, on trio.

A test is written once, as a coroutine over the async face. For the sync way the client is wrapped
so that each ``await`` is done on the spot; such a coroutine never suspends.
"""

# pyright: reportOptionalMemberAccess=false

import asyncio
import dataclasses
import inspect
import time
from functools import partial
from typing import Any

import anyio
import pytest
import trio

import unillm

KEY = "quietly-hidden-0451"
ONCE = unillm.RetryPolicy(max_attempts=1)
QUICK = unillm.RetryPolicy(first_wait=0.001)
PATIENCE = 3.0
TICK = 0.005


def server(fake=None, **options):
    """Give a provider at a fake server, or at the ``base_url`` given."""
    if "base_url" not in options:
        options["base_url"] = fake.base_url
    return unillm.Provider("fake", **{"api_key": KEY, **options})


def options_for(fake, **options):
    if "providers" not in options:
        options["providers"] = [server(fake)]
    options.setdefault("model", "fake:fake-model")
    return options


def sync_client(fake, **options) -> Any:
    return unillm.Client(**options_for(fake, **options))


def async_client(fake, **options) -> Any:
    return unillm.AsyncClient(**options_for(fake, **options))


class StreamAsAsync:
    def __init__(self, inner: Any):
        self.inner = inner

    async def __aenter__(self):
        self.inner.__enter__()
        return self

    async def __aexit__(self, *raised):
        self.inner.__exit__(*raised)

    def __aiter__(self):
        iter(self.inner)
        return self

    async def __anext__(self):
        try:
            return next(self.inner)
        except StopIteration:
            raise StopAsyncIteration from None

    async def close(self):
        self.inner.close()

    @property
    def response(self):
        return self.inner.response

    @property
    def partial(self):
        return self.inner.partial

    @property
    def operation(self):
        return self.inner.operation


class RowsAsAsync:
    def __init__(self, inner: unillm.Rows):
        self.inner = inner

    async def __aenter__(self):
        self.inner.__enter__()
        return self

    async def __aexit__(self, *raised):
        self.inner.__exit__(*raised)

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return next(self.inner)
        except StopIteration:
            raise StopAsyncIteration from None

    async def collect(self):
        return self.inner.collect()

    async def close(self):
        self.inner.close()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __repr__(self):
        return repr(self.inner)


class RunStreamAsAsync(StreamAsAsync):
    inner: Any

    @property
    def messages(self):
        return self.inner.messages

    @property
    def result(self):
        return self.inner.result

    def __repr__(self):
        return repr(self.inner)


class ClientAsAsync:
    def __init__(self, inner: unillm.Client):
        self.inner = inner

    async def chat(self, *args: Any, **options: Any):
        return self.inner.chat(*args, **options)

    async def models(self, *args: Any, **options: Any):
        return self.inner.models(*args, **options)

    async def balance(self, *args: Any, **options: Any):
        return self.inner.balance(*args, **options)

    async def complete(self, *args: Any, **options: Any):
        return self.inner.complete(*args, **options)

    async def budgets(self):
        return self.inner.budgets()

    def count_tokens(self, *args: Any, **options: Any):
        return self.inner.count_tokens(*args, **options)

    def estimate(self, *args: Any, **options: Any):
        return self.inner.estimate(*args, **options)

    def health(self):
        return self.inner.health()

    def stream(self, *args: Any, **options: Any):
        return StreamAsAsync(self.inner.stream(*args, **options))

    def map(self, *args: Any, **options: Any):
        return RowsAsAsync(self.inner.map(*args, **options))

    async def parse(self, *args: Any, **options: Any):
        return self.inner.parse(*args, **options)

    async def run(self, *args: Any, **options: Any):
        return self.inner.run(*args, **options)

    def run_stream(self, *args: Any, **options: Any):
        return RunStreamAsAsync(self.inner.run_stream(*args, **options))

    def with_options(self, **options: Any):
        return ClientAsAsync(self.inner.with_options(**options))

    async def close(self):
        self.inner.close()

    async def __aenter__(self):
        self.inner.__enter__()
        return self

    async def __aexit__(self, *raised):
        self.inner.__exit__(*raised)

    def __repr__(self):
        return repr(self.inner)


@dataclasses.dataclass(frozen=True)
class Way:
    name: str

    @property
    def is_sync(self):
        return self.name == "sync"

    def client(self, fake, **options) -> Any:
        """Give a client of this way, in the async face."""
        if self.name == "aiohttp" and options.keys().isdisjoint({"http_client", "transport"}):
            options["transport"] = "aiohttp"
        return self.wrap(sync_client if self.is_sync else async_client, fake, **options)

    def wrap(self, make, *args, **options) -> Any:
        made = make(*args, **options)
        return ClientAsAsync(made) if self.is_sync else made

    def run(self, body):
        if self.name in {"asyncio", "aiohttp"}:
            return asyncio.run(body())
        if self.name == "trio":
            return trio.run(body)
        return at_once(body())

    async def pause(self, seconds):
        if self.is_sync:
            time.sleep(seconds)  # noqa: ASYNC251 - the sync way
        else:
            await anyio.sleep(seconds)

    async def until(self, condition):
        """Wait for what happens in the background, for a bounded time."""
        give_up = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < give_up, "it never came to that"
            await self.pause(TICK)

    async def settles(self, fake, *, connections, in_flight=0):
        def counts():
            return fake.connections, fake.in_flight

        give_up = time.monotonic() + PATIENCE
        while counts() != (connections, in_flight) and time.monotonic() < give_up:
            await self.pause(TICK)
        assert counts() == (connections, in_flight)


def at_once(coroutine):
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    pytest.fail("the sync body waited for something")


WAYS = {name: Way(name) for name in ("sync", "asyncio", "trio")}
EVERY_WAY = {**WAYS, "aiohttp": Way("aiohttp")}
"""Those above send with httpx; what is about connections also runs over aiohttp."""


def run_coroutine_test(item):
    """Run a test that is a coroutine the way its fixture ``way`` says; for conftest files."""
    if not inspect.iscoroutinefunction(item.obj):
        return None
    given = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}
    item.funcargs["way"].run(partial(item.obj, **given))
    return True


def timeless(response):
    """Take from a response what differs from one call to the next."""
    attempts = tuple(
        dataclasses.replace(
            attempt, started_at=0, duration=0, first_token=None, origin=None, sent_bytes=None
        )
        for attempt in response.attempts
    )
    return dataclasses.replace(response, attempts=attempts, raw=None)


async def read_all(stream):
    return [event async for event in stream]


async def read_ahead(stream, clock, seconds):
    """Read the first event, put the clock forward, and read the rest."""
    async with stream:
        first = await anext(stream)
        clock.skip(seconds)
        return [first, *await read_all(stream)]
