"""Whatever calls do and suffer at once under one budget: the provider never bills more than it."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false, reportCallIssue=false

import gc
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import anyio
import pytest

import unillm
from tests.client.ways import ONCE, QUICK
from tests.limits import servers
from tests.limits.purses import billed, of, priced
from unillm._flow.budget import charge
from unillm.limits import MemoryStore, RedisStore
from unillm.testing import Answer, FakeCall, faults
from unillm.types.budget import dollars

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

CALLS = 120
USD = Decimal("0.08")
"""Enough for some of them."""
WEATHER = (
    *(Answer("one two three four"), Answer("7"), Answer("no number"), Answer("word " * 80)),
    Answer(tool_calls=[FakeCall("look", {})]),
    *map(faults.get, ("cut-in-text", "reset-in-text", "eof-in-text", "cut-in-head")),
    *map(faults.get, ("status-500", "status-429", "status-503", "garbage-body", "slow-stream")),
)


async def chat(client, chance):
    await client.chat("Hi " * chance.randrange(200))


async def left(client, chance):
    async with client.stream("Hi") as stream:
        async for _ in stream:
            if chance.random() < 0.4:
                break


async def forgotten(client, chance):
    stream = client.stream("Hi")
    await anext(aiter(stream))
    del stream


async def parsed(client, chance):
    await client.parse("Hi", output=int, retries=2)


async def retried(client, chance):
    await client.with_options(retry=QUICK).chat("Hi", budget=unillm.Budget("0.01"))


async def run(client, chance):
    def look() -> str:
        """Look."""
        return "seen"

    with unillm.task("storm"):
        await client.run("Hi", tools=[look], budget=unillm.Budget("0.02", per="run"))


async def mapped(client, chance):
    async with client.map(["Hi"] * 6, concurrency=3) as rows:
        async for row in rows:
            if row.index == chance.randrange(6):
                break


async def completed(client, chance):
    await client.complete("def f(", max_tokens=20, model="box:fake-model")


KINDS = (chat, left, forgotten, parsed, retried, run, mapped, completed)


@pytest.fixture(params=["memory", "threads", "redis"])
def store(request):
    if request.param == "redis":
        client, name = servers.require(), servers.prefix()
        yield RedisStore(client, prefix=name)
        servers.sweep(client, name)
        client.close()
        return
    made = MemoryStore()
    made.blocks = request.param == "threads"
    yield made


@pytest.mark.parametrize("seed", range(2))
async def test_never_is_more_billed_than_the_budget_has(way, fake, store, seed):
    chance = random.Random(seed)
    fake.enqueue(*[chance.choice(WEATHER) for _ in range(10 * CALLS)])
    budget = unillm.Budget(USD, name="storm", store=store, soft=None)
    each = unillm.Budget(USD, name="each", store=store, scope="task", soft=None)
    options = priced(fake, [budget, each], retry=ONCE)
    options["providers"] = [
        *options["providers"],
        unillm.Provider("box", base_url=fake.base_url, api_key="k", profile="vllm"),
    ]
    box = unillm.Price(
        provider="box",
        model="fake-model",
        input=Decimal(1),
        cached_input=Decimal(1),
        output=Decimal(2),
    )
    options["prices"] = options["prices"].with_(box)
    refused, told = [], []
    options["observers"] = told.append
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        async with way.client(fake, **options) as one, way.client(fake, **options) as other:

            async def call(number):
                mine = random.Random(seed * CALLS + number)
                kind = mine.choice(KINDS)
                try:
                    await kind(mine.choice([one, other]), mine)
                except unillm.BudgetExceededError as error:
                    refused.append(error)
                except unillm.UnillmError:
                    pass

            await at_once(way, call, chance)
            gc.collect()

            for _ in range(1_000):
                states = await one.budgets()
                if fake.in_flight == 0 and not any(state.reserved for state in states):
                    break
                await way.pause(0.005)
    assert not any(state.reserved for state in states)
    state = of(budget, states)
    assert 0 < billed(fake) <= state.spent <= USD
    assert state.overshoot == 0
    charges = [charge(attempt) for record in told for attempt in record.attempts]
    assert state.spent == dollars(sum(charges))
    assert refused
    assert sum(one.spent for one in states if one.budget == "each") == state.spent


async def at_once(way, call, chance):
    """Make the calls in threads, or in tasks of which some are cancelled."""
    if way.is_sync:
        with ThreadPoolExecutor(12) as pool:
            for number in range(CALLS):
                pool.submit(finished, call(number))
        return

    async def perhaps_cancelled(number, seconds):
        with anyio.move_on_after(seconds):
            await call(number)

    for begin in range(0, CALLS, 30):
        async with anyio.create_task_group() as group:
            for number in range(begin, begin + 30):
                seconds = chance.choice([None, None, 0.0, 0.01, 0.05])
                group.start_soon(perhaps_cancelled, number, 30 if seconds is None else seconds)


def finished(coroutine):
    """Run a body of the sync way, which never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
