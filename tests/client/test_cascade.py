"""The cheap one first: what its verifier does not accept reaches nobody, and the next is asked."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import dataclasses
from typing import Any

import pytest

import unillm
from tests.client.test_fallback import asking, tried
from tests.client.ways import read_all
from unillm import InvalidRequestError, Route, TextDelta
from unillm.routing import Cascade
from unillm.testing import Answer, FakeCall, faults


def sure(response):
    return "not sure" not in response.text


def route(*targets, verify=sure, **options):
    names = targets or ("a:m", "b:m")
    return Route(names, strategy=Cascade(verify=verify, in_order=True), **options)


def legs(answer):
    return [(attempt.provider, attempt.role) for attempt in answer.attempts]


async def test_an_answer_that_will_do_is_the_answer(way, hosts):
    hosts[0].enqueue(Answer("It is sunny."))
    async with asking(way, hosts, route()) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "ok")]
    assert not hosts[1].requests


async def test_one_that_will_not_do_is_left_and_both_are_on_the_bill(way, hosts):
    hosts[0].enqueue(Answer("I am not sure."))
    hosts[1].enqueue(Answer("It is sunny."))
    records = []
    async with asking(way, hosts, route(), observers=[records.append]) as client:
        answer = await client.chat("hi")
    assert answer.text == "It is sunny."
    assert legs(answer) == [("a", "first"), ("b", "cascade")]
    assert all(attempt.usage for attempt in answer.attempts)
    assert answer.attempts[0].error.startswith("ResponseError: the verifier")
    assert records[0].usage.input_tokens == sum(a.usage.input_tokens for a in answer.attempts)


async def test_the_last_ones_answer_is_not_looked_at(way, hosts):
    seen = []
    hosts[0].enqueue(Answer("I am not sure."))
    hosts[1].enqueue(Answer("I am not sure either."))

    def verify(response):
        seen.append(response.provider)
        return False

    async with asking(way, hosts, route(verify=verify)) as client:
        answer = await client.chat("hi")
    assert (answer.provider, seen) == ("b", ["a"])


async def test_of_a_stream_nothing_is_told_that_was_not_accepted(way, hosts):
    hosts[0].enqueue(Answer("I am not sure."))
    hosts[1].enqueue(Answer("It is sunny."))
    seen = []

    def verify(response):
        seen.append((stream.partial, response.text))
        return sure(response)

    async with asking(way, hosts, route(verify=verify)) as client, client.stream("hi") as stream:
        assert stream.partial is None
        events = await read_all(stream)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == stream.response.text == "It is sunny."
    assert {type(event).__name__ for event in events} == {"TextDelta", "Finished"}
    assert seen == [(None, "I am not sure.")]
    assert legs(stream.response) == [("a", "first"), ("b", "cascade")]


async def test_of_a_stream_what_was_accepted_is_told_whole(way, hosts):
    hosts[0].enqueue(Answer("It is sunny."))
    async with asking(way, hosts, route()) as client, client.stream("hi") as stream:
        events = await read_all(stream)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "It is sunny."
    assert events[-1].response.provider == "a"


async def test_a_stream_that_breaks_off_unseen_goes_to_the_next(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("It is sunny."))
    async with asking(way, hosts, route()) as client, client.stream("hi") as stream:
        events = await read_all(stream)
    assert {type(event).__name__ for event in events} == {"TextDelta", "Finished"}
    assert tried(stream.response) == [("a", "first", "error"), ("b", "fallback", "ok")]


async def read_whole(client):
    async with client.stream("hi") as stream:
        await read_all(stream)


@pytest.mark.parametrize("fault", ["status-500", "status-401", "cut-in-head"])
@pytest.mark.parametrize("streamed", [False, True], ids=["chat", "stream"])
async def test_if_the_strong_one_fails_the_refused_answer_is_left(
    way,
    hosts,
    fault,
    streamed,
):
    hosts[0].enqueue(Answer("I am not sure."))
    for _ in range(3):
        hosts[1].enqueue(faults.get(fault))
    async with asking(way, hosts, route()) as client:
        with pytest.raises(unillm.RouteExhaustedError) as caught:
            await (read_whole(client) if streamed else client.chat("hi"))
    error = caught.value
    assert error.partial.text == "I am not sure."
    assert error.partial.attempts == error.attempts
    assert legs(error)[:2] == [("a", "first"), ("b", "cascade")]
    assert isinstance(error.errors[0], unillm.ResponseError)


async def test_no_attempt_is_made_beyond_those_allowed(way, hosts):
    hosts[0].enqueue(Answer("I am not sure."))
    async with asking(way, hosts, route(max_attempts=1)) as client:
        with pytest.raises(unillm.ResponseError, match="verifier") as caught:
            await client.chat("hi")
    assert caught.value.partial.text == "I am not sure."
    assert not hosts[1].requests


class OddError(Exception):
    pass


async def test_what_the_verifier_raises_ends_the_call(way, hosts):
    def verify(_response):
        raise OddError

    records = []
    hosts[0].enqueue(Answer("It is sunny."))
    async with asking(way, hosts, route(verify=verify), observers=[records.append]) as client:
        with pytest.raises(OddError):
            await client.chat("hi")
        with pytest.raises(OddError):
            await read_whole(client)
    assert not hosts[1].requests
    assert [record.outcome for record in records] == ["error", "error"]
    assert all(record.attempts[0].usage for record in records)


async def test_async_verifiers_are_refused(way, hosts):
    async def verify(_response) -> Any:
        return True

    def hidden(response):
        return verify(response)

    wrong: Any = verify
    with pytest.raises(InvalidRequestError, match="plain def"):
        Cascade(verify=wrong)

    async with asking(way, hosts, route(verify=hidden)) as client:
        with pytest.raises(InvalidRequestError, match="plain def"):
            await client.chat("hi")


@dataclasses.dataclass
class Weather:
    city: str


async def test_an_output_that_does_not_fit_goes_to_the_next(way, hosts):
    hosts[0].enqueue(Answer("{}"), Answer("{}"))
    hosts[1].enqueue(Answer('{"city": "Paris"}'))
    async with asking(way, hosts, route()) as client:
        answer = await client.parse("hi", output=Weather, retries=1)
        assert answer.output == Weather("Paris")
        assert legs(answer) == [("a", "first"), ("a", "reask"), ("b", "cascade")]
        hosts[0].enqueue(Answer('{"city": "not sure"}'))
        hosts[1].enqueue(Answer('{"city": "Rome"}'))
        async with client.stream("hi", output=Weather) as stream:
            events = await read_all(stream)
    assert stream.response.output == Weather("Rome")
    shown = [event.fragment for event in events if isinstance(event, unillm.OutputDelta)]
    assert "".join(shown) == '{"city": "Rome"}'


async def test_a_call_that_cannot_be_made_goes_to_the_next(way, hosts):
    tool = unillm.Tool("add", parameters={"type": "object", "required": ["a"]})
    hosts[0].enqueue(Answer(tool_calls=[FakeCall("add", "{}")]))
    hosts[1].enqueue(Answer(tool_calls=[FakeCall("add", {"a": 1})]))
    async with (
        asking(way, hosts, route()) as client,
        client.stream("hi", tools=[tool]) as stream,
    ):
        events = await read_all(stream)
    assert [call.arguments for call in stream.response.tool_calls] == [{"a": 1}]
    assert legs(stream.response) == [("a", "first"), ("b", "cascade")]
    assert not [event for event in events if isinstance(event, unillm.StreamRestarted)]


async def test_each_turn_of_a_run_is_verified(way, hosts):
    def add(a: int) -> int:
        """Add."""
        return a + 1

    hosts[0].enqueue(Answer(tool_calls=[FakeCall("add", {"a": 1})]), Answer("I am not sure."))
    hosts[1].enqueue(Answer("It is 2."))
    async with asking(way, hosts, route()) as client:
        result = await client.run("hi", tools=[add])
    assert result.text == "It is 2."
    assert [attempt.role for attempt in result.attempts] == ["first", "first", "cascade"]
