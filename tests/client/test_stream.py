"""The life of a stream."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import gc
import warnings

import pytest

import unillm
from tests.client.ways import ONCE, async_client, read_all, sync_client, timeless
from unillm.testing import Answer, FakeCall, FakeProvider, Raw, faults

CITY = unillm.Tool(
    name="get_weather",
    description="Get the weather.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
)
ANSWERS = {
    "text": Answer("Hello to you all"),
    "thought": Answer("Hello", reasoning="A greeting is due."),
    "vllm": Answer("Hello", reasoning="A greeting is due.", dialect="vllm"),
    "deepseek": Answer("Hello", reasoning="A greeting is due.", dialect="deepseek"),
    "cut by length": Answer("Hello to", finish_reason="length"),
    "refused": Answer(refusal="I would rather not."),
    "calls": Answer(
        "I shall look.",
        tool_calls=[
            FakeCall("get_weather", {"city": "Paris"}),
            FakeCall("get_weather", {"city": "Rome"}),
        ],
    ),
    "nothing": Answer(""),
    "no usage": Answer("Hello", usage=None),
}
STALLED = Raw.of_events(
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]},
    done=False,
    end="stall",
)


def joined(events, kind):
    return "".join(event.text for event in events if isinstance(event, kind))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_events_add_up_to_what_chat_returns(way, fake, answer):
    with FakeProvider() as other:
        for one in (fake, other):
            one.enqueue(answer)
        async with way.client(other) as client:
            whole = await client.chat("Hi", tools=[CITY])
        async with way.client(fake) as client, client.stream("Hi", tools=[CITY]) as stream:
            events = await read_all(stream)
            r = stream.response
    assert timeless(r) == timeless(whole)
    assert (r.raw, whole.raw is None) == (None, False)
    assert joined(events, unillm.TextDelta) == r.text
    assert joined(events, unillm.ReasoningDelta) == (r.reasoning or "")
    assert joined(events, unillm.RefusalDelta) == (r.refusal or "")
    ready = [event.call for event in events if isinstance(event, unillm.ToolCallReady)]
    assert tuple(ready) == r.tool_calls
    for index, call in enumerate(r.tool_calls):
        fragments = [
            event.fragment
            for event in events
            if isinstance(event, unillm.ToolCallDelta) and event.index == index
        ]
        assert "".join(fragments) == call.raw
    assert events[-1] == unillm.Finished(r)
    assert sum(isinstance(event, unillm.Finished) for event in events) == 1
    assert stream.partial == r


async def test_the_request_is_sent_on_entering(way, fake):
    async with way.client(fake) as client:
        stream = client.stream("Hi")
        assert fake.requests == []
        async with stream:
            assert len(fake.requests) == 1
            await read_all(stream)


async def test_there_is_a_partial_answer_at_any_time(way, fake):
    fake.enqueue(STALLED)
    async with way.client(fake) as client:
        stream = client.stream("Hi")
        assert stream.partial is None
        async with stream:
            assert stream.partial is None or stream.partial.text == ""
            first = await anext(stream)
            assert first == unillm.TextDelta("Hel")
            assert stream.partial.text == "Hel"
            with pytest.raises(unillm.InvalidRequestError, match="not ended"):
                _ = stream.response
        assert stream.partial.text == "Hel"
        with pytest.raises(unillm.InvalidRequestError, match="ended without a whole answer"):
            _ = stream.response


async def test_the_response_is_there_once_the_events_are(way, fake):
    async with way.client(fake) as client, client.stream("Hi") as stream:
        await read_all(stream)
        assert stream.response.text == "You said: Hi"
        assert await read_all(stream) == []


@pytest.mark.parametrize("fault", ["status-401", "status-500", "redirect-307", "cut-before-head"])
async def test_a_refusal_is_raised_on_entering(way, fake, fault):
    async with way.client(fake, retry=ONCE) as client:
        entered = False
        with pytest.raises(unillm.UnillmError):
            async with client.stream("Hi", model=f"fake:{fault}"):
                entered = True
        assert not entered
        assert fake.in_flight == 0


async def test_an_error_in_the_middle_has_what_came(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:  # noqa: PT012
            async with client.stream("Hi", model="fake:cut-in-text") as stream:
                events = []
                async for event in stream:
                    events.append(event)  # noqa: PERF401 - what came before the error counts
        assert joined(events, unillm.TextDelta) == caught.value.partial.text
        assert caught.value.partial.text.startswith("The weather")
        assert stream.partial.text == caught.value.partial.text
        assert len(caught.value.attempts) == 1
    await way.settles(fake, connections=0)


async def test_it_can_be_read_without_a_block(way, fake):
    async with way.client(fake) as client:
        stream = client.stream("Hi")
        events = await read_all(stream)
        assert events[-1].response == stream.response
        assert (fake.connections, fake.in_flight) == (1, 0)
        single = client.stream("Hi")
        assert isinstance(await anext(single), unillm.TextDelta)
        await single.close()
        assert fake.in_flight == 0


async def test_leaving_early_closes_at_once(way, fake):
    fake.enqueue(STALLED, faults.get("endless-stream"))
    async with way.client(fake) as client:
        for _ in range(2):
            async with client.stream("Hi") as stream:
                await anext(stream)
                assert (fake.connections, fake.in_flight) == (1, 1)
            await way.settles(fake, connections=0)
            assert await read_all(stream) == []
        assert (await client.chat("Hi")).text == "You said: Hi"


async def test_leaving_before_the_first_event_closes(way, fake):
    async with way.client(fake) as client:
        async with client.stream("Hi", model="fake:stall-before-event"):
            assert fake.in_flight == 1
        await way.settles(fake, connections=0)


async def test_an_exception_of_the_callers_closes_and_passes(way, fake):
    fake.enqueue(STALLED)
    async with way.client(fake) as client:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            async with client.stream("Hi") as stream:
                await anext(stream)
                raise ZeroDivisionError
        await way.settles(fake, connections=0)


async def test_it_may_be_closed_twice_and_before_it_began(way, fake):
    records = []
    async with way.client(fake, observers=[records.append]) as client:
        never = client.stream("Hi")
        await never.close()
        await never.close()
        assert fake.requests == []
        async with client.stream("Hi") as stream:
            await anext(stream)
            await stream.close()
            await stream.close()
        async with stream:
            assert await read_all(stream) == []
    assert [record.outcome for record in records][1:] == ["cancelled"]
    assert len(fake.requests) == 1


async def test_chunks_are_kept_when_asked_for(way, fake):
    fake.enqueue(Answer("Hello you"))
    async with way.client(fake) as client, client.stream("Hi", keep_raw=True) as stream:
        await read_all(stream)
    raw = stream.response.raw
    pieces = [choice["delta"].get("content") or "" for chunk in raw for choice in chunk["choices"]]
    assert "".join(pieces) == "Hello you"


async def test_a_body_where_a_stream_was_due_is_read_as_one(way, fake):
    async with (
        way.client(fake) as client,
        client.stream("Hi", model="fake:body-for-stream") as stream,
    ):
        events = await read_all(stream)
    assert joined(events, unillm.TextDelta) == stream.response.text != ""


def test_a_forgotten_stream_is_told_and_closed(fake):
    fake.enqueue(STALLED)
    with sync_client(fake) as client:
        stream = client.stream("Hi")
        next(stream)
        with pytest.warns(ResourceWarning, match=r"nor closed.*`with "):  # noqa: PT031
            del stream
            gc.collect()
        assert fake.wait(connections=0, in_flight=0)


@pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")  # trio's own
async def test_a_forgotten_async_stream_is_told(way, fake):
    if way.is_sync:
        return
    records = []
    fake.enqueue(STALLED)
    async with async_client(fake, observers=[records.append]) as client:
        stream = client.stream("Hi")
        await anext(stream)
        with warnings.catch_warnings(record=True) as told:
            warnings.filterwarnings("always", "a stream was")
            del stream
            gc.collect()
        (warning,) = told
        assert warning.category is ResourceWarning
        assert "use `async with client.stream" in str(warning.message)
        assert [record.outcome for record in records] == ["cancelled"]
        assert (await client.chat("Hi")).text == "You said: Hi"
    await way.settles(fake, connections=0)


def test_a_stream_that_never_began_is_forgotten_in_silence(fake):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with sync_client(fake) as client:
            client.stream("Hi")
        async_client(fake).stream("Hi")
        gc.collect()
    assert fake.requests == []


async def test_stopping_at_finished_keeps_the_answer_and_counts_as_whole(way, fake):
    records = []
    async with way.client(fake, observers=[records.append]) as client:
        async with client.stream("Hi") as stream:
            async for event in stream:
                if isinstance(event, unillm.Finished):
                    assert stream.response == event.response
                    break
        assert stream.response.text == "You said: Hi"
    assert [record.outcome for record in records] == ["ok"]


async def test_no_event_comes_after_close(way, fake):
    async with way.client(fake) as client:
        stream = client.stream("Hi", model="fake:one-segment")
        async with stream:
            await anext(stream)
        assert await read_all(stream) == []


async def test_a_pause_may_be_longer_than_the_first_token_took(way, fake, clock):
    one, two = (
        b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % word
        for word in (b"a", b"b")
    )
    end = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    fake.enqueue(Raw(segments=[one, two, end], headers={"content-type": "text/event-stream"}))
    limits = unillm.Timeout(first_token=30, idle=None)
    async with way.client(fake, timeout=limits) as client, client.stream("Hi") as stream:
        await anext(stream)
        clock.skip(60)
        await read_all(stream)
    assert stream.response.text == "ab"
