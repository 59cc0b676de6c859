"""Event loops: a running one, several in turn, several at once, and none."""

import asyncio
import gc
import threading
import weakref

import pytest
import trio

import unillm
from tests.client.ways import async_client, read_all, sync_client
from unillm.testing import Answer

OVER = pytest.mark.parametrize("over", ["httpx", "aiohttp"])


async def both(client):
    text = (await client.chat("Hi")).text
    async with client.stream("Hi") as stream:
        await read_all(stream)
    return text, stream.response.text


SAID = ("You said: Hi", "You said: Hi")


def test_the_sync_client_works_inside_a_running_loop(fake):
    async def main():
        with sync_client(fake) as client:
            with client.stream("Hi") as stream:
                assert list(stream)[-1].response.text == "You said: Hi"
            return client.chat("Hi").text

    assert asyncio.run(main()) == "You said: Hi"
    assert trio.run(main) == "You said: Hi"


@OVER
def test_one_async_client_through_many_loops(fake, over):
    client = async_client(fake, transport=over)
    other = trio_run if over == "httpx" else asyncio.run  # aiohttp runs on asyncio alone
    for run in (asyncio.run, other, asyncio.run, asyncio.run, other):
        assert run(both(client)) == SAID
        assert (fake.connections, fake.in_flight) == (0, 0)
    assert fake.connections_total == 5


def trio_run(coroutine):
    async def main():
        return await coroutine

    return trio.run(main)


@OVER
def test_a_loop_that_was_left_is_let_go(fake, over):
    client = async_client(fake, transport=over)
    loops = []

    async def main():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        return await both(client)

    for _ in range(3):
        asyncio.run(main())
    gc.collect()
    assert [loop() for loop in loops] == [None] * 3


@OVER
def test_a_loop_that_ends_takes_its_connections_along(fake, over):
    client = async_client(fake, transport=over)

    async def leave_open():
        fake.enqueue(Answer("one two three", pace=0.2))
        stream = client.stream("Hi")
        await anext(stream)
        return stream

    with pytest.warns(ResourceWarning, match="neither read to its end"):  # noqa: PT031 - it comes when both are gone
        stream = asyncio.run(leave_open())
        assert fake.wait(connections=0, in_flight=0)
        del stream
        gc.collect()
    assert asyncio.run(both(client)) == SAID


@OVER
def test_two_loops_of_one_thread_in_turn(fake, over):
    client = async_client(fake, transport=over)
    with asyncio.Runner() as one, asyncio.Runner() as two:
        for runner in (one, two, one, two):
            assert runner.run(both(client)) == SAID
        assert fake.connections == 2
        assert fake.connections_total == 2
        runner.run(client.close())
        assert fake.connections == 1
        with pytest.raises(unillm.InvalidRequestError, match="closed"):
            one.run(client.chat("Hi"))
    assert fake.wait(connections=0)


@OVER
def test_loops_in_several_threads_at_once(fake, over):
    client = async_client(fake, transport=over)
    results = []

    def work():
        for _ in range(3):
            results.append(asyncio.run(both(client)))  # noqa: PERF401

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [SAID] * 12
    assert fake.wait(connections=0)


@OVER
def test_a_client_may_be_made_before_any_loop_and_dropped_after(fake, over):
    client = async_client(fake, transport=over)
    assert asyncio.run(both(client)) == SAID
    del client
    gc.collect()
    assert fake.connections == 0
