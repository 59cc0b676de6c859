"""Answers, whole and streamed: what arrives, and what goes back on the wire."""

from __future__ import annotations

import asyncio
import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import tool

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.integrations.langchain.answers import message_of
from unillm.integrations.langchain.chunks import Chunks
from unillm.testing import Answer, FakeProvider, faults

MODEL = "deepseek:deepseek-v4-pro"
TOOLS = [faults.WEATHER_TOOL]
CALLS = [
    {"name": "get_weather", "arguments": '{"city":  "Paris"}', "id": "call_p"},
    {"name": "get_weather", "arguments": '{"city": "Zürich 🏔"}', "id": "call_z"},
]


@tool
def get_weather(city: str) -> str:
    """Look up the weather."""
    return f"Sunny in {city}."


@pytest.fixture(params=[None, "v1"], ids=["v0", "v1"])
def model(client: unillm.Client, request: pytest.FixtureRequest) -> ChatUnillm:
    return ChatUnillm(model=MODEL, client=client, output_version=request.param)


def added(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    return sum(chunks[1:], start=chunks[0])


def same(message: AIMessage) -> dict[str, Any]:
    """Return what must be the same of an answer, however it came."""
    blocks = [{k: v for k, v in b.items() if k != "index"} for b in message.content_blocks]
    told = message.response_metadata["unillm"]
    return {
        "blocks": blocks,
        "text": str(message.text),
        "calls": message.tool_calls,
        "bad": [(c["id"], c["name"], c["args"]) for c in message.invalid_tool_calls],
        "usage": message.usage_metadata,
        "kwargs": message.additional_kwargs,
        "finish": message.response_metadata["finish_reason"],
        "cost": told["cost"],
        "told": {k: v for k, v in told.items() if k not in {"attempts", "request_id"}},
    }


def numbered(message: AIMessage) -> str:
    """Return the same with the ids of calls numbered: those made for a rescued one differ."""
    text = json.dumps(same(message), sort_keys=True, default=str)
    for place, call in enumerate(message.tool_calls):
        text = text.replace(str(call["id"]), f"call {place}")
    return text


ANSWERS = {
    "text": Answer("Ja. 🇫🇷", reasoning="Well…"),
    "plain": Answer("Yes."),
    "calls": Answer(reasoning="I ask.", tool_calls=CALLS),
    "both": Answer("I look.", reasoning="I ask.", tool_calls=CALLS[:1]),
    "repaired": Answer(tool_calls=[{**CALLS[0], "arguments": "{'city': 'Paris',}"}]),
    "leaked": faults.get("leaked-two-calls"),
    "empty": Answer("", reasoning="Nothing to say."),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_stream_adds_up_to_what_invoke_gives(model, fake, name) -> None:
    fake.enqueue(ANSWERS[name], ANSWERS[name])
    bound = model.bind_tools(TOOLS)
    whole = bound.invoke("Hi")
    chunks = list(bound.stream("Hi"))
    streamed = added(chunks)
    assert numbered(streamed) == numbered(whole)
    assert [chunk.chunk_position for chunk in chunks][-1] == "last"
    assert [bool(chunk.usage_metadata) for chunk in chunks].count(True) == 1


def test_what_is_known_of_an_answer(model, fake) -> None:
    fake.enqueue(Answer("Yes.", reasoning="Well."))
    message = model.invoke("Hi")
    assert message.text == "Yes."
    assert [b["type"] for b in message.content_blocks] == ["reasoning", "text"]
    assert message.content_blocks[0]["reasoning"] == "Well."
    told = message.response_metadata
    assert told["model_name"] == "deepseek-v4-pro"
    assert told["finish_reason"] == "stop"
    assert told["unillm"]["provider"] == "deepseek"
    assert [a["status"] for a in told["unillm"]["attempts"]] == [200]
    assert told["unillm"]["cost"]["state"] == "exact"
    assert Decimal(told["unillm"]["cost"]["total"]) > 0
    assert message.usage_metadata["output_token_details"]["reasoning"] == 1
    assert message.usage_metadata["input_token_details"]["cache_read"] == 0
    json.dumps(message.model_dump())  # what is kept in checkpoints


def test_what_nobody_knows_is_none_and_never_zero() -> None:
    with FakeProvider() as other:
        other.enqueue(Answer("Yes.", usage=None))
        one = unillm.Provider("mybox", base_url=other.base_url, api_key="k")
        with unillm.Client(providers=[one]) as client:
            message = ChatUnillm(model="mybox:m", client=client).invoke("Hi")
    assert message.usage_metadata is None
    assert message.response_metadata["unillm"]["cost"]["total"] is None
    assert message.response_metadata["unillm"]["cost"]["state"] == "unknown"


@pytest.mark.parametrize("streamed", [False, True])
def test_the_next_request_carries_the_reasoning_and_the_calls(model, fake, streamed) -> None:
    fake.enqueue(Answer("I look.", reasoning="I ask.", tool_calls=CALLS), "Sunny.")
    bound = model.bind_tools(TOOLS)
    asked = HumanMessage("Weather?")
    said = added(list(bound.stream([asked]))) if streamed else bound.invoke([asked])
    results = [get_weather.invoke(call) for call in said.tool_calls]
    assert bound.invoke([asked, said, *results]).text == "Sunny."
    before, *answers = fake.requests[1].messages[1:]
    assert before["reasoning_content"] == "I ask."
    assert before["content"] == "I look."
    sent = [call["function"]["arguments"] for call in before["tool_calls"]]
    assert sent == [call["arguments"] for call in CALLS]  # byte for byte: prompt caches need it
    assert [(a["tool_call_id"], a["content"]) for a in answers] == [
        ("call_p", "Sunny in Paris."),
        ("call_z", "Sunny in Zürich 🏔."),
    ]


def test_a_call_that_was_changed_goes_back_as_it_is_now(model, fake) -> None:
    fake.enqueue(Answer(reasoning="I ask.", tool_calls=CALLS[:1]), "Sunny.")
    bound = model.bind_tools(TOOLS)
    said = bound.invoke("Weather?")
    said.tool_calls[0]["args"] = {"city": "Rome"}
    bound.invoke([HumanMessage("Weather?"), said, ToolMessage("Sun", tool_call_id="call_p")])
    [call] = fake.requests[1].messages[1]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"city": "Rome"}


def test_a_repair_and_a_rescue_are_told(model, fake) -> None:
    fake.enqueue(ANSWERS["repaired"], ANSWERS["leaked"])
    bound = model.bind_tools(TOOLS)
    message = bound.invoke("Hi")
    assert message.tool_calls[0]["args"] == {"city": "Paris"}
    [told] = message.response_metadata["unillm"]["tool_calls"].values()
    assert told["raw"] == "{'city': 'Paris',}"
    assert told["repairs"]
    message = bound.invoke("Hi")
    assert len(message.tool_calls) == 2
    told = message.response_metadata["unillm"]["tool_calls"].values()
    assert [one["origin"] for one in told] == ["rescued", "rescued"]


CUT = Answer(
    tool_calls=[{"name": "get_weather", "arguments": '{"city": "Par', "id": "call_c"}],
    finish_reason="length",
)


def test_a_call_that_was_cut_is_an_error(model, fake) -> None:
    fake.enqueue(CUT, CUT)
    bound = model.bind_tools(TOOLS)
    with pytest.raises(unillm.ToolArgumentsError) as caught:
        bound.invoke("Hi")
    assert caught.value.invalid_tool_calls[0].raw == '{"city": "Par'
    with pytest.raises(unillm.ToolArgumentsError):
        list(bound.stream("Hi"))


@pytest.mark.parametrize("version", [None, "v1"])
def test_a_call_that_was_cut_is_never_a_call_where_it_is_returned(client, fake, version) -> None:
    # LangChain closes open JSON when it adds chunks up: {"city": "Par would become a call.
    fake.enqueue(CUT, CUT, "Sorry.", "Well.", CUT)
    model = ChatUnillm(
        model=MODEL, client=client, on_invalid_tool_call="return", output_version=version
    )
    bound = model.bind_tools(TOOLS)
    whole, streamed = bound.invoke("Hi"), added(list(bound.stream("Hi")))
    for message in (whole, streamed, AIMessageChunk(content="") + streamed):
        assert message.tool_calls == []
        [bad] = message.invalid_tool_calls
        assert (bad["id"], bad["name"]) == ("call_c", "get_weather")
        assert bad["args"].endswith('{"city": "Par')
    assert whole.invalid_tool_calls[0]["error"]
    assert streamed.response_metadata["unillm"]["invalid_tool_calls"][0]["reason"]
    # Unanswered it is left out, answered it goes back as hosts take it.
    answered = ToolMessage("It was cut.", tool_call_id="call_c", status="error")
    assert bound.invoke([HumanMessage("Hi"), streamed, answered]).text == "Sorry."
    [call] = fake.requests[2].messages[1]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"INVALID_ARGUMENTS": '{"city": "Par'}
    bound.invoke([HumanMessage("Hi"), streamed, HumanMessage("Again.")])
    assert "tool_calls" not in fake.requests[3].messages[1]
    events = bound.stream_events("Hi", version="v3")
    list(events)
    assert events.output.tool_calls == []
    assert "tool_call" not in [block["type"] for block in events.output.content_blocks]


