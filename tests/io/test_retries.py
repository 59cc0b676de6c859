"""One owner of retries: when, how often, how long, and that it is all on the record."""

# pyright: reportOptionalMemberAccess=false

import time

import pytest
import tenacity

import unillm
from tests.client.ways import QUICK, read_all
from unillm.testing import Answer, Raw, faults

PAUSE = 0.05
STALLED = unillm.Timeout(first_token=60, idle=60)


def failing(status=503, **headers):
    return Raw(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})


async def test_attempts_end(way, fake):
    fake.enqueue(*[failing()] * 9)
    policy = unillm.RetryPolicy(max_attempts=4, first_wait=0.001)
    async with way.client(fake, retry=policy) as client:
        with pytest.raises(unillm.OverloadedError) as caught:
            await client.chat("Hi")
    assert [attempt.number for attempt in caught.value.attempts] == [1, 2, 3, 4]
    assert len(fake.requests) == 4
    assert fake.connections_total == 1


async def test_pauses_are_drawn_and_told(way, fake):
    fake.enqueue(failing(), failing())
    policy = unillm.RetryPolicy(first_wait=PAUSE)
    async with way.client(fake, retry=policy) as client:
        began = time.monotonic()
        r = await client.chat("Hi")
        took = time.monotonic() - began
    waited = [attempt.waited for attempt in r.attempts]
    assert waited[0] == 0
    assert 0 < waited[1] <= PAUSE
    assert 0 < waited[2] <= PAUSE * 2
    assert took >= sum(waited)
    assert r.attempts[1].started_at - r.attempts[0].started_at >= waited[1] * 0.9


@pytest.mark.parametrize(
    "headers", [{"retry_after": "0.05"}, {"retry_after_ms": "50", "retry_after": "9"}]
)
async def test_the_servers_pause_is_kept(way, fake, headers):
    fake.enqueue(failing(429, **headers))
    async with way.client(fake, retry=unillm.RetryPolicy(first_wait=0)) as client:
        began = time.monotonic()
        r = await client.chat("Hi")
        assert time.monotonic() - began >= PAUSE
    assert r.attempts[1].waited == PAUSE


async def test_a_pause_that_is_too_long_is_not_begun(way, fake):
    fake.enqueue(faults.get("status-429-retry-after-long"), failing(429, retry_after="7"))
    async with way.client(fake) as client:
        began = time.monotonic()
        with pytest.raises(unillm.RateLimitError) as caught:
            await client.chat("Hi")
        with pytest.raises(unillm.RateLimitError):
            await client.chat("Hi", timeout=6.5)
        assert time.monotonic() - began < 6
    assert caught.value.retry_after == 3600
    assert caught.value.retryable
    assert len(caught.value.attempts) == 1


async def test_pauses_do_not_outlast_the_time_for_all(way, fake):
    fake.enqueue(*[failing()] * 9)
    pauses = tenacity.wait_chain(tenacity.wait_fixed(PAUSE), tenacity.wait_fixed(60))
    policy = unillm.RetryPolicy(max_attempts=9, wait=pauses)
    async with way.client(fake, retry=policy, timeout=30) as client:
        began = time.monotonic()
        with pytest.raises(unillm.OverloadedError) as caught:
            await client.chat("Hi")
        assert time.monotonic() - began < 15
    assert len(caught.value.attempts) == 2


async def test_the_servers_word_on_retries_counts(way, fake):
    async with way.client(fake, retry=QUICK) as client:
        with pytest.raises(unillm.ServerError) as caught:
            await client.chat("Hi", model="fake:x-should-retry-false")
        assert len(caught.value.attempts) == 1
        with pytest.raises(unillm.BadRequestError) as caught:
            await client.chat("Hi", model="fake:x-should-retry-true")
        assert len(caught.value.attempts) == 3


@pytest.mark.parametrize("fault", ["status-400", "status-401", "status-429-quota", "redirect-307"])
async def test_what_would_fail_again_is_not_tried_again(way, fake, fault):
    async with way.client(fake, retry=QUICK) as client:
        with pytest.raises(unillm.ProviderError) as caught:
            await client.chat("Hi", model=f"fake:{fault}")
    assert len(caught.value.attempts) == len(fake.requests) == 1


@pytest.mark.parametrize(
    "fault", ["cut-in-text", "reset-in-text", "eof-in-text", "error-in-text", "stall-in-text"]
)
async def test_nothing_is_tried_again_after_the_first_event(way, fake, fault):
    timeout = unillm.Timeout(idle=PAUSE)
    async with way.client(fake, retry=QUICK, timeout=timeout) as client:
        with pytest.raises(unillm.UnillmError) as caught:
            async with client.stream("Hi", model=f"fake:{fault}") as stream:
                await read_all(stream)
    assert len(caught.value.attempts) == len(fake.requests) == 1
    assert caught.value.partial.text


