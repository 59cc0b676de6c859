"""Tool calls, whose arguments llama.cpp constrains with a grammar."""

import pytest

import unillm
from tests.client.ways import read_all

pytestmark = pytest.mark.live


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}."


QUESTION = unillm.UserMessage("What is the weather in Paris?")
MUST = {"tools": [get_weather], "tool_choice": "required", "temperature": 0, "max_tokens": 60}


async def test_a_call_is_made_executed_and_answered(way, llama):
    async with llama.client(way) as client:
        r = await client.chat(QUESTION, **MUST)
        (call,) = r.tool_calls
        result = unillm.ToolMessage(call.id, get_weather(**call.arguments))
        told = [QUESTION, r.message, result]
        last = await client.chat(told, tools=[get_weather], tool_choice="none", max_tokens=2)
    assert (r.finish_reason, r.invalid_tool_calls, r.text) == ("tool_calls", (), "")
    assert (call.name, call.arguments, call.origin) == ("get_weather", {"city": "Paris"}, "native")
    assert call.repairs == ()
    assert last.tool_calls == ()
    assert last.usage.input_tokens > r.usage.input_tokens


async def test_a_streamed_call_is_ready_once_it_is_whole(way, llama):
    async with llama.client(way) as client, client.stream(QUESTION, **MUST) as stream:
        events = await read_all(stream)
    started, *fragments, ready, finished = events
    (call,) = stream.response.tool_calls
    assert started == unillm.ToolCallStarted(0, call.id, "get_weather")
    assert len(fragments) > 2
    assert "".join(fragment.fragment for fragment in fragments) == call.raw
    assert ready == unillm.ToolCallReady(0, call)
    assert finished.response.finish_reason == "tool_calls"
    assert call.arguments == {"city": "Paris"}


async def read_into(events, stream):
    async with stream:
        async for event in stream:
            events.append(event)


async def test_a_call_cut_by_max_tokens_is_refused(way, llama):
    short = MUST | {"max_tokens": 14}
    async with llama.client(way) as client:
        with pytest.raises(unillm.ToolArgumentsError) as caught:
            await client.chat(QUESTION, **short)
        events = []
        with pytest.raises(unillm.ToolArgumentsError):
            await read_into(events, client.stream(QUESTION, **short))
        kept = await client.chat(QUESTION, on_invalid_tool_call="return", **short)
    assert not any(isinstance(event, unillm.ToolCallReady) for event in events)
    for r in (caught.value.response, kept):
        assert (r.tool_calls, r.finish_reason) == ((), "length")
        assert r.usage
        assert r.usage.output_tokens == 14
        (cut,) = r.invalid_tool_calls
        assert cut.name == "get_weather"


@pytest.mark.parametrize(
    "named", ["get_weather", {"type": "function", "function": {"name": "get_weather"}}]
)
async def test_a_tool_that_must_be_called_by_name_is_refused_before_sending(way, llama, named):
    async with llama.client(way, tool_choice=named) as client:
        with pytest.raises(unillm.UnsupportedFeatureError, match="'required'"):
            await client.chat(QUESTION, tools=[get_weather])