def test_langchain_counts_tokens_by_model(client, fake) -> None:
    fake.enqueue("Yes.", "Yes.")
    model = ChatUnillm(model=MODEL, client=client)
    with get_usage_metadata_callback() as counted:
        whole, streamed = model.invoke("Hi"), added(list(model.stream("Hi")))
    [of_all] = counted.usage_metadata.values()
    both = (whole.usage_metadata, streamed.usage_metadata)
    assert of_all["total_tokens"] == sum(one["total_tokens"] for one in both)


def test_an_answer_that_is_gone_on_with_is_one() -> None:
    message = unillm.AssistantMessage("Yes, yes.")
    response = unillm.ChatResponse(message=message, finish_reason="stop", provider="p", model="m")
    events = [
        unillm.TextDelta("Yes,"),
        unillm.StreamContinued(2, "it broke off"),
        unillm.TextDelta(" yes."),
        unillm.Finished(response),
    ]
    chunks = Chunks()
    shown = added([chunk for event in events for chunk in chunks.of(event)])
    assert shown.text == message_of(response).text == "Yes, yes."


def test_an_answer_that_begins_anew_before_anything_was_shown_is_whole(client, fake) -> None:
    bad = Answer(tool_calls=[{"name": "get_weather", "arguments": '{"city": '}])
    fast = "deepseek:deepseek-v4-pro"
    fake.enqueue(bad, "Fine.")
    model = ChatUnillm(
        model=fast,
        client=client,
        reasoning_effort="none",
        model_kwargs={"repair": unillm.RepairPolicy(reask=1)},
    ).bind_tools(TOOLS)
    message = added(list(model.stream("Hi")))
    assert message.text == "Fine."
    assert len(message.response_metadata["unillm"]["attempts"]) == 2


