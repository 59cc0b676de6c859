"""Calls that were refused are asked for again, if the caller says so."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import json

import pytest

import unillm
from tests.client.ways import ONCE, QUICK, read_all
from unillm import RepairPolicy, StreamRestarted
from unillm.testing import Answer, FakeCall, faults

CITY = unillm.Tool(
    "get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)
CUT = '{"city": "Par'
BAD = Answer("I look.", reasoning="Paris.", tool_calls=[FakeCall("get_weather", CUT)])
GOOD = Answer("Again.", tool_calls=[FakeCall("get_weather", {"city": "Paris"})])
MIXED = Answer(
    tool_calls=[FakeCall("get_weather", {"city": "Rome"}), FakeCall("get_weather", {"city": {}})]
)
ONE = RepairPolicy(reask=1)


def sent(fake, number=-1):
    return json.loads(fake.requests[number].body)


async def asked(way, fake, *answers, repair=ONE, **options):
    fake.enqueue(*answers)
    async with way.client(fake, repair=repair, retry=ONCE) as client:
        return await client.chat("Weather?", tools=[CITY], system="Be brief.", **options)


async def read_into(events, client):
    """Read a stream that raises at its end."""
    async with client.stream("Weather?", tools=[CITY]) as stream:
        async for event in stream:
            events.append(event)


async def test_by_default_nobody_is_asked_again(way, fake):
    with pytest.raises(unillm.ToolArgumentsError) as caught:
        await asked(way, fake, BAD, repair=RepairPolicy())
    assert len(fake.requests) == 1
    assert [attempt.outcome for attempt in caught.value.attempts] == ["ok"]


async def test_the_model_is_told_what_was_wrong_and_the_schema(way, fake):
    response = await asked(way, fake, BAD, GOOD)
    assert [call.arguments for call in response.tool_calls] == [{"city": "Paris"}]
    first, second = sent(fake, 0)["messages"], sent(fake)["messages"]
    assert second[: len(first)] == first
    assistant, result = second[len(first) :]
    assert assistant["content"] == "I look."
    assert assistant["reasoning_content"] == "Paris."
    [call] = assistant["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"INVALID_ARGUMENTS": CUT}
    assert (result["role"], result["tool_call_id"]) == ("tool", call["id"])
    assert "not JSON" in result["content"]
    assert json.dumps(CITY.parameters, separators=(",", ":")) in result["content"]
    assert sent(fake)["tools"] == sent(fake, 0)["tools"]


async def test_every_attempt_is_listed_and_its_tokens_are_kept(way, fake):
    response = await asked(way, fake, BAD, BAD, GOOD, repair=RepairPolicy(reask=2))
    assert [attempt.outcome for attempt in response.attempts] == ["error", "error", "ok"]
    assert [attempt.status for attempt in response.attempts] == [200] * 3
    assert [attempt.number for attempt in response.attempts] == [1, 2, 3]
    assert all(attempt.usage for attempt in response.attempts)
    assert all("ToolArgumentsError" in a.error for a in response.attempts[:2])
    assert response.usage == response.attempts[-1].usage


async def test_it_is_asked_no_more_often_than_allowed(way, fake):
    with pytest.raises(unillm.ToolArgumentsError) as caught:
        await asked(way, fake, BAD, BAD, BAD, GOOD, repair=RepairPolicy(reask=2))
    assert len(fake.requests) == 3
    assert len(caught.value.attempts) == 3
    assert caught.value.invalid_tool_calls[0].raw == CUT


async def test_the_last_refused_answer_is_returned_where_that_is_wanted(way, fake):
    response = await asked(way, fake, BAD, BAD, on_invalid_tool_call="return")
    assert [call.raw for call in response.invalid_tool_calls] == [CUT]
    assert len(response.attempts) == 2


async def test_a_good_call_beside_a_refused_one_is_to_be_made_again(way, fake):
    await asked(way, fake, MIXED, GOOD)
    assistant, good, bad = sent(fake)["messages"][-3:]
    assert [call["id"] for call in assistant["tool_calls"]] == [
        good["tool_call_id"],
        bad["tool_call_id"],
    ]
    assert [call["function"]["arguments"] for call in assistant["tool_calls"]] == [
        '{"city": "Rome"}',
        '{"city": {}}',
    ]
    assert "not executed, because another call" in good["content"]
    assert "at city" in bad["content"]


async def test_a_call_no_host_would_take_back_is_told_in_words(way, fake):
    nameless = Answer(tool_calls=[FakeCall("", "{}")])
    odd = Answer(tool_calls=[FakeCall("get weather?", "{}")])
    await asked(way, fake, nameless, odd, GOOD, repair=RepairPolicy(reask=2))
    assert [m["role"] for m in sent(fake, 1)["messages"]] == ["system", "user", "user"]
    assert "names no tool" in sent(fake, 1)["messages"][-1]["content"]
    assert "offers get_weather" in sent(fake, 2)["messages"][-1]["content"]


async def test_a_stream_says_that_it_begins_anew(way, fake):
    fake.enqueue(BAD, GOOD)
    async with way.client(fake, retry=ONCE) as client:
        async with client.stream("Weather?", tools=[CITY], repair=ONE) as stream:
            events = await read_all(stream)
        response = stream.response
    [place] = [at for at, event in enumerate(events) if isinstance(event, StreamRestarted)]
    assert events[place].attempt == 2
    assert "get_weather: the arguments are not JSON" in events[place].reason
    before, after = events[:place], events[place + 1 :]
    assert "".join(e.text for e in before if isinstance(e, unillm.TextDelta)) == "I look."
    assert not any(isinstance(event, unillm.ToolCallReady) for event in before)
    assert "".join(e.text for e in after if isinstance(e, unillm.TextDelta)) == response.text
    ready = [event.call for event in after if isinstance(event, unillm.ToolCallReady)]
    assert tuple(ready) == response.tool_calls
    assert events[-1] == unillm.Finished(response)
    assert len(response.attempts) == 2


async def test_a_stream_that_is_refused_again_and_again_says_so_each_time(way, fake):
    fake.enqueue(BAD, BAD, BAD)
    events = []
    async with way.client(fake, repair=RepairPolicy(reask=2)) as client:
        with pytest.raises(unillm.ToolArgumentsError):
            await read_into(events, client)
    assert [e.attempt for e in events if isinstance(e, StreamRestarted)] == [2, 3]


@pytest.mark.parametrize("streamed", [True, False])
async def test_where_asking_again_fails_the_refused_answer_stands(way, fake, streamed):
    fake.enqueue(BAD, faults.get("status-400"))
    events = []
    async with way.client(fake, repair=ONE) as client:
        ask = read_into(events, client) if streamed else client.chat("Weather?", tools=[CITY])
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await ask
    assert isinstance(caught.value.__cause__, unillm.BadRequestError)
    assert [attempt.status for attempt in caught.value.attempts] == [200, 400]
    assert [note.code for note in caught.value.response.notes] == ["reask_failed"]
    assert not any(isinstance(event, StreamRestarted) for event in events)


async def test_what_breaks_off_after_the_restart_is_an_error_like_any_other(way, fake):
    fake.enqueue(BAD, faults.get("cut-in-text"))
    events = []
    async with way.client(fake, repair=ONE) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            await read_into(events, client)
    [place] = [at for at, event in enumerate(events) if isinstance(event, StreamRestarted)]
    text = "".join(e.text for e in events[place:] if isinstance(e, unillm.TextDelta))
    assert caught.value.partial.text == text != ""


@pytest.mark.parametrize("streamed", [True, False])
async def test_its_transport_failures_are_the_retry_policys(way, fake, streamed):
    down = faults.get("status-503")
    fake.enqueue(BAD, down, down, GOOD)
    events = []
    async with way.client(fake, repair=ONE, retry=QUICK) as client:
        if streamed:
            async with client.stream("Weather?", tools=[CITY]) as stream:
                events = await read_all(stream)
            response = stream.response
        else:
            response = await client.chat("Weather?", tools=[CITY])
    assert [a.status for a in response.attempts] == [200, 503, 503, 200]
    assert [e.attempt for e in events if isinstance(e, StreamRestarted)] == [4] * streamed
    assert response.tool_calls


async def test_retries_do_not_multiply(way, fake):
    down = faults.get("status-503")
    fake.enqueue(down, BAD, down, down, GOOD)
    async with way.client(fake, repair=ONE, retry=QUICK) as client:
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await client.chat("Weather?", tools=[CITY])
    assert [a.status for a in caught.value.attempts] == [503, 200, 503, 503]


async def test_connections_are_kept_between_the_two(way, fake):
    await asked(way, fake, BAD, GOOD)
    assert fake.connections_total == 1


async def test_observers_are_told_of_one_operation(way, fake):
    told = []
    fake.enqueue(BAD, GOOD)
    async with way.client(fake, repair=ONE, observers=[told.append]) as client:
        response = await client.chat("Weather?", tools=[CITY])
    [record] = told
    assert record.response == response
    assert record.attempts == response.attempts
