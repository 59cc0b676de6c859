"""Over real sockets it is as in the simulator, and nothing is left behind."""

# pyright: reportPrivateUsage=false

import asyncio
import contextlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import unillm
from tests.io.cancelling import released
from tests.simulator.intervals import interval
from unillm import Route
from unillm.testing import FakeProvider, faults

CALLS, AT_ONCE = 400, 12
FAULTS = ("status-500", "status-503", "cut-in-head", "reset-in-text", "status-429")
RETRY = unillm.RetryPolicy(max_attempts=3, first_wait=0.01, max_wait=0.1, budget=None)


def replies(seed):
    """Return what a provider says to as many calls as may come: three in ten fail."""
    chance = random.Random(seed)
    return [
        faults.get(chance.choice(FAULTS)) if chance.random() < 0.3 else unillm.testing.Answer("ok")
        for _ in range(4 * CALLS)
    ]


def options(fakes):
    names = [f"box{number}" for number in range(len(fakes))]
    return {
        "providers": [
            unillm.Provider(name, base_url=fake.base_url, api_key="k")
            for name, fake in zip(names, fakes, strict=True)
        ],
        "routes": {"r": Route([f"{name}:m" for name in names])},
        "model": "r",
        "retry": RETRY,
        "telemetry": False,
    }


def require_settled(client):
    assert not any(target.in_flight for target in client.health().targets)


def by_threads(fakes):
    with unillm.Client(**options(fakes)) as client:

        def ask(_):
            try:
                client.chat("Hi")
            except unillm.UnillmError:
                return False
            return True

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answered = sum(pool.map(ask, range(CALLS)))
        require_settled(client)
    return answered


async def by_tasks(fakes):
    async with unillm.AsyncClient(**options(fakes)) as client:
        places = asyncio.Semaphore(AT_ONCE)

        async def ask():
            async with places:
                try:
                    await client.chat("Hi")
                except unillm.UnillmError:
                    return False
                return True

        answered = sum(await asyncio.gather(*(ask() for _ in range(CALLS))))
        require_settled(client)
    return answered


@pytest.mark.slow
def test_calls_over_sockets_are_answered_as_often():
    threads = {*threading.enumerate()}
    with contextlib.ExitStack() as stack:
        fakes = [stack.enter_context(FakeProvider()) for _ in range(3)]
        for number, fake in enumerate(fakes):
            fake.enqueue(*replies(number))
        answered = by_threads(fakes) + asyncio.run(by_tasks(fakes))
        for fake in fakes:
            asyncio.run(released(fake))
    low, high = interval(answered, 2 * CALLS)
    assert low <= 1 - 0.3**3 <= high, answered
    assert not {*threading.enumerate()} - threads