def test_one_that_begins_anew_after_that_is_an_error_with_the_new_one(client, fake) -> None:
    bad = Answer("I look.", tool_calls=[{"name": "get_weather", "arguments": '{"city": '}])
    fake.enqueue(bad, "Fine.", bad, "Fine.")
    repair = {"repair": unillm.RepairPolicy(reask=1)}
    model = ChatUnillm(model=MODEL, client=client, model_kwargs=repair).bind_tools(TOOLS)
    shown = []
    with pytest.raises(unillm.IncompleteStreamError, match="begun anew") as caught:
        shown.extend(model.stream("Hi"))
    assert "Fine" not in added(shown).text
    assert caught.value.partial.text == "Fine."
    assert len(caught.value.attempts) == 2
    assert model.invoke("Hi").text == "Fine."


def test_a_refusal_is_a_block() -> None:
    with FakeProvider() as other:
        other.enqueue(Answer(refusal="I will not."), Answer(refusal="I will not."), "Well.")
        one = unillm.Provider("mybox", base_url=other.base_url, api_key="k")
        with unillm.Client(providers=[one]) as client:
            model = ChatUnillm(model="mybox:m", client=client)
            whole, streamed = model.invoke("Hi"), added(list(model.stream("Hi")))
            model.invoke([HumanMessage("Hi"), whole, HumanMessage("Please.")])
    for message in (whole, streamed):
        [block] = [b for b in message.content_blocks if b["type"] == "refusal"]
        assert block["refusal"] == "I will not."
        assert not isinstance(message.content, str)
        assert len(message.content) == 1  # no empty text stands before it
    assert other.requests[2].messages[1]["refusal"] == "I will not."


@pytest.fixture
def painter():
    with FakeProvider() as other:
        one = unillm.Provider("openai", base_url=other.base_url, api_key="k", api="responses")
        with unillm.Client(providers=[one]) as client:
            yield other, client


