"""A call may be cancelled at every one of its awaits: what is reserved is settled, once."""

import asyncio
import gc
import threading
import warnings
from decimal import Decimal

import pytest
import trio

import unillm
from tests.client.ways import QUICK, async_client, read_all, sync_client
from tests.io.cancelling import cancelled_on_asyncio, cancelled_on_trio
from tests.limits import servers
from tests.limits.purses import billed, of, priced
from unillm.limits import MemoryStore, RedisStore
from unillm.testing import Answer, faults

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

ENOUGH = 500


class Counting(MemoryStore):
    """Keeps count in memory, and of how often each name was settled with an effect."""

    def __init__(self, *, blocks):
        super().__init__()
        self.blocks = blocks
        self.reserved = []
        self.settled = []

    def reserve(self, hold, claims):
        self.reserved.append(hold)
        return super().reserve(hold, claims)

    def settle(self, hold, claims, spent, *, unheld=False):
        held = self.read(claims)[0].reserved
        found = super().settle(hold, claims, spent, unheld=unheld)
        if found[0].reserved != held:
            self.settled.append(hold)
        return found


async def chat(client):
    return await client.chat("Hi")


async def stream(client):
    async with client.stream("Hi") as events:
        await read_all(events)


CALLS = {
    "chat": (chat, [Answer("one two three")]),
    "stream": (stream, [Answer("one two three")]),
    "retried": (stream, [faults.get("status-503"), Answer("one two three")]),
}


async def sweep(fake, call, replies, store, cancelled):
    """Cancel a call at each of its awaits in turn; return at how many."""
    budget = unillm.Budget(9, name="b", store=store, soft=None)
    async with async_client(fake, **priced(fake, budget, retry=QUICK)) as client:
        before = Decimal(0)
        for number in range(ENOUGH):
            fake.clear()
            fake.enqueue(*replies)
            waits = await cancelled(call(client), number)
            state = of(budget, await client.budgets())
            assert state.reserved == 0
            assert state.spent - before >= billed(fake)
            before = state.spent
            if waits <= number:
                return number
    pytest.fail("it never came to its end")


STORES = {
    "memory": lambda: Counting(blocks=False),
    "threads": lambda: Counting(blocks=True),
}


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
@pytest.mark.parametrize(("call", "replies"), CALLS.values(), ids=CALLS)
def test_a_task_of_asyncio(fake, call, replies, make, again):
    store = make()

    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=again)

    assert asyncio.run(sweep(fake, call, replies, store, cancelled)) > 5
    assert sorted(store.settled) == sorted(set(store.settled))
    assert set(store.settled) <= set(store.reserved)


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
@pytest.mark.parametrize(("call", "replies"), CALLS.values(), ids=CALLS)
def test_a_scope_of_trio(fake, call, replies, make):
    store = make()
    assert trio.run(sweep, fake, call, replies, store, cancelled_on_trio) > 5
    assert sorted(store.settled) == sorted(set(store.settled))


def test_with_redis_too(fake):
    client, name = servers.require(), servers.prefix()
    store = RedisStore(client, prefix=name)

    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=True)

    try:
        assert asyncio.run(sweep(fake, stream, [Answer("one two")], store, cancelled)) > 5
    finally:
        servers.sweep(client, name)
        client.close()


class Gate(MemoryStore):
    """Waits within a reservation until it is let through."""

    blocks = True

    def __init__(self):
        super().__init__()
        self.there, self.open = threading.Event(), threading.Event()

    def reserve(self, hold, claims):
        self.there.set()
        assert self.open.wait(5)
        return super().reserve(hold, claims)


def test_a_reservation_on_its_way_when_the_call_is_cancelled_is_released(fake):
    store = Gate()
    budget = unillm.Budget(9, name="b", store=store)

    async def body():
        async with async_client(fake, **priced(fake, budget)) as client:
            task = asyncio.create_task(client.chat("Hi"))
            await asyncio.to_thread(store.there.wait, 5)
            task.cancel()
            asyncio.get_running_loop().call_later(0.05, store.open.set)
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.budgets()

    (state,) = asyncio.run(body())
    assert (state.reserved, state.spent) == (0, 0)
    assert fake.requests == []


