"""Health of what clients ask: every call tells, whatever becomes of it."""

# pyright: reportOptionalOperand=false, reportArgumentType=false

import asyncio
import threading

import anyio
import pytest

import unillm
import unillm.limits
from tests.client.ways import QUICK, async_client, read_all
from tests.io.cancelling import cancelled_on_asyncio
from tests.limits import servers
from unillm.limits import MemoryHealth, RedisHealth
from unillm.testing import Answer, faults

ENOUGH = 300


def only(client):
    (found,) = client.health()
    return found


async def test_calls_tell_how_soon_and_that_they_failed(way, fake):
    fake.enqueue(faults.get("status-503"), Answer("one two three"), faults.get("status-400"))
    async with way.client(fake, retry=QUICK) as client:
        async with client.stream("Hi") as stream:
            await read_all(stream)
        with pytest.raises(unillm.BadRequestError):
            await client.chat("Hi")
        found = only(client)
    assert (found.requests, found.failures, found.in_flight) == (2, 1, 0)
    assert 0 < found.first_token < 10
    assert found.output_tokens > 0


async def test_a_model_named_directly_is_asked_whatever_is_known_of_it(way, fake):
    fake.enqueue(*[faults.get("status-500")] * 8)
    async with way.client(fake, retry=unillm.RetryPolicy(max_attempts=1)) as client:
        for _ in range(8):
            with pytest.raises(unillm.ServerError):
                await client.chat("Hi")
        assert only(client).state == "open"
        await client.chat("Hi")
        assert only(client).state == "closed"


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "redis"])
async def test_a_stream_that_is_left_gives_its_place_back(way, fake, shared, prefix):
    store = RedisHealth(servers.URL, prefix=prefix, timeout=10) if shared else MemoryHealth()
    async with way.client(fake, health=store) as client:
        async with client.stream("Hi") as stream:
            await anext(aiter(stream))
            assert only(client).in_flight == 1
        found = only(client)
        assert (found.in_flight, found.failures) == (0, 0)


async def test_no_more_calls_run_than_a_provider_is_given(way, fake):
    fake.enqueue(*[Answer("one two three", pace=0.01)] * 12)
    most = []
    provider = unillm.Provider("fake", base_url=fake.base_url, api_key="k", max_concurrency=3)
    options = {"providers": [provider], "model": "fake:fake-model"}

    async def one(client):
        async with client.stream("Hi") as stream:
            most.append(only(client).in_flight)
            await read_all(stream)

    if way.is_sync:
        with unillm.Client(**options) as client:

            def call():
                with client.stream("Hi") as stream:
                    most.append(only(client).in_flight)
                    list(stream)

            threads = [threading.Thread(target=call) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    else:
        async with unillm.AsyncClient(**options) as client, anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(one, client)
    assert len(most) == 12
    assert max(most) <= 3


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "redis"])
def test_a_call_cancelled_at_each_of_its_awaits(fake, shared, prefix):
    store = RedisHealth(servers.URL, prefix=prefix, timeout=10) if shared else MemoryHealth()

    async def body():
        async with async_client(fake, health=store, retry=QUICK) as client:
            for number in range(ENOUGH):
                fake.clear()
                fake.enqueue(faults.get("status-503"), Answer("one two"))
                waits = await cancelled_on_asyncio(client.chat("Hi"), number, again=True)
                assert all(one.in_flight == 0 for one in client.health())
                if waits <= number:
                    return number
        return pytest.fail("it never came to its end")

    assert asyncio.run(body()) > 5


async def test_calls_go_on_when_redis_goes(way, fake, own_redis, caplog):
    async with way.client(fake, health=own_redis.url) as client:
        await client.chat("Hi")
        own_redis.stop()
        async with client.stream("Hi") as stream:
            await read_all(stream)
        await client.chat("Hi")
        assert (only(client).requests, only(client).in_flight) == (3, 0)
    assert caplog.text.count("does not answer") == 1
    assert len(fake.requests) == 3


async def test_two_clients_share_what_they_find_out(way, fake, prefix):
    fake.enqueue(*[faults.get("status-500")] * 8)
    once = unillm.RetryPolicy(max_attempts=1)
    stores = [RedisHealth(servers.URL, prefix=prefix, timeout=10) for _ in range(2)]
    async with (
        way.client(fake, health=stores[0], retry=once) as one,
        way.client(fake, health=stores[1], retry=once) as other,
    ):
        for _ in range(8):
            with pytest.raises(unillm.ServerError):
                await one.chat("Hi")
        who = only(one).target
        answer = unillm.limits.Entrant(key=who, provider="fake")
        assert not stores[1].admit("x", answer, 0.0).admitted
        await other.chat("Hi")  # nobody else is there to be asked, and all is well again
        assert stores[0].admit("y", answer, 0.0).admitted


def test_other_options_share_health_and_may_have_their_own():
    store = MemoryHealth()
    client = unillm.Client(health=store)
    assert client.with_options(model="m")._config.health is store
    own = MemoryHealth()
    assert client.with_options(health=own)._config.health is own
    with pytest.raises(unillm.InvalidRequestError, match="health must be"):
        unillm.Client(health=3)
