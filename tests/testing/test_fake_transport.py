"""Without sockets: the same answers, the same errors."""

from __future__ import annotations

import contextlib
import time

import anyio
import pytest

import unillm
from tests.faults.expected import EXPECTED, STALLS
from tests.faults.play import ASK, KEY, Played
from tests.faults.test_matrix import check, check_events, check_nothing_foreign
from unillm.testing import Answer, AsyncFakeTransport, FakeTransport, Raw, faults

HUGE = {"huge-event", "endless-line"}
"""22 million bytes say nothing more without sockets."""
CASES = [
    pytest.param(name, streamed, id=f"{name}-{'stream' if streamed else 'body'}")
    for name in faults.names("chat")
    if name not in HUGE
    for streamed in (True, False)
]
BOX = unillm.Provider("box", base_url="http://box.example/v1", api_key=KEY)


def options(name, **more):
    return {
        "providers": [BOX],
        "model": f"box:{name}",
        "retry": unillm.RetryPolicy(max_attempts=2, first_wait=0, max_wait=0.06),
        **more,
    }


def limits(name):
    """Give a limit that a slow fault keeps to, and that a comment every 20 ms outlasts."""
    seconds = 0.3 if name == "comments-for-ever" else 20.0
    return unillm.Timeout(first_token=seconds, idle=seconds)


@pytest.mark.slow  # tests/faults serves each of them too, over sockets
@pytest.mark.parametrize(("name", "streamed"), CASES)
def test_every_fault_is_what_it_is_over_sockets(name, streamed):
    fake, played = FakeTransport(), Played()
    client = unillm.Client(transport=fake, timeout=limits(name), **options(name))
    try:
        if streamed:
            with client.stream(**ASK) as stream:
                played.events.extend(stream)
                played.response = stream.response
        else:
            played.response = client.chat(**ASK)
    except Exception as error:  # noqa: BLE001 - judged below
        played.error = error
    assert judge(played, fake, name, streamed) == {name}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_every_fault_is_that_to_the_async_client_too(backend):
    async def main():
        # Each takes its half of them: the transport is the same for both.
        for at, name in enumerate(faults.names("chat")):
            for streamed in (True, False):
                if name not in HUGE and (at + streamed) % 2 == (backend == "trio"):
                    await one(name, streamed)

    async def one(name, streamed):
        fake, played = AsyncFakeTransport(), Played()
        client = unillm.AsyncClient(transport=fake, timeout=limits(name), **options(name))
        try:
            if streamed:
                async with client.stream(**ASK) as stream:
                    async for event in stream:
                        played.events.append(event)
                    played.response = stream.response
            else:
                played.response = await client.chat(**ASK)
        except Exception as error:  # noqa: BLE001 - judged below
            played.error = error
        assert judge(played, fake, name, streamed) == {name}

    anyio.run(main, backend=backend)


def judge(played, fake, name, streamed):
    """Hold what was played against what is expected, and return the names of the faults served."""
    played.wire = len(fake.requests)
    played.paths = [seen.path for seen in fake.requests]
    outcome = EXPECTED[name][0 if streamed else 1]
    check_nothing_foreign(played)
    check(played, outcome)
    if streamed:
        check_events(played, outcome)
    assert len(fake.served) == played.wire
    return {one.fault for one in fake.served}


def test_nobody_waits_for_a_stall():
    began = time.monotonic()
    patient = unillm.Timeout(first_token=1000, idle=1000, total=None)
    for name in sorted(STALLS.keys() - {"comments-for-ever"}):
        fake = FakeTransport()
        client = unillm.Client(transport=fake, timeout=patient, **options(name))
        with contextlib.suppress(unillm.UnillmError), client.stream(**ASK) as stream:
            list(stream)
        assert fake.requests, name
    assert time.monotonic() - began < 60


def test_answers_are_served_in_order_and_remembered():
    fake = FakeTransport("One", Answer("Two"), faults.get("status-401"))
    fake.enqueue(Raw.of_json({"choices": []}))
    client = unillm.Client(transport=fake, **options("m", extra_query={"v": "2"}))
    assert [client.chat("Hi").text for _ in "12"] == ["One", "Two"]
    with pytest.raises(unillm.AuthenticationError):
        client.chat("Hi")
    with pytest.raises(unillm.MalformedResponseError):
        client.chat("Hi")
    assert client.chat("Hi").text == "You said: Hi"
    assert fake.queued == 0
    first = fake.requests[0]
    assert (first.method, first.path, first.query) == ("POST", "/v1/chat/completions", {"v": "2"})
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert first.headers["host"] == "box.example"
    assert [seen.number for seen in fake.requests] == [1, 2, 3, 4, 5]


def test_the_options_are_those_of_the_fake_provider():
    fake = FakeTransport(api_key="other", models=["a"], dialect="deepseek")
    with pytest.raises(unillm.AuthenticationError):
        unillm.Client(transport=fake, **options("a")).chat("Hi")
    with pytest.raises(TypeError, match="can be queued"):
        FakeTransport(7)  # type: ignore[arg-type]


def test_a_pause_keeps_to_the_time_limit():
    client = unillm.Client(transport=FakeTransport(Raw(segments=[60.0])), **options("m"))
    with pytest.raises(unillm.DeadlineExceededError):
        client.chat("Hi", timeout=0.05)


def test_a_stream_left_early_is_in_the_log():
    fake = FakeTransport(Answer("One two three four"))
    client = unillm.Client(transport=fake, **options("m"))
    with client.stream("Hi") as stream:
        next(stream)
        assert fake.served == ()
    (served,) = fake.served
    assert served.left_early
    assert served.usage is None


def test_strictness_is_looked_at_when_the_block_ends():
    def agent(fake):
        client = unillm.Client(transport=fake, **options("m"))
        with contextlib.suppress(unillm.ServerError):
            client.chat("Hi")
            client.chat("Hi")
        assert len(fake.requests) == 2, "it was not tried again"

    with pytest.raises(AssertionError, match="1 queued answers"), FakeTransport("A", strict=True):
        pass
    surprise = pytest.raises(AssertionError, match=r"nothing was queued for request 2 \(POST")
    with surprise, FakeTransport("A", strict=True) as fake:
        agent(fake)
    with pytest.raises(LookupError), FakeTransport("A", strict=True):
        raise LookupError
    with FakeTransport("A", "B", strict=True) as fake:
        agent(fake)
