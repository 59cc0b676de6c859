# pyright: basic
"""A hedge is a hop like any other: no byte reaches a host that the constraints exclude."""

import pytest

import unillm
from tests.constraints.test_proof import CONSTRAINTS
from unillm import Hedge, Route
from unillm.testing import Raw, faults

ROUTE = Route(
    ["allowed:deepseek-v4-pro", "denied:deepseek-v4-pro"],
    hedge=Hedge(after=0.02, budget=1),
    max_attempts=3,
)


async def stream(client):
    async with client.stream("Hi") as events:
        async for _ in events:
            pass


async def chat(client):
    await client.chat("Hi")


async def parse(client):
    await client.parse("Hi", output=dict)


CALLS = {"chat": chat, "stream": stream, "parse": parse}


@pytest.mark.parametrize("call", CALLS)
async def test_without_constraints_it_is_reached(way, watched, call):
    watched.allowed.enqueue(faults.get("slow-first-token"))
    async with watched.client(way, routes={"r": ROUTE}, model="r", retry=None) as client:
        await CALLS[call](client)
    assert watched.denied.connections == 1


@pytest.mark.parametrize("call", CALLS)
async def test_no_byte_reaches_an_excluded_host(way, watched, call):
    for why, constraints in CONSTRAINTS.items():
        if why == "no own servers":  # nobody is left
            continue
        late = faults.get("slow-first-token")
        watched.allowed.enqueue(Raw(status=503, segments=[0.05, b"{}"], framing="chunked"), late)
        async with watched.client(
            way,
            routes={"r": ROUTE},
            model="r",
            constraints=constraints,
            retry=unillm.RetryPolicy(first_wait=0.001),
        ) as client:
            await CALLS[call](client)
        assert watched.allowed.requests
        watched.require_untouched()
        watched.allowed.clear()
