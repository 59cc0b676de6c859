"""Calls of openai's clients, over a real socket to a provider as strict as DeepSeek."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any

import pytest

from tests.integrations.openai.conftest import HI, MODEL, WEATHER, Way, each, options_for, value
from unillm.testing import Answer, FakeCall, FakeProvider

# On trio it is told of the generators that openai and httpx leave to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator '(openai|httpx):ResourceWarning")
TOOL = {"type": "function", "function": WEATHER}
FLAT = {"type": "function", **WEATHER}


def test_a_whole_answer_has_text_thinking_usage_and_cost(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        raw = await value(made.chat.completions.with_raw_response.create(model=MODEL, messages=HI))
        answer = await value(raw.parse())
        message = answer.choices[0].message
        assert message.content == "You said: Hi"
        assert message.reasoning_content == "The user asks."
        assert answer.usage.cost == float(answer.unillm["cost"]["total"])
        assert raw.headers["x-unillm-cost-usd"] == answer.unillm["cost"]["total"]
        assert answer._request_id == raw.headers["x-request-id"]
        await value(client.close())

    way.run(body)


def test_a_stream_comes_piece_by_piece(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        stream = await value(
            made.chat.completions.create(
                model=MODEL, messages=HI, stream=True, stream_options={"include_usage": True}
            )
        )
        chunks = [chunk async for chunk in each(stream)]
        deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
        texts = [delta.content for delta in deltas if delta.content]
        assert "".join(texts) == "You said: Hi"
        assert len(texts) > 1
        assert "".join(getattr(d, "reasoning_content", None) or "" for d in deltas)
        assert chunks[-1].usage.cost == float(chunks[-1].unillm["cost"]["total"])
        assert {chunk.id for chunk in chunks} == {chunks[0].id}
        assert fake.served[-1].end == "whole"
        await value(client.close())

    way.run(body)


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_called_and_its_result_read(way: Way, fake: FakeProvider, stream: bool) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        asking: dict[str, Any] = {"model": MODEL, "tools": [TOOL]}
        call, message = await called(made, asking, stream)
        assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == (
            "get_weather",
            {"city": "Hi"},
        )
        result = {"role": "tool", "tool_call_id": call["id"], "content": "Sunny"}
        answer = await value(
            made.chat.completions.create(messages=[*HI, message, result], **asking)
        )
        assert answer.choices[0].message.content == "The tool answered: Sunny"
        assert fake.requests[-1].messages[1]["reasoning_content"] == "The user asks."
        await value(client.close())

    way.run(body)


async def called(made: Any, asking: dict[str, Any], stream: bool) -> tuple[Any, Any]:
    """Return the one call of an answer, and the message that has it."""
    if not stream:
        answer = await value(made.chat.completions.create(messages=HI, **asking))
        message = answer.choices[0].message.model_dump(exclude_none=True)
        return message["tool_calls"][0], message
    events = await value(made.chat.completions.create(messages=HI, stream=True, **asking))
    deltas = [c.choices[0].delta async for c in each(events) if c.choices]
    (call,) = [c for delta in deltas for c in delta.tool_calls or ()]
    told = call.model_dump(exclude_none=True)
    thought = "".join(getattr(d, "reasoning_content", None) or "" for d in deltas)
    message = {"role": "assistant", "tool_calls": [told], "reasoning_content": thought}
    return told, message


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_that_was_dropped_is_put_back(way: Way, fake: FakeProvider, stream: bool) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        asking: dict[str, Any] = {"model": MODEL, "tools": [TOOL]}
        call, _ = await called(made, asking, stream)
        message = {"role": "assistant", "tool_calls": [call]}
        result = {"role": "tool", "tool_call_id": call["id"], "content": "Sunny"}
        answer = await value(
            made.chat.completions.create(messages=[*HI, message, result], **asking)
        )
        assert fake.requests[-1].messages[1]["reasoning_content"] == "The user asks."
        assert "reasoning_recalled" in {note["code"] for note in answer.unillm["notes"]}
        await value(client.close())

    way.run(body)


def test_calls_of_one_answer_stay_apart(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        calls = [FakeCall("get_weather", {"city": city}) for city in ("Bern", "Zürich", "Genève")]
        fake.enqueue(Answer("Let me look.", reasoning="Hm.", tool_calls=calls))
        stream = await value(
            made.chat.completions.create(model=MODEL, messages=HI, tools=[TOOL], stream=True)
        )
        found = [
            call
            async for chunk in each(stream)
            if chunk.choices
            for call in chunk.choices[0].delta.tool_calls or ()
        ]
        assert [call.index for call in found] == [0, 1, 2]
        assert [json.loads(c.function.arguments)["city"] for c in found] == [
            "Bern",
            "Zürich",
            "Genève",
        ]
        await value(client.close())

    way.run(body)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_leaked_into_the_text_is_one(way: Way, fake: FakeProvider, stream: bool) -> None:
    leak = (
        '<|DSML|function_calls>\n<|DSML|invoke name="get_weather">\n'
        '<|DSML|parameter name="city" string="true">Bern</|DSML|parameter>\n'
        "</|DSML|invoke>\n</|DSML|function_calls>"
    ).replace("|", "\uff5c")

    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        fake.enqueue(Answer(leak, reasoning="Hm."))
        call, message = await called(made, {"model": MODEL, "tools": [TOOL]}, stream)
        assert json.loads(call["function"]["arguments"]) == {"city": "Bern"}
        assert not message.get("content")
        await value(client.close())

    way.run(body)


def test_responses_go_on_from_an_id(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        first = await value(
            made.responses.create(model=MODEL, input="Weather?", tools=[FLAT], instructions="Be.")
        )
        assert [item.type for item in first.output] == ["reasoning", "function_call"]
        result = {
            "type": "function_call_output",
            "call_id": first.output[1].call_id,
            "output": "Sunny",
        }
        second = await value(
            made.responses.create(
                model=MODEL, input=[result], previous_response_id=first.id, tools=[FLAT]
            )
        )
        assert second.output_text == "The tool answered: Sunny"
        sent = fake.requests[-1].messages
        assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
        assert sent[1]["reasoning_content"] == "The user asks."
        await value(client.close())

    way.run(body)


def test_responses_stream_to_their_final_response(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        manager = made.responses.stream(model=MODEL, input="Weather?", tools=[FLAT])
        if way.is_async:
            async with manager as stream:
                kinds = [event.type async for event in stream]
                final = await stream.get_final_response()
        else:
            with manager as stream:
                kinds = [event.type for event in stream]
                final = stream.get_final_response()
        assert kinds[0] == "response.created"
        assert kinds[-1] == "response.completed"
        assert [item.type for item in final.output] == ["reasoning", "function_call"]
        assert json.loads(final.output[1].arguments) == {"city": "Weather"}
        assert final.usage.cost == float(final.unillm["cost"]["total"])
        await value(client.close())

    way.run(body)


def test_leaving_a_stream_closes_upstream(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        fake.enqueue(Answer("a b c d e f g h", reasoning="Hm.", pace=0.03))
        stream = await value(made.chat.completions.create(model=MODEL, messages=HI, stream=True))
        async with aclosing(each(stream)) as chunks:
            await anext(chunks)
        await value(stream.close())
        assert fake.wait(in_flight=0)
        assert fake.served[-1].left_early
        await value(client.close())

    way.run(body)


def test_a_stream_that_was_never_read_is_closed(way: Way, fake: FakeProvider) -> None:
    async def body() -> None:
        client = way.unillm(**options_for(fake))
        made = way.openai(client)
        fake.enqueue(Answer("a b c d e f g h", reasoning="Hm.", pace=0.03))
        stream = await value(made.chat.completions.create(model=MODEL, messages=HI, stream=True))
        await value(stream.close())
        assert fake.wait(in_flight=0)
        await value(client.close())

    way.run(body)


def test_settings_of_a_call_arrive(way: Way, fake: FakeProvider) -> None:
    records: list[Any] = []

    async def body() -> None:
        client = way.unillm(**options_for(fake, observers=[records.append]))
        made = way.openai(client)
        await value(
            made.chat.completions.create(
                model=MODEL,
                messages=HI,
                max_completion_tokens=50,
                extra_body={"top_k": 4, "unillm": {"tags": {"team": "blue"}, "session": "s1"}},
            )
        )
        sent = fake.requests[-1].fields
        assert (sent["max_tokens"], sent["top_k"]) == (50, 4)
        assert "unillm" not in sent
        await value(client.close())

    way.run(body)
    assert (records[0].tags, records[0].session) == ({"team": "blue"}, "s1")


def test_two_loops_in_a_row_work(fake: FakeProvider) -> None:
    way = Way("httpx2", "asyncio")
    client = way.unillm(**options_for(fake))
    made = way.openai(client)

    async def body() -> None:
        answer = await made.chat.completions.create(model=MODEL, messages=HI)
        assert answer.choices[0].message.content == "You said: Hi"

    way.run(body)
    way.run(body)
    way.run(client.close)
