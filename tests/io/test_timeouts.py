"""Every way of being kept waiting ends, in time and with the right error."""

# pyright: reportIndexIssue=false, reportOptionalMemberAccess=false

import itertools
import socket
import time
from contextlib import closing

import pytest

import unillm
from tests.client.ways import ONCE, read_ahead, read_all, server
from tests.io.carriers import CARRIERS, carried
from unillm.testing import Answer, Raw, faults

SHORT = 0.06  # what must not come is waited for so long
LONG = 30.0  # what must come may take as long
BEFORE = LONG / 2  # a wait that ends by then was not the long one
DRIP = 0.02


def chunk(delta, finish=None):
    return {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


ROLE = chunk({"role": "assistant", "content": ""})
TOKEN = chunk({"content": "Hello"})
END = Raw.of_events(chunk({}, "stop"))


def stalled(*payloads):
    return Raw.of_events(*payloads, done=False, end="stall")


def dripping(start, drop):
    """Begin a stream with some events, then send the same drop for ever."""
    begin = Raw.of_events(*start, done=False).segments
    return Raw(segments=itertools.chain(begin, itertools.cycle([drop, DRIP])))


def slow_head():
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-slow: " + b"z" * 1000
    return Raw(wire=(part for byte in head for part in (bytes([byte]), DRIP)))


def slow_text():
    """Say a little, and then a little again each time before the idle limit is reached."""
    return Raw(segments=itertools.cycle([Raw.of_events(TOKEN, done=False).segments[0], DRIP]))


def a_stall():
    return stalled(ROLE, TOKEN)


def endless():
    event = Raw.of_events(TOKEN, done=False).segments[0]
    return Raw(segments=itertools.cycle([event, 0.001]))


FIRST_TOKEN = unillm.Timeout(first_token=SHORT, idle=LONG)
IDLE = unillm.Timeout(first_token=LONG, idle=SHORT)
TOTAL = unillm.Timeout(first_token=LONG, idle=LONG, total=SHORT)
FIRST, IDLED, OVER = (
    unillm.FirstTokenTimeoutError,
    unillm.IdleTimeoutError,
    unillm.DeadlineExceededError,
)

WAITS = {
    # what is served, the limits, what is raised, the text that had come
    "no head": (lambda: faults.get("stall-before-head"), FIRST_TOKEN, FIRST, None),
    "half a head": (lambda: faults.get("stall-in-head"), FIRST_TOKEN, FIRST, None),
    "a slow head": (slow_head, FIRST_TOKEN, FIRST, None),
    "no event": (lambda: faults.get("stall-before-event"), FIRST_TOKEN, FIRST, ""),
    "comments only": (lambda: dripping((), b": wait\n\n"), FIRST_TOKEN, FIRST, ""),
    "a role only": (lambda: stalled(ROLE), FIRST_TOKEN, FIRST, ""),
    "roles for ever": (
        lambda: dripping((), Raw.of_events(ROLE, done=False).segments[0]),
        FIRST_TOKEN,
        FIRST,
        "",
    ),
    "a stall after a token": (a_stall, IDLE, IDLED, "Hello"),
    "comments after a token": (lambda: dripping((TOKEN,), b": wait\n\n"), IDLE, IDLED, "Hello"),
    "blank lines after a token": (lambda: dripping((TOKEN,), b"\n"), IDLE, IDLED, "Hello"),
    "half a line for ever": (lambda: dripping((TOKEN,), b"d"), IDLE, IDLED, "Hello"),
    "all of it: no head": (lambda: faults.get("stall-before-head"), TOTAL, OVER, None),
    "all of it: a slow head": (slow_head, TOTAL, OVER, None),
    "all of it: no end": (endless, TOTAL, OVER, "Hello*"),
}
HANDED_IN = ("a slow head", "comments after a token")


def cases():
    for name, case in WAITS.items():
        for carrier in CARRIERS:
            if carrier == "own" or name in HANDED_IN:
                yield pytest.param((*case, carrier), id=f"{name}, {carrier}")


@pytest.mark.parametrize("case", list(cases()))
async def test_a_stream_is_not_waited_for_longer(way, fake, case):
    serve, limits, kind, text, carrier = case
    fake.enqueue(serve())
    async with carried(way, fake, carrier, timeout=limits, retry=ONCE) as client:
        began = time.monotonic()
        with pytest.raises(unillm.RequestTimeoutError) as caught:
            async with client.stream("Hi") as stream:
                await read_all(stream)
        took = time.monotonic() - began
        assert type(caught.value) is kind
        limit = limits.total or SHORT
        assert limit <= took < BEFORE
        await way.settles(fake, connections=0)
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert f"{limit:g} s" in error.message
    assert [attempt.outcome for attempt in error.attempts] == ["error"]
    partial = error.partial
    if text in {None, ""}:
        assert partial is None or partial.text == ""
    elif text == "Hello*":
        assert partial is None or set(partial.text.split("Hello")) == {""}
    else:
        assert partial.text == text


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("serve", [a_stall, endless, slow_text])
async def test_the_time_for_all_ends_a_stream_that_has_begun(way, fake, clock, serve, carrier):
    fake.enqueue(serve())
    timeout = unillm.Timeout(first_token=None, idle=None, total=2 * LONG)
    async with carried(way, fake, carrier, timeout=timeout, retry=ONCE) as client:
        began = time.monotonic()
        with pytest.raises(OVER, match=r"its 60\.0 s") as caught:
            await read_ahead(client.stream("Hi"), clock, 2 * LONG - SHORT)
        assert time.monotonic() - began < BEFORE
        assert caught.value.partial.text.startswith("Hello")
        await way.settles(fake, connections=0)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("way", ["sync"], indirect=True)
async def test_a_short_wait_for_the_first_token_does_not_shorten_the_others(
    way, fake, clock, carrier
):
    """What a transport was told of the first read must not hold for the later ones."""
    fake.enqueue(Raw(segments=[*Raw.of_events(TOKEN, done=False).segments, 1.2, *END.segments]))
    limits = unillm.Timeout(first_token=LONG, idle=LONG)
    async with carried(way, fake, carrier, timeout=limits, retry=ONCE) as client:
        stream = client.stream("Hi")
        async with stream:
            clock.skip(LONG - 1)  # a second is left for the first token, 30 for the next
            await read_all(stream)
        assert stream.response.text == "Hello"


@pytest.mark.parametrize("way", ["sync"], indirect=True)
async def test_a_second_for_all_of_a_stalled_stream(way, fake):
    """No clock is moved here, and the first token has nearly the whole second to come in."""
    fake.enqueue(a_stall())
    timeout = unillm.Timeout(idle=10, total=1)
    async with way.client(fake, timeout=timeout, retry=ONCE) as client:
        began = time.monotonic()
        with pytest.raises(OVER):
            async with client.stream("Hi") as stream:
                await read_all(stream)
        assert 1 <= time.monotonic() - began < 5


@pytest.mark.parametrize(
    "case",
    [
        ("stall-before-head", FIRST_TOKEN, FIRST, "own"),
        ("stall-in-body", IDLE, IDLED, "own"),
        ("stall-in-body", IDLE, IDLED, "httpx"),
        ("stall-in-body", IDLE, IDLED, "httpx2"),
        ("comments-for-ever", FIRST_TOKEN, FIRST, "own"),
        ("stall-in-body", TOTAL, OVER, "own"),
    ],
)
async def test_a_body_is_not_waited_for_longer(way, fake, case):
    fault, limits, kind, carrier = case
    async with carried(way, fake, carrier, timeout=limits, retry=ONCE) as client:
        began = time.monotonic()
        with pytest.raises(kind):
            await client.chat("Hi", model=f"fake:{fault}")
        assert SHORT <= time.monotonic() - began < BEFORE
        await way.settles(fake, connections=0)


async def test_a_number_is_the_time_for_all(way, fake):
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(OVER, match=r"its 0\.06 s\. Raise Timeout\(total=…\)"):
            await client.chat("Hi", model="fake:stall-before-head", timeout=SHORT)


async def test_a_long_answer_may_go_on(way, fake, clock):
    words = "one two three four five six"
    fake.enqueue(Answer(words))
    timeout = unillm.Timeout(first_token=LONG, idle=LONG)
    async with way.client(fake, timeout=timeout) as client:
        began = clock.monotonic()
        async with client.stream("Hi") as stream:
            async for _ in stream:
                clock.skip(0.4 * LONG)
        assert clock.monotonic() - began > 2 * LONG
        assert stream.response.text == words


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_stall_after_the_finish_costs_the_usage_only(way, fake, carrier, monkeypatch):
    monkeypatch.setattr("unillm._flow.deadlines.AFTER_FINISH", SHORT)
    async with carried(way, fake, carrier) as client:
        began = time.monotonic()
        async with client.stream("Hi", model="fake:stall-after-finish") as stream:
            events = await read_all(stream)
        assert SHORT <= time.monotonic() - began < BEFORE
        assert (stream.response.usage, stream.response.finish_reason) == (None, "stop")
        assert [note.code for note in stream.response.notes] == ["cut_after_finish"]
        assert events[-1].response == stream.response
        await way.settles(fake, connections=0)


async def test_the_time_for_all_also_ends_the_wait_for_usage(way, fake, clock, monkeypatch):
    monkeypatch.setattr("unillm._flow.deadlines.AFTER_FINISH", LONG)
    async with way.client(fake, timeout=LONG) as client:
        began = time.monotonic()
        stream = client.stream("Hi", model="fake:stall-after-finish")
        await read_ahead(stream, clock, LONG - SHORT)
        assert time.monotonic() - began < BEFORE
        assert stream.response.usage is None


async def test_what_follows_done_is_not_waited_for(way, fake, monkeypatch):
    monkeypatch.setattr("unillm._flow.chat.DRAIN", SHORT)
    event = Raw.of_events(chunk({"content": "Hello"}, "stop")).segments
    fake.enqueue(Raw(segments=event, end="stall"))
    async with way.client(fake) as client:
        began = time.monotonic()
        assert (await client.chat("Hi")).text == "Hello"
        assert time.monotonic() - began < BEFORE
        await way.settles(fake, connections=0)


class FullServer:
    """A listening socket that accepts nothing more."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.base_url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/v1"
        self.waiting = []
        for _ in range(4):
            self.waiting.append(socket.socket())
            self.waiting[-1].setblocking(False)
            self.waiting[-1].connect_ex(self.listening.getsockname())

    def close(self):
        for one in (*self.waiting, self.listening):
            one.close()


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_connecting_is_not_waited_for_longer(way, carrier):
    with closing(FullServer()) as full:
        options = {"providers": [server(full)], "retry": ONCE}
        async with carried(way, full, carrier, **options) as client:
            began = time.monotonic()
            with pytest.raises(unillm.ConnectTimeoutError, match="connecting took too long"):
                await client.chat("Hi", timeout=unillm.Timeout(connect=SHORT))
            with pytest.raises(unillm.DeadlineExceededError):
                await client.chat("Hi", timeout=unillm.Timeout(connect=LONG, total=SHORT))
            with pytest.raises(unillm.FirstTokenTimeoutError):
                await client.chat("Hi", timeout=unillm.Timeout(connect=LONG, first_token=SHORT))
            assert time.monotonic() - began < BEFORE


async def test_the_time_for_all_holds_for_all_attempts(way, fake):
    # Failures come at once, and only the stall is waited out: the load decides nothing.
    busy, stall = faults.get("status-503"), faults.get("stall-before-head")
    fake.enqueue(busy, busy, stall)
    policy = unillm.RetryPolicy(max_attempts=9, first_wait=0.001)
    total = 8 * SHORT
    timeout = unillm.Timeout(first_token=LONG, total=total)
    async with way.client(fake, retry=policy, timeout=timeout) as client:
        began = time.monotonic()
        with pytest.raises(OVER) as caught:
            await client.chat("Hi")
        assert total <= time.monotonic() - began < BEFORE
    *before, last = [attempt.error.partition(":")[0] for attempt in caught.value.attempts]
    assert last == "DeadlineExceededError"
    assert before == ["OverloadedError"] * 2
    await way.settles(fake, connections=0)


async def test_a_timeout_leaves_the_client_usable(way, fake):
    async with way.client(fake, retry=ONCE) as client:
        for _ in range(2):
            with pytest.raises(IDLED):
                await client.chat("Hi", model="fake:stall-in-body", timeout=IDLE)
            assert (await client.chat("Hi")).text == "You said: Hi"
