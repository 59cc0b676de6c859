"""What a client makes of a provider's rules: rewriting if asked, and empty JSON asked for again."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import json

import pytest

import unillm
from tests.client.ways import ONCE, QUICK, read_all, server
from unillm.testing import Answer, FakeCall

CITY = unillm.Tool(
    "get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)
OTHER = unillm.Tool("other")
JSON = {"type": "json_object"}
EMPTY = [Answer(""), Answer(None), Answer(" \n \n"), Answer("", reasoning="Hm.")]


def deepseek(way, fake, **options):
    """Give a client of a server that speaks DeepSeek's dialect."""
    provider = server(fake, profile="deepseek")
    options.setdefault("model", "fake:deepseek-v4-pro")
    return way.client(fake, providers=[provider], **options)


def sent(fake, number=-1):
    return json.loads(fake.requests[number].body)


async def read_into(events, stream):
    """Read a stream that raises at its end."""
    async with stream:
        async for event in stream:
            events.append(event)


async def test_a_forced_call_is_refused_before_anything_is_sent(way, fake):
    async with deepseek(way, fake) as client:
        with pytest.raises(unillm.UnsupportedFeatureError, match="while it reasons") as caught:
            await client.chat("Weather?", tools=[CITY], tool_choice="required")
    assert caught.value.provider == "fake"
    assert fake.requests == []


@pytest.mark.parametrize("where", ["call", "client", "with_options"])
async def test_a_forced_call_is_rewritten_if_asked(way, fake, where):
    asked = {"rewrite": ("tool_choice",)}
    fake.enqueue(Answer(tool_calls=[FakeCall("get_weather", {"city": "Paris"})]))
    async with deepseek(way, fake, **(asked if where == "client" else {})) as client:
        used = client.with_options(**asked) if where == "with_options" else client
        response = await used.chat(
            "Weather?",
            tools=[CITY, OTHER],
            tool_choice="get_weather",
            **(asked if where == "call" else {}),
        )
    assert [call.arguments for call in response.tool_calls] == [{"city": "Paris"}]
    assert [note.code for note in response.notes] == ["rewritten_tool_choice"]
    assert sent(fake)["tool_choice"] == "auto"
    assert [tool["function"]["name"] for tool in sent(fake)["tools"]] == ["get_weather"]


async def test_a_tool_that_is_no_longer_offered_is_not_called(way, fake):
    fake.enqueue(Answer(tool_calls=[FakeCall("other", {})]))
    async with deepseek(way, fake, rewrite=["tool_choice"], retry=ONCE) as client:
        with pytest.raises(unillm.ToolArgumentsError, match="the request offers get_weather"):
            await client.chat("Weather?", tools=[CITY, OTHER], tool_choice="get_weather")
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "value", ["tool_choice", ("temperature",), ("tool_choice", 7), 7, [["tool_choice"]]], ids=repr
)
async def test_what_cannot_be_rewritten_is_refused(way, fake, value):
    with pytest.raises(unillm.InvalidRequestError, match=r"rewrite must be a tuple.*'tool_choice'"):
        deepseek(way, fake, rewrite=value)
    async with deepseek(way, fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="rewrite must be a tuple"):
            await client.chat("Hi", rewrite=value)
    assert fake.requests == []


async def test_an_effort_goes_out_in_the_hosts_words_and_is_noted(way, fake):
    async with deepseek(way, fake) as client:
        response = await client.chat("Hi", reasoning_effort="xhigh")
        assert sent(fake)["reasoning_effort"] == "high"
        assert sent(fake)["thinking"] == {"type": "enabled"}
        assert [note.code for note in response.notes] == ["effort_mapped"]
        with pytest.raises(unillm.InvalidRequestError, match="one of none, minimal, low"):
            await client.chat("Hi", reasoning_effort="huge")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("empty", EMPTY, ids=["empty", "none", "blank", "thought only"])
async def test_an_empty_answer_is_no_json_and_is_asked_for_again(way, fake, empty):
    fake.enqueue(empty, Answer('{"a": 1}'))
    async with deepseek(way, fake, retry=QUICK) as client:
        response = await client.chat("Some JSON", response_format=JSON)
    assert response.text == '{"a": 1}'
    assert [attempt.outcome for attempt in response.attempts] == ["error", "ok"]
    assert "JSON was asked for" in response.attempts[0].error
    assert response.attempts[0].usage is not None


async def test_empty_json_raises_with_what_came(way, fake):
    fake.enqueue(Answer("", reasoning="Hm."))
    async with deepseek(way, fake, retry=ONCE) as client:
        with pytest.raises(unillm.MalformedResponseError, match="Ask again") as caught:
            await client.chat("Some JSON", response_format=JSON)
    assert caught.value.retryable
    assert caught.value.partial.reasoning == "Hm."
    assert caught.value.partial.usage is not None
    assert caught.value.provider == "fake"


async def test_an_empty_stream_raises_after_what_was_shown(way, fake):
    fake.enqueue(Answer("", reasoning="Hm."))
    events = []
    async with deepseek(way, fake, retry=QUICK) as client:
        with pytest.raises(unillm.MalformedResponseError, match="JSON was asked for"):
            await read_into(events, client.stream("Some JSON", response_format=JSON))
    assert {type(event) for event in events} == {unillm.ReasoningDelta}
    assert len(fake.requests) == 1, "what was shown cannot be taken back"


async def test_an_empty_stream_of_which_nothing_was_shown_is_asked_for_again(way, fake):
    fake.enqueue(Answer(""), Answer('{"a": 1}'))
    async with deepseek(way, fake, retry=QUICK) as client:
        stream = client.stream("Some JSON", response_format=JSON)
        async with stream:
            events = await read_all(stream)
    assert isinstance(events[-1], unillm.Finished)
    assert stream.response.text == '{"a": 1}'


SAID = {
    "refusal": Answer(None, refusal="No."),
    "call": Answer("", tool_calls=[FakeCall("get_weather", {"city": "Paris"})]),
    "cut": Answer("", finish_reason="length"),
    "filtered": Answer("", finish_reason="content_filter"),
}


@pytest.mark.parametrize("name", SAID)
async def test_an_answer_that_is_empty_for_a_reason_is_an_answer(way, fake, name):
    fake.enqueue(SAID[name])
    async with deepseek(way, fake, retry=ONCE) as client:
        response = await client.chat("Some JSON", response_format=JSON, tools=[CITY])
    assert response.text == ""
    assert len(response.attempts) == 1


async def test_an_empty_answer_to_a_question_for_text_is_an_answer(way, fake):
    fake.enqueue(Answer(""), Answer(""))
    async with deepseek(way, fake, retry=ONCE) as client:
        assert (await client.chat("Hi")).text == ""
        assert (await client.chat("Hi", response_format={"type": "text"})).text == ""
    assert len(fake.requests) == 2
