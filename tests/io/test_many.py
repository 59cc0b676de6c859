"""A thousand streams at once on one client, many threads on another, and forked children."""

import asyncio
import gc
import multiprocessing
import os
import threading
from pathlib import Path

import anyio
import pytest
import trio

import unillm
from tests.client.ways import async_client, read_all, sync_client
from unillm.testing import Answer, Raw

# Millions of steps over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

MANY = 1000
SOME = 200
WORDS = "one two three"
MEGABYTE = 2**20
LOOPS = ["asyncio", "trio", "aiohttp"]
RUNS = pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=LOOPS[:2])


def loop_of(run, monkeypatch):
    """Give what runs a coroutine; for aiohttp asyncio, and async clients that send with it."""
    if run == "aiohttp":
        monkeypatch.setenv("UNILLM_TRANSPORT", run)
        return asyncio.run
    return run


def run_with(run, main):
    return run(main()) if run is asyncio.run else run(main)


def open_files():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a Path would open one more


def resident():
    """Return the memory this process has in use, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def living():
    """Count the objects of the packages that could leave some behind."""
    gc.collect()
    modules = (type(one).__module__ for one in gc.get_objects())
    # Some compiled classes have a descriptor there.
    return sum(
        isinstance(module, str)
        and module.startswith(("unillm._", "httpx", "httpcore", "h11", "aiohttp"))
        for module in modules
    )


async def one(client):
    async with client.stream("Hi") as stream:
        events = await read_all(stream)
    texts = [event.text for event in events if isinstance(event, unillm.TextDelta)]
    assert texts == ["one", " two", " three"]
    assert events[-1].response.text == WORDS
    assert events[-1].response.usage is not None


async def all_at_once(fake, client, number):
    fake.clear()
    fake.enqueue(*[Answer(WORDS)] * number)
    async with anyio.create_task_group() as group:
        for _ in range(number):
            group.start_soon(one, client)
    assert len(fake.requests) == number
    assert fake.in_flight == 0


@pytest.mark.parametrize(
    ("run", "number"),
    [
        pytest.param(asyncio.run, MANY, marks=pytest.mark.slow, id="asyncio-many"),
        pytest.param(asyncio.run, SOME, id="asyncio"),
        pytest.param(trio.run, SOME, id="trio"),
        pytest.param("aiohttp", SOME, id="aiohttp"),
    ],
)
def test_many_streams_at_once_leave_nothing(fake, run, number, monkeypatch):
    run = loop_of(run, monkeypatch)
    # A busy machine would read the ends of some too late to keep them, and keep others too long.
    monkeypatch.setattr("unillm._flow.chat.DRAIN", 5.0)
    monkeypatch.setattr("unillm._io.httpx_pools.KEPT", 600.0)
    monkeypatch.setattr("unillm._io.aiohttp_sessions.KEPT", 600.0)

    async def main():
        async with async_client(fake) as client:
            await all_at_once(fake, client, 1)  # what the first call loads keeps none of them back
            await all_at_once(fake, client, number)
            connections = fake.connections
            assert number * 0.5 < connections <= fake.connections_total <= number
            before = living(), open_files(), resident()
            await all_at_once(fake, client, SOME)
            # A busy machine closes and opens some connections more; each has its objects.
            opened = fake.connections_total - connections
            assert living() <= before[0] * (1.02 + opened / connections)
            assert open_files() <= before[1]
            assert resident() - before[2] < 8 * MEGABYTE
            assert fake.connections_total < number + SOME / 2  # they are used again

    gc.collect()
    files = open_files()
    run_with(run, main)
    assert fake.connections == 0
    gc.collect()
    assert open_files() <= files


STALLED = Raw.of_events(
    {"choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}]},
    done=False,
    end="stall",
)


@pytest.mark.parametrize("run", [asyncio.run, trio.run, "aiohttp"], ids=LOOPS)
def test_many_streams_cancelled_half_way_leave_nothing(fake, run, monkeypatch):
    run = loop_of(run, monkeypatch)
    began = []

    async def begin(client):
        async with client.stream("Hi") as stream:
            await anext(stream)
            began.append(stream)
            await anext(stream)

    async def main():
        async with async_client(fake) as client:
            fake.enqueue(*[STALLED] * SOME)
            async with anyio.create_task_group() as group:
                for _ in range(SOME):
                    group.start_soon(begin, client)
                while len(began) < SOME:  # noqa: ASYNC110 - began in SOME tasks
                    await anyio.sleep(0.005)
                assert fake.in_flight == SOME
                group.cancel_scope.cancel()
            for _ in range(600):
                if fake.connections == 0:
                    break
                await anyio.sleep(0.005)
            assert (fake.connections, fake.in_flight) == (0, 0)
            assert all(stream.partial.text == "Hello" for stream in began)
            await all_at_once(fake, client, 20)

    gc.collect()
    files = open_files()
    run_with(run, main)
    assert fake.connections == 0
    gc.collect()
    assert open_files() <= files


@RUNS
def test_pools_that_went_stale_are_closed_while_others_begin(fake, run, monkeypatch):
    async def main():
        async with async_client(fake) as client:
            await all_at_once(fake, client, 50)
            assert fake.connections > 8
            monkeypatch.setattr("unillm._io.httpx_pools.KEPT", -1.0)
            await all_at_once(fake, client, 50)
            monkeypatch.setattr("unillm._io.httpx_pools.KEPT", 5.0)
            await all_at_once(fake, client, 50)

    run_with(run, main)
    assert fake.connections == 0


def test_stale_pools_of_the_sync_client_are_closed(fake, monkeypatch):
    with sync_client(fake) as client:
        streams = [client.stream("Hi") for _ in range(20)]
        for stream in streams:
            next(stream)
        for stream in streams:
            list(stream)
        assert fake.connections == 20
        monkeypatch.setattr("unillm._io.httpx_pools.KEPT", -1.0)
        client.chat("Hi")
        assert fake.connections == 0


def test_threads_share_a_client(fake):
    errors = []

    def work(client, start):
        start.wait()
        try:
            for number in range(6):
                said = f"{threading.get_ident()}.{number}"
                assert client.chat(said).text == f"You said: {said}"
                with client.stream(said) as stream:
                    list(stream)
                assert stream.response.text == f"You said: {said}"
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    start = threading.Barrier(32)
    with sync_client(fake) as client:
        threads = [threading.Thread(target=work, args=(client, start)) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert fake.in_flight == 0
        assert fake.connections_total <= 40
        pools = client._connection.transport()._pools
        assert len(list(pools)) == sum(map(len, pools._idle.values()))
    assert fake.connections == 0


def test_a_stream_collected_while_pools_are_looked_at_does_not_lock(fake):
    fake.enqueue(STALLED)
    with sync_client(fake) as client:
        stream = client.stream("Hi")
        next(stream)
        done = threading.Event()

        def forget(stream):
            with client._connection.transport()._lock, pytest.warns(ResourceWarning):
                del stream[:]
            done.set()

        held = [stream]
        del stream
        threading.Thread(target=forget, args=(held,), daemon=True).start()
        assert done.wait(3)
        assert fake.wait(connections=0)


def ask_both(client, other, results):
    with client.stream("Hi") as stream:
        list(stream)

    async def ask():
        return (await other.chat("Hi")).text

    results.put((client.chat("Hi").text, stream.response.text, asyncio.run(ask())))


@pytest.mark.usefixtures("over")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_uses_the_client_and_so_does_its_parent(fake):
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    with sync_client(fake) as client:
        other = async_client(fake)
        with client.stream("Hi") as stream:
            next(stream)
            before = fake.connections_total
            child = fork.Process(target=ask_both, args=(client, other, results))
            with client._connection.transport()._lock:  # another thread might just hold it
                child.start()
            child.join(10)
            assert child.exitcode == 0
            assert results.get() == ("You said: Hi",) * 3
            assert fake.connections_total > before  # its own connections
            assert list(stream)[-1].response.text == "You said: Hi"
        assert client.chat("Hi").text == "You said: Hi"
        assert fake.connections == 1
