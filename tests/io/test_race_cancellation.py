"""A hedged call may be cancelled at every one of its awaits: nothing of either attempt stays."""

import asyncio
import contextlib
from decimal import Decimal

import anyio
import pytest
import trio

import unillm
from tests.client.ways import KEY, QUICK, read_all
from tests.io.cancelling import cancelled_on_asyncio, cancelled_on_trio, released
from unillm import Hedge, Route
from unillm._flow.race import Racer
from unillm._io.running import Running
from unillm.limits import MemoryHealth
from unillm.pricing import Price, PriceBook
from unillm.testing import FakeProvider, faults

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

ENOUGH = 500
ROWS = [Price(provider=name, model="m", input=Decimal(1), output=Decimal(10)) for name in "ab"]
SLOW = faults.get("slow-first-token")
STUCK = faults.get("stall-before-head")
WRONG = faults.get("status-400")
"""It says nothing of the health of its target, which would not be asked again."""


async def chat(client):
    await client.chat("Hi")


async def stream(client):
    async with client.stream("Hi") as events:
        await read_all(events)


CALLS = {
    "second wins, whole": (chat, STUCK, None),
    "second wins, streamed": (stream, STUCK, None),
    "first wins": (stream, SLOW, STUCK),
    "second fails": (chat, SLOW, WRONG),
}


async def sweep(call, replies, cancelled):
    """Cancel it at each of its awaits in turn; return at how many it was."""
    store, records = MemoryHealth(), []
    with FakeProvider() as first, FakeProvider() as second:
        providers = [
            unillm.Provider(name, base_url=host.base_url, api_key=KEY)
            for name, host in (("a", first), ("b", second))
        ]
        async with unillm.AsyncClient(
            providers=providers,
            routes={"r": Route(["a:m", "b:m"], hedge=Hedge(after=0.01, budget=1))},
            model="r",
            retry=QUICK,
            health=store,
            prices=PriceBook(prices=tuple(ROWS)),
            budget=unillm.Budget(Decimal(1000)),
            max_tokens=10,
            observers=[records.append],
        ) as client:
            for number in range(ENOUGH):
                for host, reply in zip((first, second), replies, strict=True):
                    host.clear()
                    host.enqueue(*([] if reply is None else [reply]))
                records.clear()
                with contextlib.suppress(unillm.UnillmError):
                    waits = await cancelled(call(client), number)
                await released(first)
                await released(second)
                (state,) = await client.budgets()
                assert state.reserved == 0
                stats = store.look(store.keys(), anyio.current_time())
                assert not any(one.in_flight for one in stats)
                if waits <= number:
                    break
                assert len(records) <= 1
                assert all(len(record.attempts) <= 2 for record in records)
        assert number < ENOUGH - 1
        assert [record.outcome for record in records] == ["ok"]
        assert {attempt.role for attempt in records[0].attempts} == {"first", "hedge"}
        assert (first.connections, second.connections) == (0, 0)
    return number


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize(("call", "first", "second"), CALLS.values(), ids=CALLS)
def test_at_every_await_a_task_of_asyncio(call, first, second, again):
    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=again)

    assert anyio.run(sweep, call, (first, second), cancelled) > 2


@pytest.mark.parametrize(("call", "first", "second"), CALLS.values(), ids=CALLS)
def test_at_every_await_a_scope_of_trio(call, first, second):
    assert anyio.run(sweep, call, (first, second), cancelled_on_trio, backend="trio") > 2


class Steps:
    """Call ``cancel`` at the so-many-th effect of the operation or of an attempt beside it."""

    def __init__(self, monkeypatch):
        self.made, self.number, self.cancel = 0, -1, None
        for kind in (Racer, Running):
            monkeypatch.setattr(kind, "advance", self.counted(kind.advance))

    def counted(self, advance):
        def counting(one, *given):
            if self.made == self.number and self.cancel is not None:
                self.cancel()
            self.made += 1
            return advance(one, *given)

        return counting

    async def on_asyncio(self, coroutine, number):
        task = asyncio.ensure_future(coroutine)
        self.made, self.number, self.cancel = 0, number, task.cancel
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return self.made

    async def on_trio(self, coroutine, number):
        with trio.CancelScope() as scope:
            self.made, self.number, self.cancel = 0, number, scope.cancel
            await coroutine
        return self.made


@pytest.mark.parametrize("kind", ["asyncio", "trio"])
@pytest.mark.parametrize(("call", "first", "second"), CALLS.values(), ids=CALLS)
def test_at_every_effect(monkeypatch, kind, call, first, second):
    steps = Steps(monkeypatch)
    cancelled = steps.on_asyncio if kind == "asyncio" else steps.on_trio
    assert anyio.run(sweep, call, (first, second), cancelled, backend=kind) > 8