def ways(model: ChatUnillm) -> list[AIMessage]:
    """Return an answer as each way of LangChain's has it."""
    loud = model.model_copy(update={"streaming": True})
    events = model.stream_events("Hi", version="v3").output
    return [model.invoke("Hi"), added(list(model.stream("Hi"))), loud.invoke("Hi"), events]


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("version", [None, "v1"])
def test_images_stay_apart(painter, version) -> None:
    fake, client = painter
    pictures = [b"\x89PNG\r\n\x1a\none", b"\x89PNG\r\n\x1a\ntwo"]
    fake.enqueue(*[Answer("Look.", images=pictures)] * 4)
    model = ChatUnillm(model="openai:gpt-5.5", client=client, output_version=version)
    for message in ways(model):
        found = [block for block in message.content_blocks if block["type"] == "image"]
        assert [base64.b64decode(block["base64"]) for block in found] == pictures
        assert {block["mime_type"] for block in found} == {"image/png"}


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_refusal_is_there_whichever_way_it_came(painter, version) -> None:
    fake, client = painter
    fake.enqueue(*[Answer(refusal="I will not.")] * 4, *["Well."] * 4)
    model = ChatUnillm(model="openai:gpt-5.5", client=client, output_version=version)
    for message in ways(model):
        assert message.additional_kwargs["refusal"] == "I will not."
        message.additional_kwargs.pop("unillm", None)
        model.invoke([HumanMessage("Hi"), message, HumanMessage("Please.")])
        assert json.dumps(fake.requests[-1].fields).count("I will not.") == 1


async def test_async_is_the_same(deepseek, fake) -> None:
    client = unillm.AsyncClient(providers=[deepseek])
    bound = ChatUnillm(model=MODEL, client=client).bind_tools(TOOLS)
    fake.enqueue(ANSWERS["both"], ANSWERS["both"])
    whole = await bound.ainvoke("Hi")
    streamed = added([chunk async for chunk in bound.astream("Hi")])
    assert same(whole) == same(streamed)
    assert whole.tool_calls[0]["args"] == {"city": "Paris"}
    await client.close()


def test_a_model_works_through_many_loops(deepseek, fake) -> None:
    model = ChatUnillm(model=MODEL, async_client=unillm.AsyncClient(providers=[deepseek]))

    async def ask() -> str:
        shown = [chunk async for chunk in model.astream("Hi")]
        return str(added(shown).text) + str((await model.ainvoke("Hi")).text)

    assert [asyncio.run(ask()) for _ in range(3)] == ["You said: HiYou said: Hi"] * 3


def test_a_sync_client_alone_serves_async_calls_in_threads(client) -> None:
    model = ChatUnillm(model=MODEL, client=client)

    async def ask() -> tuple[str, str]:
        shown = [chunk async for chunk in model.astream("Hi")]
        return str(added(shown).text), str((await model.ainvoke("Hi")).text)

    assert asyncio.run(ask()) == ("You said: Hi", "You said: Hi")


def test_leaving_a_stream_closes_it(client, fake) -> None:
    fake.enqueue(Answer("one two three four five six", pace=0.05))
    stream = ChatUnillm(model=MODEL, client=client).stream("Hi")
    next(stream)
    stream.close()
    assert fake.wait(in_flight=0)
    assert fake.served[0].end != "whole"


async def test_a_cancelled_task_closes_it(deepseek, fake) -> None:
    fake.enqueue(Answer("one two three four five six", pace=0.05))
    client = unillm.AsyncClient(providers=[deepseek])
    model = ChatUnillm(model=MODEL, client=client)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in model.astream("Hi"):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(fake.wait, in_flight=0)
    assert fake.served[0].end != "whole"
    await client.close()


async def test_leaving_an_async_stream_closes_it(deepseek, fake) -> None:
    fake.enqueue(Answer("one two three four five six", pace=0.05))
    client = unillm.AsyncClient(providers=[deepseek])
    async for _ in ChatUnillm(model=MODEL, client=client).astream("Hi"):
        break
    assert await asyncio.to_thread(fake.wait, in_flight=0)
    assert fake.served[0].end != "whole"
    await client.close()


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol")
@pytest.mark.parametrize("version", [None, "v1"])
def test_why_a_call_was_refused_is_told_whichever_way_it_came(painter, version) -> None:
    fake, client = painter
    cut = [{"name": "get_weather", "arguments": '{"city": "Par', "id": "call_p"}]
    fake.enqueue(*[Answer("Hi", tool_calls=cut, finish_reason="length")] * 4)
    settings = {"on_invalid_tool_call": "return", "output_version": version}
    model = ChatUnillm(model="openai:gpt-5.5", client=client, **settings)
    for message in ways(model):
        [call] = message.invalid_tool_calls
        assert (call["id"], message.tool_calls) == ("call_p", [])
        [told] = message.response_metadata["unillm"]["invalid_tool_calls"]
        assert (told["id"], told["raw"]) == ("call_p", '{"city": "Par')
        assert "incomplete" in told["reason"]
