"""A run may be cancelled at every one of its awaits, and by Ctrl-C: nothing stays behind.

And what it leaves is a history that the strictest host takes.
"""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false
# pyright: reportArgumentType=false

import asyncio
import contextlib
import signal
import threading
import time

import anyio
import pytest
import trio

import unillm
from tests.client.histories import require_valid, results
from tests.client.ways import ONCE, async_client, read_all, sync_client
from tests.io.cancelling import cancelled_on_asyncio, cancelled_on_trio, released
from unillm.testing import Answer, FakeCall, FakeProvider, faults

# httpx leaves a generator of its own unfinished when it is cancelled, and trio warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

ENOUGH = 300
"""More awaits than any of these runs has."""
PATIENCE = 5.0


@pytest.fixture
def host():
    with FakeProvider(rules="deepseek") as fake:
        yield fake


def at(host, **options):
    provider = unillm.Provider("deepseek", base_url=host.base_url, api_key="k")
    return {
        "providers": [provider],
        "model": "deepseek:deepseek-v4-pro",
        "retry": ONCE,
        **options,
    }


async def later(city: str) -> str:
    await anyio.sleep(0.0001)
    await anyio.sleep(0.0001)
    return city


def plain(city: str) -> str:
    return city


def call(name, city="Paris"):
    return FakeCall(name, {"city": city})


def calling(*names):
    return Answer(
        reasoning="So.", tool_calls=[call(name, f"city {n}") for n, name in enumerate(names)]
    )


LAST = Answer("Sunny.", reasoning="So.")
RUNS = {
    "one after the other": ([calling("later"), calling("plain"), LAST], {}),
    "at the same time": ([calling("later", "plain", "later"), LAST], {"tool_timeout": 30}),
    "in order": ([calling("later", "later"), LAST], {"parallel": False}),
}


async def sweep(host, replies, options, cancelled):
    """Cancel a run at each of its awaits in turn, then go on from what it left.

    Returns:
        At how many it was cancelled, and all that the tools were said to have given.
    """
    told = set()
    records = []
    async with async_client(host, **at(host, observers=[records.append])) as client:
        for number in range(ENOUGH):
            host.clear()
            host.enqueue(*replies)
            stream = client.run_stream("Hi", tools=[later, plain], **options)
            waits = await cancelled(read_all(stream), number)
            await released(host)
            if waits <= number:
                break
            require_valid(stream.messages)
            assert len(stream.result.attempts) == len(records)
            told.update(results(stream.messages))
            host.clear()
            host.enqueue(LAST)
            assert (await client.run(stream.messages, tools=[later, plain])).text == "Sunny."
            records.clear()
        assert number < ENOUGH - 1
        assert stream.result.text == "Sunny."
    assert host.connections == 0
    return number, told


SWEEPS = 5


async def sweeps(host, replies, options, cancelled):
    """Sweep until all kinds of awaits were met.

    How many awaits a run has depends on how its answers arrive. One whose answers arrive in pieces
    where the next one's arrive at once ends a sweep before it comes to the last awaits.
    """
    told = set()
    for _ in range(SWEEPS):
        number, more = await sweep(host, replies, options, cancelled)
        told |= more
        if has_all_kinds(told, options):
            return number
    pytest.fail(f"not every kind of await was met in {SWEEPS} sweeps: {told}")


def has_all_kinds(told, options):
    begun = any("was begun and then cancelled" in text for text in told)
    # Calls made at the same time wait for themselves: a test of theirs is below.
    return (begun or "tool_timeout" in options) and any("city 0" in text for text in told)


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize(("replies", "options"), RUNS.values(), ids=RUNS)
def test_a_task_of_asyncio(host, replies, options, again):
    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=again)

    before = threading.active_count()
    assert asyncio.run(sweeps(host, replies, options, cancelled)) > 3
    require_threads(before)


