"""A call and its answer."""

import pytest

import unillm
from tests.client.ways import ONCE, QUICK
from unillm.testing import Answer, FakeCall, Raw, faults


async def test_a_call_is_answered(way, fake):
    fake.enqueue(Answer("Hello there", reasoning="Greet."))
    async with way.client(fake) as client:
        r = await client.chat("Hi", temperature=0.5, max_tokens=9)
    assert (r.text, r.reasoning, r.finish_reason) == ("Hello there", "Greet.", "stop")
    assert (r.provider, r.model, r.id, r.request_id) == (
        "fake",
        "fake-model",
        "chatcmpl-fake-1",
        "req_fake_1",
    )
    assert r.usage.output_tokens > 0
    assert r.raw["choices"][0]["message"]["content"] == "Hello there"
    (attempt,) = r.attempts
    assert (attempt.number, attempt.outcome, attempt.status, attempt.waited) == (1, "ok", 200, 0)
    assert (attempt.usage, attempt.request_id, attempt.error) == (r.usage, "req_fake_1", None)
    assert attempt.duration >= 0
    (seen,) = fake.requests
    assert seen.path == "/v1/chat/completions"
    assert seen.fields["messages"] == [{"role": "user", "content": "Hi"}]
    assert seen.fields["temperature"] == 0.5
    assert not seen.wants_stream
    assert seen.headers["user-agent"].startswith("unillm/")
    assert fake.connections == 0


async def test_a_connection_is_used_again(way, fake):
    async with way.client(fake) as client:
        for _ in range(3):
            await client.chat("Hi")
            async with client.stream("Hi") as stream:
                async for _event in stream:
                    pass
        assert fake.connections_total == 1
        assert (fake.connections, fake.in_flight) == (1, 0)
    await way.settles(fake, connections=0)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status-400", unillm.BadRequestError),
        ("status-401", unillm.AuthenticationError),
        ("status-404-model", unillm.ModelNotFoundError),
        ("status-429", unillm.RateLimitError),
        ("status-500", unillm.ServerError),
        ("cut-before-head", unillm.TransportError),
        ("cut-in-body", unillm.IncompleteStreamError),
        ("html-page", unillm.MalformedResponseError),
        ("garbage-instead-of-http", unillm.TransportError),
        ("error-in-body", unillm.ProviderError),
    ],
)
async def test_an_error_says_who_and_what_was_tried(way, fake, fault, kind):
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(kind) as caught:
            await client.chat("Hi", model=f"fake:{fault}")
        error = caught.value
        assert (error.provider, error.model) == ("fake", fault)
        (attempt,) = error.attempts
        assert attempt.outcome == "error"
        assert attempt.error.startswith(type(error).__name__)
        assert (await client.chat("Hi")).text == "You said: Hi"
    await way.settles(fake, connections=0)


# httpx leaves a generator of its own unfinished when it cannot decompress, and trio warns of it.
@pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")
async def test_a_body_that_cannot_be_decompressed(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(unillm.MalformedResponseError, match="decompressed"):
            await client.chat("Hi", model="fake:gzip-body-broken")
        await way.settles(fake, connections=0)


async def test_a_failed_attempt_is_made_again(way, fake):
    fake.enqueue(faults.get("status-503"), faults.get("reset-before-head"), Answer("At last"))
    async with way.client(fake, retry=QUICK) as client:
        r = await client.chat("Hi")
    assert r.text == "At last"
    assert [a.outcome for a in r.attempts] == ["error", "error", "ok"]
    assert [a.number for a in r.attempts] == [1, 2, 3]
    assert [a.status for a in r.attempts] == [503, None, 200]
    assert len({seen.body for seen in fake.requests}) == 1


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


async def add_later(a: int, b: int) -> int:
    """Add."""
    return a + b


async def test_async_tools_are_for_the_async_client(way, fake):
    async with way.client(fake) as client:
        if way.is_sync:
            with pytest.raises(unillm.InvalidRequestError, match=r"add_later.*AsyncClient"):
                await client.chat("1+1", tools=[add_later])
            with pytest.raises(unillm.InvalidRequestError, match=r"add_later.*AsyncClient"):
                client.stream("1+1", tools=[add, add_later])
            assert fake.requests == []
        else:
            r = await client.chat("1+1", tools=[add_later])
            assert r.tool_calls[0].name == "add_later"


async def test_a_call_that_cannot_be_executed_is_raised_or_returned(way, fake):
    bad = Answer(
        "Well", tool_calls=[FakeCall("add", '{"a": 1}'), FakeCall("add", {"a": 1, "b": 2})]
    )
    fake.enqueue(bad, bad, bad)
    async with way.client(fake) as client:
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await client.chat("1+1", tools=[add])
        (invalid,) = caught.value.invalid_tool_calls
        assert (invalid.name, invalid.raw) == ("add", '{"a": 1}')
        assert caught.value.response.text == "Well"
        (good,) = caught.value.response.tool_calls
        assert good.arguments == {"a": 1, "b": 2}
        assert len(caught.value.attempts) == 1
        r = await client.chat("1+1", tools=[add], on_invalid_tool_call="return")
        assert [call.raw for call in r.invalid_tool_calls] == ['{"a": 1}']
        async with client.stream("1+1", tools=[add], on_invalid_tool_call="return") as stream:
            events = [event async for event in stream]
        assert stream.response.invalid_tool_calls[0].raw == '{"a": 1}'
        ready = [event for event in events if isinstance(event, unillm.ToolCallReady)]
        assert [event.call.arguments for event in ready] == [{"a": 1, "b": 2}]


async def test_an_endless_body_of_an_error_is_not_waited_for(way, fake):
    fake.enqueue(Raw(status=400, segments=[b"x" * 65536 for _ in range(40)], end="stall"))
    async with way.client(fake) as client:
        with pytest.raises(unillm.BadRequestError):
            await client.chat("Hi")
        await way.settles(fake, connections=0)
