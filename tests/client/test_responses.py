"""A conversation over the Responses API, with a fake that refuses what OpenAI refuses."""

# pyright: reportOptionalMemberAccess=false

import dataclasses
import json

import pytest

import unillm
from tests.client.ways import ONCE, read_all
from tests.wire.drive import WEATHER
from unillm.testing import Answer, FakeCall, FakeProvider

PARIS = FakeCall("get_weather", {"city": "Paris"}, "call_1")
THOUGHT = "The city is named."
MODEL = "openai:gpt-5.6-sol"


@pytest.fixture
def openai():
    with FakeProvider(rules="openai") as fake:
        yield fake


def asking(way, fake, **options):
    providers = [unillm.Provider("openai", base_url=fake.base_url, api_key="k")]
    options = {"providers": providers, "model": MODEL, "retry": ONCE, **options}
    return way.client(fake, **options)


def bodies(fake):
    return [json.loads(seen.body) for seen in fake.requests]


async def test_tools_of_a_model_that_reasons_go_over_responses(way, openai):
    openai.enqueue(
        Answer("Let me look.", reasoning=THOUGHT, tool_calls=[PARIS], phase="commentary")
    )
    openai.enqueue(Answer("Sunny.", reasoning="Done.", phase="final_answer"))
    async with asking(way, openai, tools=None) as client:
        async with client.stream("Weather?", tools=[WEATHER]) as stream:
            events = await read_all(stream)
        asked = stream.response
        history = ["Weather?", asked.message, unillm.ToolMessage("call_1", "21 °C")]
        answered = await client.chat(history, tools=[WEATHER], reasoning_effort="high")
    assert [seen.path for seen in openai.requests] == ["/v1/responses"] * 2
    assert (asked.text, asked.api, asked.finish_reason) == (
        "Let me look.",
        "responses",
        "tool_calls",
    )
    assert [call.arguments for call in asked.tool_calls] == [{"city": "Paris"}]
    assert isinstance(events[-1], unillm.Finished)
    assert answered.text == "Sunny."
    reasoning, said, called, result = bodies(openai)[1]["input"][1:]
    assert reasoning["type"] == "reasoning"
    assert reasoning["encrypted_content"]
    assert said["phase"] == "commentary"
    assert (called["type"], called["call_id"]) == ("function_call", "call_1")
    assert result == {"type": "function_call_output", "call_id": "call_1", "output": "21 °C"}
    assert bodies(openai)[1]["reasoning"] == {"effort": "high"}


async def test_a_summary_is_shown_where_it_is_asked_for(way, openai):
    openai.enqueue(Answer("Four.", reasoning=THOUGHT))
    async with asking(way, openai) as client:
        extra = {"reasoning": {"summary": "auto"}}
        answered = await client.chat("2+2?", tools=[WEATHER], extra_body=extra)
    assert answered.reasoning == THOUGHT
    assert bodies(openai)[0]["reasoning"] == {"summary": "auto"}


async def test_calls_that_were_refused_are_asked_for_again(way, openai):
    bad = FakeCall("get_weather", {"days": 3}, "call_1")
    openai.enqueue(Answer(reasoning=THOUGHT, tool_calls=[bad]), Answer(tool_calls=[PARIS]))
    repair = unillm.RepairPolicy(reask=1)
    async with asking(way, openai, repair=repair) as client:
        answered = await client.chat("Weather?", tools=[WEATHER])
    assert [call.arguments for call in answered.tool_calls] == [{"city": "Paris"}]
    sent = bodies(openai)[1]["input"]
    assert [item.get("type") for item in sent] == [
        None,
        "reasoning",
        "function_call",
        "function_call_output",
    ]
    assert "was not executed" in sent[-1]["output"]


async def test_a_changed_answer_is_taken(way, openai):
    openai.enqueue(Answer("Fuor.", reasoning=THOUGHT), Answer("Yes."))
    async with asking(way, openai) as client:
        first = await client.chat("2+2?", tools=[WEATHER])
        changed = dataclasses.replace(first.message, content="Four.")
        second = await client.chat(["2+2?", changed, "Sure?"], tools=[WEATHER])
    assert second.text == "Yes."
    assert [item.get("type") for item in bodies(openai)[1]["input"]] == [
        None,
        "reasoning",
        None,
        None,
    ]


async def test_a_conversation_moves_to_another_interface_and_back(way, openai):
    openai.enqueue(Answer("Let me look.", reasoning=THOUGHT, tool_calls=[PARIS]))
    openai.enqueue(Answer("Sunny."), Answer("Yes."))
    async with asking(way, openai) as client:
        first = await client.chat("Weather?", tools=[WEATHER])
        history = ["Weather?", first.message, unillm.ToolMessage("call_1", "21 °C")]
        elsewhere = await client.chat(history, reasoning_effort="none", tools=[WEATHER])
        history += [elsewhere.message, "Sure?"]
        back = await client.chat(history, tools=[WEATHER])
    assert [answer.api for answer in (first, elsewhere, back)] == ["responses", "chat", "responses"]
    assert back.text == "Yes."
    kinds = [item.get("type") or item["role"] for item in bodies(openai)[2]["input"]]
    assert kinds == [
        *("user", "reasoning", "message", "function_call", "function_call_output"),
        *("assistant", "user"),
    ]
    assert bodies(openai)[2]["input"][5] == {"role": "assistant", "content": "Sunny."}


async def test_custom_tools_and_hosted_tools(way, openai):
    grammar = {"type": "custom", "name": "run_sql"}
    openai.enqueue(Answer("Found."))
    async with asking(way, openai) as client:
        answered = await client.chat("Search", tools=[WEATHER, grammar, {"type": "web_search"}])
    assert answered.text == "Found."
    kinds = [tool["type"] for tool in bodies(openai)[0]["tools"]]
    assert kinds == ["function", "custom", "web_search"]


async def test_images_are_parts_of_the_answer(way, openai):
    openai.enqueue(Answer("Here.", images=[b"\x89PNG\r\n\x1a\n"]), Answer("Done."))
    async with asking(way, openai) as client:
        answered = await client.chat("Draw", tools=[{"type": "image_generation"}])
        again = await client.chat(
            ["Draw", answered.message, "Thanks"], tools=[{"type": "image_generation"}]
        )
    assert answered.text == "Here."
    assert [image.data for image in answered.images] == [b"\x89PNG\r\n\x1a\n"]
    assert again.text == "Done."
    assert "image_generation_call" in [item.get("type") for item in bodies(openai)[1]["input"]]


@pytest.mark.parametrize("dialect", ["openai", "deepseek", "vllm"])
async def test_every_dialect_is_understood(way, fake, dialect):
    answer = Answer("So.", reasoning=THOUGHT, tool_calls=[PARIS], dialect=dialect)
    fake.enqueue(answer, answer)
    providers = [unillm.Provider("box", base_url=fake.base_url, api_key="k", api="responses")]
    async with way.client(fake, providers=providers, model="box:m") as client:
        whole = await client.chat("Weather?", tools=[WEATHER])
        async with client.stream("Weather?", tools=[WEATHER]) as stream:
            await read_all(stream)
    for answered in (whole, stream.response):
        assert (answered.text, answered.reasoning) == ("So.", THOUGHT)
        assert [call.arguments for call in answered.tool_calls] == [{"city": "Paris"}]
        assert answered.usage.reasoning_tokens
