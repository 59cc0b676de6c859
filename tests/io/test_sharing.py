# pyright: reportOptionalMemberAccess=false
"""A stream that others touch while it is read: closed elsewhere, or read twice."""

import threading
import time

import anyio
import pytest

import unillm
from tests.client.ways import async_client, read_all, sync_client
from tests.io.cancelling import run_on
from unillm.testing import faults

WAITS = 20.0


def wait_until(condition):
    give_up = time.monotonic() + WAITS
    while not condition():
        assert time.monotonic() < give_up, "it never came to that"
        time.sleep(0.005)


class Reader(threading.Thread):
    """Read a stream to its end, whatever that is."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.events, self.error = stream, [], None
        self.start()

    def run(self):
        try:
            for event in self.stream:
                self.events.append(event)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error


@pytest.fixture
def stalled(fake_provider):
    fake_provider.enqueue(faults.get("stall-in-text"))
    return fake_provider


def test_closing_from_another_thread_ends_the_wait(stalled):
    with sync_client(stalled) as client:
        stream = client.stream("Hi")
        reader = Reader(stream.__enter__())
        wait_until(lambda: reader.events)
        stream.close()
        reader.join(WAITS)
        assert not reader.is_alive()
        assert reader.error is None
        assert stream.partial.text.startswith("The")
        wait_until(lambda: stalled.connections == 0)
        assert client.chat("Hi").text == "You said: Hi"


def test_a_second_thread_is_refused_and_the_first_undisturbed(stalled):
    with sync_client(stalled) as client, client.stream("Hi") as stream:
        reader = Reader(stream)
        wait_until(lambda: reader.events and stream._driver.running.is_read)
        with pytest.raises(unillm.InvalidRequestError, match="another task or thread"):
            list(stream)
        assert reader.is_alive()
        stream.close()
        reader.join(WAITS)
        assert not reader.is_alive()


@pytest.mark.parametrize("backend", ["asyncio", "trio", "aiohttp"])
def test_closing_from_another_task_ends_the_wait(stalled, backend, monkeypatch):
    heard = []

    async def read(stream, ended):
        heard.extend([event async for event in stream])
        ended.set()

    async def main():
        ended = anyio.Event()
        async with async_client(stalled) as client, anyio.create_task_group() as tasks:
            stream = client.stream("Hi")
            await anext(stream)
            tasks.start_soon(read, stream, ended)
            await anyio.sleep(0.05)
            await stream.close()
            with anyio.fail_after(WAITS):
                await ended.wait()
                while stalled.connections:  # noqa: ASYNC110 - a thread's count
                    await anyio.sleep(0.005)
            assert heard
            assert stream.partial.text.startswith("The")

    run_on(backend, monkeypatch, main)


@pytest.mark.parametrize("backend", ["asyncio", "trio", "aiohttp"])
def test_a_second_task_is_refused_and_the_first_undisturbed(fake_provider, backend, monkeypatch):
    fake_provider.enqueue(unillm.testing.Answer("one two three", pace=0.05))
    refused = []

    async def read_too(stream):
        try:
            await read_all(stream)
        except unillm.InvalidRequestError as error:
            refused.append(error)

    async def main():
        async with async_client(fake_provider) as client, client.stream("Hi") as stream:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read_too, stream)
                await anyio.sleep(0.02)
                with pytest.raises(unillm.InvalidRequestError, match="another task"):
                    await read_all(stream)
            assert refused == []
            assert stream.response.text == "one two three"

    run_on(backend, monkeypatch, main)