@pytest.mark.parametrize(("replies", "options"), RUNS.values(), ids=RUNS)
def test_a_scope_of_trio(host, replies, options):
    assert trio.run(sweeps, host, replies, options, cancelled_on_trio) > 5


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("waits", range(3))
def test_calls_at_the_same_time_are_cancelled_together(host, run, waits):
    async def main():
        with anyio.CancelScope() as scope:

            async def stop(city: str) -> str:
                for _ in range(waits):
                    await anyio.sleep(0.001)
                scope.cancel()
                await anyio.sleep(0.001)
                return city

            async def forever(city: str) -> str:
                await anyio.sleep_forever()
                return city

            host.enqueue(calling("forever", "plain", "stop"))
            async with async_client(host, **at(host)) as client:
                stream = client.run_stream("Hi", tools=[stop, forever, plain])
                await read_all(stream)
        assert scope.cancelled_caught
        require_valid(stream.messages)
        told = results(stream.messages)
        assert "was begun and then cancelled" in told[0]
        assert "was begun and then cancelled" in told[2]

    before = threading.active_count()
    if run is trio.run:
        run(main)
    else:
        run(main())
        require_threads(before)
    assert host.wait(connections=0)


def require_threads(before):
    """Wait until no thread of a run is left; idle ones end by themselves."""
    give_up = time.monotonic() + PATIENCE
    while threading.active_count() > before and time.monotonic() < give_up:
        time.sleep(0.01)
    assert threading.active_count() <= before


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_a_plain_tool_in_its_thread_is_abandoned(host, run):
    stuck, begun = threading.Event(), threading.Event()

    def hang(city: str) -> str:
        begun.set()
        stuck.wait(30)
        return city

    async def main():
        async with async_client(host, **at(host)) as client:
            host.enqueue(calling("hang"))
            stream = client.run_stream("Hi", tools=[hang])
            with anyio.move_on_after(PATIENCE) as scope:
                async with anyio.create_task_group() as group:

                    async def read():
                        await read_all(stream)

                    group.start_soon(read)
                    while not begun.is_set():  # noqa: ASYNC110 - a thread's
                        await anyio.sleep(0.005)
                    group.cancel_scope.cancel()
            assert not scope.cancelled_caught
            assert "was begun and then cancelled" in results(stream.messages)[0]
            require_valid(stream.messages)
        stuck.set()

    before = threading.active_count()
    if run is trio.run:
        run(main)
    else:
        run(main())
        require_threads(before)
    assert host.wait(connections=0)


def test_a_run_that_is_cancelled_says_so_to_its_task(host):
    async def main():
        async with async_client(host, **at(host)) as client:
            host.enqueue(calling("later"), faults.get("stall-in-text"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await client.run("Hi", tools=[later])
            await released(host)

    asyncio.run(main())
    assert host.connections == 0


@contextlib.contextmanager
def interrupted(when):
    """Deliver SIGINT to the main thread once an event is set, and again until it is raised."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    raised = threading.Event()

    def strike():
        when.wait(PATIENCE)
        while not raised.wait(0.05):  # one that comes just before a wait is seen after it only
            signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)

    thread = threading.Thread(target=strike)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            yield caught
    finally:
        raised.set()
        thread.join()
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("count", [1, 2], ids=["in its own thread", "in others"])
def test_ctrl_c_in_a_plain_tool_of_the_sync_client(host, count):
    begun, stuck = threading.Event(), threading.Event()

    def hang(city: str) -> str:
        if city == "city 0" and count > 1:
            return city
        begun.set()
        stuck.wait(30)
        return city

    before = threading.active_count()
    host.enqueue(calling(*["hang"] * count))
    with sync_client(host, **at(host)) as client:
        with interrupted(begun) as caught:
            client.run("Hi", tools=[hang])
        run = caught.value.run
        require_valid(run.messages)
        assert "was begun and then cancelled" in results(run.messages)[-1]
        stuck.set()
        require_threads(before)
        host.enqueue(LAST)
        assert client.run(run.messages, tools=[hang]).text == "Sunny."
    assert host.wait(connections=0)


def test_ctrl_c_while_the_model_speaks(host):
    came = threading.Event()
    host.enqueue(calling("plain"), faults.get("stall-in-text"))
    host.on_served(lambda served: came.set())
    with sync_client(host, **at(host)) as client:
        with interrupted(came), client.run_stream("Hi", tools=[plain]) as stream:
            list(stream)
        assert results(stream.messages) == ["city 0"]
        require_valid(stream.messages)
        assert [a.outcome for a in stream.result.attempts][-1] in {"cancelled", "ok"}
        assert host.wait(connections=0, in_flight=0)
