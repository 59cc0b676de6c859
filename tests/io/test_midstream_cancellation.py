"""Cancelled at any await while an answer goes on elsewhere, or is copied: nothing stays behind."""

import asyncio

import anyio
import pytest
import trio

import unillm
from tests.client.ways import KEY, QUICK, read_all
from tests.io.cancelling import Counted, cancelled_on_asyncio, cancelled_on_trio, run_on
from unillm.routing import Cascade, Shadow
from unillm.testing import Answer, FakeProvider, faults

pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

ENOUGH = 500
ROUTES = {
    "continue": unillm.Route(["a:m", "b:m"], on_midstream_error="continue"),
    "cascade": unillm.Route(
        ["a:m", "b:m"],
        strategy=Cascade(verify=lambda response: response.provider == "b", in_order=True),
    ),
    "shadow": unillm.Route(["a:m"], strategy=Shadow(["b:m"])),
}
FIRST = {"continue": faults.get("cut-in-text")}


@pytest.fixture
def hosts():
    with FakeProvider() as one, FakeProvider() as other:
        yield one, other


def client_of(hosts, name, records):
    providers = [
        unillm.Provider(called, base_url=host.base_url, api_key=KEY)
        for called, host in zip("ab", hosts, strict=True)
    ]
    return unillm.AsyncClient(
        providers=providers,
        routes={"r": ROUTES[name]},
        model="r",
        retry=QUICK,
        observers=[records.append],
    )


async def stream(client):
    async with client.stream("Hi") as events:
        await read_all(events)
    return events.response.text


async def idle(hosts):
    for _ in range(600):
        if all(host.in_flight == 0 and host.connections <= 1 for host in hosts):
            return
        await anyio.sleep(0.005)
    assert [(host.connections, host.in_flight) for host in hosts] == [(0, 0), (0, 0)]


async def sweep(hosts, name, cancelled):
    records = []
    async with client_of(hosts, name, records) as client:
        for number in range(ENOUGH):
            for host in hosts:
                host.clear()
            hosts[0].enqueue(FIRST.get(name, Answer("one two three")))
            hosts[1].enqueue(Answer("four five"))
            records.clear()
            waits = await cancelled(stream(client), number)
            await idle(hosts)
            assert len(records) <= 1
            if waits <= number:
                break
        assert number < ENOUGH - 1
        assert records[0].outcome == "ok"
        assert {state.in_flight for state in client.health().targets} == {0}
    assert [host.connections for host in hosts] == [0, 0]
    return number


@pytest.mark.usefixtures("over")
@pytest.mark.parametrize("name", ["continue", "cascade"])
def test_a_task_of_asyncio(hosts, name):
    def cancelled(coroutine, number):
        return cancelled_on_asyncio(coroutine, number, again=False)

    assert asyncio.run(sweep(hosts, name, cancelled)) > 0


@pytest.mark.parametrize("name", ["continue", "cascade"])
def test_a_scope_of_trio(hosts, name):
    assert trio.run(sweep, hosts, name, cancelled_on_trio) > 0


async def shadowed(hosts):
    """Cancel a call at each await in turn, and close the client, whatever its copy is at."""
    for number in range(ENOUGH):
        for host in hosts:
            host.clear()
        hosts[1].enqueue(faults.get("stall-in-text"))
        records = []
        async with client_of(hosts, "shadow", records) as client:
            with anyio.CancelScope() as scope:
                counted = Counted(stream(client), number, scope.cancel)
                await counted
        await idle(hosts)
        assert [host.connections for host in hosts] == [0, 0]
        copies = [one for one in records if one.attempts and one.attempts[0].role == "shadow"]
        assert all(one.outcome != "ok" for one in copies)
        if counted.waits <= number:
            return number
    return 0


@pytest.mark.parametrize("backend", ["asyncio", "trio", "aiohttp"])
def test_a_copy_does_not_outlive_its_client(hosts, backend, monkeypatch):
    assert run_on(backend, monkeypatch, shadowed, hosts) > 0
