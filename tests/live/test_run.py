"""Runs with llama.cpp: its model calls, is told the result, and answers."""

import pytest
from pydantic import BaseModel

import unillm
from tests.client.histories import require_valid, results
from tests.client.ways import read_all
from tests.live.test_tools import get_weather

pytestmark = pytest.mark.live

QUESTION = "What is the weather in Paris?"
# The first answer must call; what the model does after that is its own affair, so that it is asked
# for few words.
CALLING = {"tools": [get_weather], "tool_choice": "required", "temperature": 0, "max_tokens": 60}


async def come_to(run):
    """Give what came of a run, also where so small a model calls for ever."""
    try:
        return await run
    except unillm.MaxTurnsError as error:
        return error.run


def require_told(result):
    require_valid(result.messages)
    assert results(result.messages)[0] == "Sunny in Paris."
    first, second = result.turns[:2]
    assert [call.arguments for call in first.tool_calls] == [{"city": "Paris"}]
    assert second.usage.input_tokens > first.usage.input_tokens
    assert result.usage.output_tokens == sum(turn.usage.output_tokens for turn in result.turns)


async def test_a_run(way, llama):
    async with llama.client(way) as client:
        result = await come_to(client.run(QUESTION, max_turns=3, **CALLING))
    assert results(result.messages)[0] == "Sunny in Paris."
    require_told(result)


class Weather(BaseModel):
    city: str


async def test_an_output_keeps_the_model_from_no_call(way, llama):
    options = CALLING | {"output": Weather, "retries": 0, "max_turns": 2}
    async with llama.client(way) as client:
        try:
            messages = (await client.run(QUESTION, **options)).messages
        except (unillm.MaxTurnsError, unillm.OutputValidationError) as error:
            messages = (
                error.run.messages if error.run else ()
            )  # what so small a model says then is its own affair
    assert results(messages)[0] == "Sunny in Paris."


def test_beside_a_format_the_server_lets_no_call_be_made(llama):
    """See the limit ``response_format=beside_tools``: without this it can be taken out."""
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    with unillm.Client(**llama.options()) as client:
        r = client.chat(QUESTION, **CALLING, extra_body={"response_format": wanted})
    assert r.tool_calls == ()


async def test_a_run_as_a_stream(way, llama):
    async with llama.client(way) as client:
        stream = client.run_stream(QUESTION, max_turns=3, **CALLING)

        async def read():
            return await read_all(stream)

        events = await come_to(read())
        require_told(stream.result)
    if isinstance(events, list):
        assert isinstance(events[-1], unillm.RunFinished)
    assert isinstance(stream.messages[2], unillm.ToolMessage)


async def test_a_run_goes_on_from_one_that_was_left(way, llama):
    async with llama.client(way) as client:
        async with client.run_stream(QUESTION, **CALLING) as stream:
            async for event in stream:
                if isinstance(event, unillm.ToolFinished):
                    break
        assert results(stream.messages) == ["Sunny in Paris."]
        none = CALLING | {"tool_choice": "none", "max_tokens": 8}
        r = await client.run(stream.messages, **none)
        assert r.turns[0].usage.input_tokens > stream.result.turns[0].usage.input_tokens
        await llama.comes_free(way)
