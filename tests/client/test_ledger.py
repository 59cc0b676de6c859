"""A client with a ledger: every operation is in it, and whoever made the ledger closes it."""

# pyright: reportOptionalMemberAccess=false

import asyncio
import gc
import threading
import weakref

import anyio
import pytest

import unillm
from tests.client.ways import KEY, QUICK, WAYS, read_all, server
from unillm.ledger import Flushed, Ledger
from unillm.testing import Answer, FakeCall, faults

PROMPT = "a-prompt-that-stays-in"


def entries(path):
    return list(Ledger(path).operations())


def writing():
    return [t for t in threading.enumerate() if t.name == "unillm-ledger"]


async def test_every_operation_is_in_it(way, fake, tmp_path):
    path = tmp_path / "l.db"
    fake.enqueue(faults.get("status-503"))
    async with way.client(fake, ledger=path, retry=QUICK, tags={"team": "a"}) as client:
        answer = await client.chat(PROMPT, session="s1")
        async with client.stream(PROMPT, user="ann") as stream:
            await read_all(stream)
        with pytest.raises(unillm.BadRequestError):
            await client.chat(PROMPT, model="fake:status-400")
        async with client.stream(PROMPT, model="fake:stall-in-text") as cut:
            await anext(cut)
    first, second, third, fourth = entries(path)
    assert (first.outcome, first.session, first.tags) == ("ok", "s1", {"team": "a"})
    assert first.usage == answer.usage
    assert [(a.number, a.status) for a in first.attempts] == [(1, 503), (2, 200)]
    assert (second.streamed, second.user) == (True, "ann")
    assert second.first_token is not None
    assert (third.outcome, third.error) == ("error", "BadRequestError")
    assert fourth.outcome == "cancelled"
    everything = path.read_bytes()
    for secret in (PROMPT, KEY, answer.text):
        assert secret.encode() not in everything


async def test_observers_of_a_call_do_not_take_its_place(way, fake, tmp_path):
    told = []
    async with way.client(fake, ledger=str(tmp_path / "l.db"), observers=told.append) as client:
        await client.chat("Hi", observers=())
        await client.chat("Hi")
    assert len(told) == 1
    assert len(entries(tmp_path / "l.db")) == 2


async def test_an_observer_that_raises_does_not_keep_anything_out(way, fake, tmp_path):
    def fail(record):
        raise ZeroDivisionError

    async with way.client(fake, ledger=tmp_path / "l.db", observers=fail) as client:
        await client.chat("Hi")
    assert len(entries(tmp_path / "l.db")) == 1


async def test_runs_rows_and_parsed_answers_are_in_it(way, fake, tmp_path):
    def look(where: str) -> str:
        return f"sun in {where}"

    fake.enqueue(Answer(tool_calls=[FakeCall("look", {"where": "Rome"})]), Answer("Sun."))
    async with way.client(fake, ledger=tmp_path / "l.db") as client:
        await client.run("Weather?", tools=[look])
        async with client.map(["a", "b", "c"]) as rows:
            assert len([row async for row in rows]) == 3
    assert len(entries(tmp_path / "l.db")) == 5


async def test_whoever_made_it_closes_it(way, fake, tmp_path):
    with Ledger(tmp_path / "l.db") as ledger:
        async with way.client(fake, ledger=ledger) as client:
            await client.chat("Hi")
        async with way.client(fake, ledger=ledger) as client:
            await client.chat("Hi")
        assert ledger.flush() == Flushed(written=2, pending=0, dropped=0)
        assert len(writing()) == 1
    assert writing() == []


