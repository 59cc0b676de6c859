"""Whatever becomes of a flow, the place of each of its attempts is given back, once."""

# pyright: reportArgumentType=false

import asyncio
import gc
import threading
import warnings

import pytest
import trio

from tests.flow.reading import TARGET
from tests.io.cancelling import cancelled_on_asyncio, cancelled_on_trio
from tests.limits import servers
from unillm import Timeout
from unillm._flow.effects import Admit, Emit, Look, MayRetry, Sleep, Tally
from unillm._flow.operation import Operation
from unillm._io.driver import Driver
from unillm._io.driver_async import AsyncDriver
from unillm.limits import Entrant, MemoryHealth, RedisHealth, Report, Stats
from unillm.types.events import TextDelta

WHO = Entrant(key="k", provider="p", limit=9, bulkhead=9)
OK = Report(outcome="ok")
ENOUGH = 200


class Spy(MemoryHealth):
    """Keeps health in memory, and whom it admitted, and what reports had an effect."""

    def __init__(self, *, blocks=False):
        super().__init__()
        self.blocks = blocks
        self.admitted, self.told = [], []

    def admit(self, lease, entrant, now):
        admission = super().admit(lease, entrant, now)
        if admission.admitted:
            self.admitted.append(lease)
        return admission

    def report(self, lease, entrant, report, now):
        before = self.running()
        super().report(lease, entrant, report, now)
        if self.running() != before:
            self.told.append((lease, report.outcome))

    def running(self):
        return self.look(["k"], 0.0)[0].in_flight

    def require_settled(self):
        assert self.running() == 0
        assert sorted(lease for lease, _ in self.told) == sorted(self.admitted)


def two_legs(store, tag=""):
    """Make an attempt, and while it runs a second one, as a hedge is; events between."""
    looked = yield from Look(store, ("k", "other"))
    assert isinstance(looked[1], Stats)
    for leg in (f"first{tag}", f"second{tag}"):
        admission = yield from Admit(store, leg, WHO)
        assert admission.admitted
        yield from Sleep(0, None)
        yield from Emit([TextDelta("x")])
    yield from Tally(f"second{tag}", OK)
    yield from Sleep(0, None)
    yield from Tally(f"first{tag}", Report(outcome="error", cooling="failure"))
    assert (yield from MayRetry(store, 0.1))
    yield from Sleep(0, None)
    return "done"


def running(flow):
    return flow, Operation(id="op", target=TARGET, streamed=False, timeout=Timeout())


def sync_driver(flow):
    return Driver(*running(flow), transport=None, observers=())


def async_driver(flow):
    return AsyncDriver(*running(flow), transport=None, observers=())


BOTH = [("first", "error"), ("second", "ok")]
blocking = pytest.mark.parametrize("blocks", [False, True], ids=["memory", "threads"])


def test_a_flow_that_ends_has_reported_itself():
    store = Spy()
    assert sync_driver(two_legs(store)).run() == "done"
    assert sorted(store.told) == BOTH


@blocking
@pytest.mark.parametrize("run", [asyncio.run, lambda body: trio.run(lambda: body)])
def test_so_has_one_that_is_awaited(run, blocks):
    store = Spy(blocks=blocks)

    async def body():
        assert await async_driver(two_legs(store)).run() == "done"

    run(body())
    assert sorted(store.told) == BOTH


async def sweep(store, cancelled):
    for number in range(ENOUGH):
        flow = two_legs(store, f"-{number}")
        waits = await cancelled(async_driver(flow).run(), number)
        if isinstance(store, Spy):
            store.require_settled()
        else:
            assert store.look(["k"], 0.0)[0].in_flight == 0
        if waits <= number:
            return number
    pytest.fail("it never came to its end")


@blocking
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_a_task_of_asyncio_cancelled_at_each_await(blocks, again):
    store = Spy(blocks=blocks)

    async def body():
        async def cancelled(coroutine, number):
            return await cancelled_on_asyncio(coroutine, number, again=again)

        return await sweep(store, cancelled)

    assert asyncio.run(body()) > 2


@blocking
def test_a_scope_of_trio_cancelled_at_each_await(blocks):
    assert trio.run(sweep, Spy(blocks=blocks), cancelled_on_trio) > 2


def test_with_redis_too(prefix):
    store = RedisHealth(servers.URL, prefix=prefix, timeout=10)
    assert trio.run(sweep, store, cancelled_on_trio) > 2
    beside = RedisHealth(servers.URL, prefix=prefix, timeout=10)
    beside.admit("x", WHO, 0.0)
    assert beside.look(["k"], 0.0)[0].in_flight == 1


class Gate(Spy):
    """Waits within an admission until it is let through."""

    def __init__(self):
        super().__init__(blocks=True)
        self.there, self.open = threading.Event(), threading.Event()

    def admit(self, lease, entrant, now):
        self.there.set()
        assert self.open.wait(5)
        return super().admit(lease, entrant, now)


def test_an_admission_on_its_way_when_the_call_is_cancelled_is_given_back():
    store = Gate()

    async def body():
        task = asyncio.create_task(async_driver(two_legs(store)).run())
        await asyncio.to_thread(store.there.wait, 5)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, store.open.set)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(body())
    store.require_settled()


class Interrupted(Spy):
    """Is interrupted by Ctrl-C, before or after it has done what it was asked for."""

    def __init__(self, method, *, after):
        super().__init__()
        self.method, self.after = method, after

    def _maybe(self, method, do):
        if self.method != method:
            return do()
        self.method = None
        if self.after:
            do()
        raise KeyboardInterrupt

    def admit(self, lease, entrant, now):
        return self._maybe("admit", lambda: Spy.admit(self, lease, entrant, now))

    def report(self, lease, entrant, report, now):
        return self._maybe("report", lambda: Spy.report(self, lease, entrant, report, now))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["admit", "report"])
def test_ctrl_c_while_the_store_is_asked(method, after):
    store = Interrupted(method, after=after)
    with pytest.raises(KeyboardInterrupt):
        sync_driver(two_legs(store)).run()
    store.require_settled()


def test_ctrl_c_in_the_flow_itself():
    store = Spy()

    def flow():
        yield from Admit(store, "a", WHO)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_driver(flow()).run()
    assert store.told == [("a", "cancelled")]


def test_a_flow_that_fails_without_a_report():
    store = Spy()

    def flow():
        yield from Admit(store, "a", WHO)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sync_driver(flow()).run()
    assert store.told == [("a", "cancelled")]


@blocking
@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_a_stream_left_early(blocks, how):
    store = Spy(blocks=blocks)
    driver = sync_driver(two_legs(store))
    next(driver)
    assert store.running() == 1
    if how == "closed":
        driver.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del driver
        gc.collect()
    assert store.told == [("first", "cancelled")]


@blocking
def test_an_async_stream_that_is_forgotten(blocks):
    store = Spy(blocks=blocks)

    async def body():
        driver = async_driver(two_legs(store))
        await anext(driver)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del driver
            gc.collect()

    asyncio.run(body())
    for thread in threading.enumerate():
        if thread.name == "unillm-settle":
            thread.join(5)
    assert store.told == [("first", "cancelled")]


class Broken:
    """Fails whatever it is asked."""

    blocks = False

    def _fail(self, *_):
        raise ValueError("no")

    look = admit = report = may_retry = _fail


def test_a_store_that_fails_keeps_nobody_from_anything(caplog):
    assert sync_driver(two_legs(Broken())).run() == "done"
    assert "the store of health failed: ValueError" in caplog.text