@pytest.mark.parametrize(
    "fault",
    [
        "cut-before-head",
        "cut-in-head",
        "reset-before-head",
        "cut-before-event",
        "reset-before-event",
        "eof-before-event",
        "error-at-start",
        "bad-chunk-size",
    ],
)
async def test_what_fails_before_the_first_event_is_tried_again(way, fake, fault):
    fake.enqueue(faults.get(fault), Answer("Hello"))
    async with way.client(fake, retry=QUICK) as client:
        async with client.stream("Hi") as stream:
            events = await read_all(stream)
        assert [attempt.outcome for attempt in stream.response.attempts] == ["error", "ok"]
        assert [type(event).__name__ for event in events] == ["TextDelta", "Finished"]
        assert stream.response.text == "Hello"
        assert (fake.connections, fake.in_flight) == (1, 0)


@pytest.mark.parametrize("fault", ["cut-in-body", "reset-in-body"])
async def test_a_body_that_broke_off_is_asked_for_again(way, fake, fault):
    fake.enqueue(faults.get(fault), Answer("Hello"))
    async with way.client(fake, retry=QUICK) as client:
        r = await client.chat("Hi")
    assert (r.text, len(r.attempts)) == ("Hello", 2)


@pytest.mark.parametrize("begun", ["", '{"id": '])
async def test_a_body_that_stalls_is_asked_for_again(way, fake, clock, begun):
    stalling = clock.while_serving(begun.encode() + b"\n", b"\n", seconds=120)
    fake.enqueue(Raw(segments=stalling, end="stall"), Answer("Hello"))
    async with way.client(fake, retry=QUICK, timeout=STALLED) as client:
        r = await client.chat("Hi")
    assert (r.text, len(r.attempts)) == ("Hello", 2)
    # The clock may go forward before or after the first byte is read.
    assert r.attempts[0].error.startswith(("IdleTimeout", "FirstTokenTimeout"))


async def test_a_stream_that_stalls_before_its_first_event_is_asked_for_again(way, fake, clock):
    stalling = clock.while_serving(b": wait\n\n", b": wait\n\n", seconds=120)
    fake.enqueue(Raw(segments=stalling, end="stall"), Answer("Hello"))
    async with (
        way.client(fake, retry=QUICK, timeout=STALLED) as client,
        client.stream("Hi") as stream,
    ):
        await read_all(stream)
    assert [attempt.outcome for attempt in stream.response.attempts] == ["error", "ok"]
    assert stream.response.text == "Hello"


async def test_a_refused_connection_is_tried_again(way, fake):
    gone = fake.base_url
    fake.stop()
    providers = [unillm.Provider("fake", base_url=gone)]
    async with way.client(fake, providers=providers, retry=QUICK) as client:
        with pytest.raises(unillm.ConnectError) as caught:
            await client.chat("Hi")
        assert [attempt.status for attempt in caught.value.attempts] == [None] * 3


async def test_tenacity_decides_the_pauses(way, fake):
    fake.enqueue(*[failing()] * 2)
    policy = unillm.RetryPolicy(wait=tenacity.wait_incrementing(0.01, 0.01))
    async with way.client(fake, retry=policy) as client:
        r = await client.chat("Hi")
    assert [attempt.waited for attempt in r.attempts] == [0, 0.01, 0.02]


async def test_tenacity_may_end_the_attempts(way, fake):
    stops = (
        tenacity.stop_after_attempt(2),
        tenacity.stop_after_delay(0),
        tenacity.stop_any(tenacity.stop_after_attempt(2), tenacity.stop_after_delay(60)),
    )
    for stop, attempts in zip(stops, (2, 1, 2), strict=True):
        fake.clear()
        fake.enqueue(*[failing()] * 9)
        policy = unillm.RetryPolicy(max_attempts=5, first_wait=0.001, stop=stop)
        async with way.client(fake, retry=policy) as client:
            with pytest.raises(unillm.OverloadedError):
                await client.chat("Hi")
        assert len(fake.requests) == attempts


async def test_tenacity_is_told_of_the_error(way, fake):
    states = []

    def wait(state):
        states.append(state)
        return 0.0

    fake.enqueue(failing(), failing(429))
    policy = unillm.RetryPolicy(wait=wait)
    async with way.client(fake, retry=policy) as client:
        await client.chat("Hi")
    assert [state.attempt_number for state in states] == [1, 2]
    raised = [state.outcome.exception() for state in states]
    assert [type(error) for error in raised] == [unillm.OverloadedError, unillm.RateLimitError]
    assert all(state.seconds_since_start >= 0 for state in states)


async def test_a_tenacity_object_that_fails_is_named(way, fake):
    def wait(state):
        raise ZeroDivisionError

    fake.enqueue(failing())
    async with way.client(fake, retry=unillm.RetryPolicy(wait=wait)) as client:
        with pytest.raises(unillm.InvalidRequestError, match=r"tenacity.*ZeroDivisionError"):
            await client.chat("Hi")


@pytest.mark.parametrize("pause", [-1.0, float("nan"), "soon", None])
async def test_a_pause_that_is_none_is_refused(way, fake, pause):
    fake.enqueue(failing())
    async with way.client(fake, retry=unillm.RetryPolicy(wait=lambda state: pause)) as client:
        with pytest.raises(unillm.InvalidRequestError, match="tenacity"):
            await client.chat("Hi")