def test_ctrl_c_while_an_answer_comes(fake, monkeypatch):
    budget = unillm.Budget(9, name="b")
    with sync_client(fake, **priced(fake, budget)) as client:

        def interrupted(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("unillm._io.driver.Driver._read", interrupted)
            patch.setitem(
                unillm._io.driver.Driver._performs, unillm._flow.effects.Read, interrupted
            )
            with pytest.raises(KeyboardInterrupt):
                client.chat("Hi")
        state = of(budget, client.budgets())
    assert state.reserved == 0
    assert state.spent > 0


class Interrupted(MemoryStore):
    """Is interrupted by Ctrl-C, before or after it has done what it was asked for."""

    def __init__(self, method, *, after):
        super().__init__()
        self.method, self.after = method, after

    def _maybe(self, method, do):
        mine, self.method = self.method == method, self.method if self.method != method else None
        if mine and not self.after:
            raise KeyboardInterrupt
        found = do()
        if mine:
            raise KeyboardInterrupt
        return found

    def reserve(self, hold, claims):
        return self._maybe("reserve", lambda: MemoryStore.reserve(self, hold, claims))

    def settle(self, hold, claims, spent, *, unheld=False):
        return self._maybe(
            "settle", lambda: MemoryStore.settle(self, hold, claims, spent, unheld=unheld)
        )


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["reserve", "settle"])
def test_ctrl_c_while_a_store_is_asked(fake, method, after):
    budget = unillm.Budget(9, name="b", store=Interrupted(method, after=after))
    with sync_client(fake, **priced(fake, budget)) as client:
        with pytest.raises(KeyboardInterrupt):
            client.chat("Hi")
        state = of(budget, client.budgets())
    assert state.reserved == 0
    assert state.spent == billed(fake)


@pytest.mark.parametrize("blocks", [False, True])
async def test_a_stream_that_is_forgotten_is_settled(way, fake, blocks):
    store = Counting(blocks=blocks)
    budget = unillm.Budget(9, name="b", store=store)
    async with way.client(fake, **priced(fake, budget)) as client:
        stream = client.stream("Hi")
        await anext(aiter(stream))
        assert of(budget, await client.budgets()).reserved > 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del stream
            gc.collect()
        for _ in range(400):
            state = of(budget, await client.budgets())
            if state.reserved == 0:
                break
            await way.pause(0.005)
    assert state.reserved == 0
    assert state.spent > 0


async def test_a_store_that_fails_while_it_is_told_harms_no_answer(way, fake, caplog):
    class Failing(MemoryStore):
        def settle(self, *_, **__):
            raise ValueError("no")

    budget = unillm.Budget(9, name="fails", store=Failing())
    async with way.client(fake, **priced(fake, budget)) as client:
        assert (await client.chat("Hi")).finish_reason == "stop"
    assert "'fails' was not told" in caplog.text


async def test_a_thousand_calls_at_once_never_overspend(way, fake):
    budget = unillm.Budget("0.1", name="b", soft=None)
    refused, answered = [], []
    async with way.client(fake, **priced(fake, budget)) as client:
        await client.chat("Hi")

        async def one():
            try:
                answered.append(await client.chat("Hi"))
            except unillm.BudgetExceededError as error:
                refused.append(error)

        if way.is_sync:
            at_once = threading.Event()

            def begin():
                at_once.wait()
                _run(one)

            threads = [threading.Thread(target=begin) for _ in range(1_000)]
            for thread in threads:
                thread.start()
            at_once.set()
            for thread in threads:
                thread.join()
        else:
            import anyio

            async with anyio.create_task_group() as group:
                for _ in range(1_000):
                    group.start_soon(one)
        state = of(budget, await client.budgets())
    assert len(refused) + len(answered) == 1_000
    assert answered
    assert refused
    assert state.spent == billed(fake) <= Decimal("0.1")
    assert state.reserved == 0
    assert all(error.left < error.needed for error in refused)


def _run(body):
    """Run a body of the sync way, which never waits, in a thread."""
    try:
        body().send(None)
    except StopIteration:
        return
