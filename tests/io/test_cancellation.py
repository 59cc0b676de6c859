"""An async call may be cancelled at every one of its awaits: nothing stays behind."""

# pyright: reportOptionalMemberAccess=false

import asyncio
import contextlib

import anyio
import pytest
import trio

import unillm
from tests.client.ways import QUICK, async_client, read_all
from tests.io.cancelling import cancelled_on_asyncio, cancelled_on_trio, nothing_is_taken, released
from unillm.testing import Answer, faults

# httpx leaves a generator of its own unfinished when it is cancelled, and trio warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

ENOUGH = 500
"""More awaits than any of these calls has."""


async def chat(client):
    with contextlib.suppress(unillm.BadRequestError):
        return (await client.chat("Hi")).text


async def stream(client):
    async with client.stream("Hi") as events:
        await read_all(events)
    return events.response.text


async def stream_left_early(client):
    async with client.stream("Hi") as events:
        await anext(events)
    return events.partial.text


async def stream_without_block(client):
    return (await read_all(client.stream("Hi")))[-1].response.text


ANSWER = Answer("one two three")
CALLS = {
    "chat": (chat, [ANSWER]),
    "stream": (stream, [ANSWER]),
    "stream without a block": (stream_without_block, [ANSWER]),
    "stream left early": (stream_left_early, [ANSWER]),
    "retried": (stream, [faults.get("status-503"), faults.get("cut-in-head"), ANSWER]),
    "refused": (chat, [faults.get("status-400")]),
    "compressed": (stream, [faults.get("gzip-body")]),
}


async def sweep(fake, call, replies, cancelled):
    """Cancel a call at each of its awaits in turn, then see whether its client still works.

    Returns:
        At how many it was cancelled.
    """
    records = []
    async with async_client(fake, retry=QUICK, observers=[records.append]) as client:
        for number in range(ENOUGH):
            fake.clear()
            fake.enqueue(*replies)
            records.clear()
            waits = await cancelled(call(client), number)
            await released(fake)
            if waits <= number:
                break
            assert len(records) <= 1
        assert number < ENOUGH - 1
        assert [record.outcome for record in records] in (["ok"], ["error"], ["cancelled"])
        fake.clear()
        async with anyio.create_task_group() as group:
            for _ in range(20):  # more than one pool of connections
                group.start_soon(stream, client)
        assert nothing_is_taken(client)
    assert fake.connections == 0
    return number


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize(("call", "replies"), CALLS.values(), ids=CALLS)
def test_a_task_of_asyncio(fake, call, replies, again):
    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=again)

    assert asyncio.run(sweep(fake, call, replies, cancelled)) > 0


@pytest.mark.parametrize(("call", "replies"), CALLS.values(), ids=CALLS)
def test_a_scope_of_trio(fake, call, replies):
    assert trio.run(sweep, fake, call, replies, cancelled_on_trio) > 0


def stalled(count):
    return [faults.get("stall-in-text")] * count


async def is_released(fake):
    for _ in range(400):
        if fake.in_flight == 0:
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.usefixtures("over")
def test_a_group_of_timeouts_that_fail_together(fake_provider):
    """The group cancels what the time limit has cancelled already."""
    fake_provider.enqueue(*stalled(8))

    async def one(client):
        async with asyncio.timeout(0.2), client.stream("Hi") as events:
            await read_all(events)

    async def all_together(client):
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(one(client))

    async def main():
        async with async_client(fake_provider) as client:
            with pytest.raises(ExceptionGroup):
                await all_together(client)
            assert await is_released(fake_provider)

    asyncio.run(main())


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize("again", [1, 2, 5])
@pytest.mark.parametrize("call", [chat, stream])
def test_a_cancel_upon_a_cancel_releases_too(fake_provider, call, again):
    fake_provider.enqueue(*stalled(5))

    async def cancelled(client):
        task = asyncio.create_task(call(client))
        while fake_provider.in_flight == 0:  # noqa: ASYNC110 - a thread's count
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        for _ in range(1 + again):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        return await is_released(fake_provider)

    async def main():
        async with async_client(fake_provider) as client:
            assert all([await cancelled(client) for _ in range(5)])
            assert (await client.chat("Hi")).text == "You said: Hi"

    asyncio.run(main())