async def test_a_client_with_other_options_shares_it(way, fake, tmp_path):
    async with way.client(fake, ledger=tmp_path / "l.db") as client:
        other = client.with_options(session="s")
        await other.chat("Hi")
        await other.close()
        await client.chat("Hi")
        apart = client.with_options(ledger=Ledger(tmp_path / "other.db"))
        await apart.chat("Hi")
        await apart.close()
    assert sorted(str(e.session) for e in entries(tmp_path / "l.db")) == ["None", "s"]
    gc.collect()
    assert len(entries(tmp_path / "l.db")) == 2


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_a_client_tells_its_ledger(kind, tmp_path):
    ledger = Ledger(tmp_path / "l.db")
    client = kind(providers=["openai"], ledger=ledger)
    assert client.ledger is ledger
    assert client.with_options(temperature=0).ledger is ledger
    assert kind(providers=["openai"]).ledger is None
    made = kind(providers=["openai"], ledger=f"sqlite:///{tmp_path}/m.db".replace("///", "////", 1))
    assert repr(made.ledger).startswith("Ledger(")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (7, "a ledger is a path such as 'ledger.db'"),
        ("mysql://h/d", "not a URL of 'mysql'"),
        ("/nowhere/l.db", "there is no folder '/nowhere'"),
        (print, "not builtin_function_or_method"),
    ],
    ids=["number", "scheme", "folder", "function"],
)
def test_what_is_no_ledger_is_refused_when_the_client_is_made(given, words):
    with pytest.raises(unillm.InvalidRequestError, match=words):
        unillm.Client(providers=["openai"], ledger=given)


def test_a_path_is_for_new_clients_alone(fake, tmp_path):
    with unillm.Client(providers=["openai"]) as client:
        for use in (client.with_options, lambda **o: client.chat("Hi", **o)):
            with pytest.raises(unillm.InvalidRequestError, match="for a new client alone"):
                use(ledger=tmp_path / "l.db")
    assert list(tmp_path.iterdir()) == []


def test_loops_that_come_and_go_lose_nothing(fake, tmp_path):
    """The writer belongs to no event loop, so that none takes with it what was not yet written."""
    provider = unillm.Provider("fake", base_url=fake.base_url, api_key=KEY)
    client = unillm.AsyncClient(providers=[provider], ledger=tmp_path / "l.db", model="fake:m")
    for _ in range(3):
        asyncio.run(client.chat("Hi"))
    asyncio.run(client.close())
    assert len(entries(tmp_path / "l.db")) == 3


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_closing_does_not_block_the_loop(fake, tmp_path, loop, monkeypatch):
    way = WAYS[loop]
    closing, go_on = threading.Event(), threading.Event()
    close = Ledger.close

    def slowly(self, timeout=10.0):
        closing.set()
        assert go_on.wait(10)
        return close(self, timeout)

    async def body():
        client = way.client(fake, ledger=tmp_path / "l.db")
        await client.chat("Hi")
        async with anyio.create_task_group() as group:
            group.start_soon(client.close)
            await way.until(closing.is_set)
            go_on.set()

    monkeypatch.setattr(Ledger, "close", slowly)
    way.run(body)
    assert len(entries(tmp_path / "l.db")) == 1


async def test_a_stream_that_outlives_its_client_is_in_it(way, fake, tmp_path):
    client = way.client(fake, ledger=tmp_path / "l.db")
    async with client.stream("Hi", model="fake:stall-in-text") as stream:
        await anext(stream)
        await client.close()
    await client.close()
    assert [entry.outcome for entry in entries(tmp_path / "l.db")] == ["cancelled"]
    assert writing() == []


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_client_that_is_closed_while_all_is_cancelled_closes_it(fake, tmp_path, loop):
    way = WAYS[loop]

    async def body():
        with anyio.CancelScope() as scope:
            async with way.client(fake, ledger=tmp_path / "l.db") as client:
                await client.chat("Hi")
                scope.cancel()
                await anyio.sleep_forever()

    way.run(body)
    assert writing() == []
    assert len(entries(tmp_path / "l.db")) == 1


def test_a_stream_that_nobody_closed_is_in_it(fake, tmp_path):
    """Its end is told wherever garbage is collected, and so is taken there."""
    path = tmp_path / "l.db"
    client = unillm.Client(ledger=path, providers=[server(fake)])
    stream = client.stream("Hi", model="fake:stall-in-text")
    next(iter(stream))
    left = weakref.ref(stream)
    with pytest.warns(ResourceWarning, match="stream"):
        del stream
    assert left() is None
    client.close()
    assert [entry.outcome for entry in entries(path)] == ["cancelled"]
