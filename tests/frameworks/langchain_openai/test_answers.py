"""What answers keep and lose: text, thinking, usage, cost, whole and streamed."""

import asyncio

import pytest
from langchain_core.messages import HumanMessage

from tests.frameworks.langchain_openai.conftest import model
from tests.frameworks.pages import run_page
from tests.frameworks.recipes import THOUGHT, City, world_at
from unillm.testing import Answer, FakeProvider

SAID = "Grüß dich 🌍, \u202e1\u2028."
PNG = "data:image/png;base64,iVBORw0KGgo="


def joined(pieces):
    whole, *rest = pieces
    for piece in rest:
        whole += piece
    return whole


async def four_ways(llm):
    """Return the same answer, as it comes in each way that there is: two whole, two streamed."""
    later = [piece async for piece in llm.astream("Hi")]
    whole = [llm.invoke("Hi"), await llm.ainvoke("Hi")]
    return whole, [joined(llm.stream("Hi")), joined(later)]


def thought(message):
    return "".join(b["reasoning"] for b in message.content_blocks if b["type"] == "reasoning")


KEPT = {  # thinking; usage of streams
    "responses": (THOUGHT, True),
    "chat": ("", False),
    "deepseek": (THOUGHT, False),
}


def test_what_an_answer_keeps(world, llm, kind):
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 4)
    whole, streamed = asyncio.run(four_ways(llm))
    thinking, has_usage = KEPT[kind]
    for one in (*whole, *streamed):
        assert (one.text, thought(one)) == (SAID, thinking)
    for one in whole:
        assert one.usage_metadata["output_tokens"] > 0
    for one in streamed:
        assert (one.usage_metadata is not None) == has_usage


def test_what_becomes_of_the_cost(world, llm, kind):
    whole, streamed = asyncio.run(four_ways(llm))
    cost = float(world.operations[0].response.cost.total)
    for one in (*whole, *streamed):
        assert "unillm" not in one.response_metadata
    told = [one.response_metadata.get("token_usage", {}).get("cost") for one in whole]
    assert told == ([None] * 2 if kind == "responses" else [cost] * 2)
    assert all("token_usage" not in one.response_metadata for one in streamed)


@pytest.mark.parametrize("kind", ["chat", "deepseek"])
def test_usage_of_streams_comes_if_it_is_asked_for(world, kind):
    streamed = joined(model(world, kind, stream_usage=True).stream("Hi"))
    assert streamed.usage_metadata["output_tokens"] > 0
    assert "token_usage" not in streamed.response_metadata


def test_an_answer_without_text_is_one(world, llm):
    world.fake.enqueue(Answer(None, reasoning=THOUGHT))
    assert llm.invoke("Hi").text == ""


def test_one_model_through_several_loops(world, llm):
    for _ in range(2):
        assert asyncio.run(llm.ainvoke("Hi")).text == "You said: Hi"
    assert len(world.operations) == 2


def test_images_go_along(kind):
    with FakeProvider() as fake, world_at(fake, "box") as world:
        image = {"type": "image_url", "image_url": {"url": PNG}}
        asked = HumanMessage([{"type": "text", "text": "What is it?"}, image])
        model(world, kind, "box:any").invoke([asked])
        assert world.asked[0]["content"][1]["image_url"]["url"] == PNG


def test_an_answer_has_the_form_that_is_asked_for(world, llm):
    structured = llm.with_structured_output(City, method="function_calling")
    assert isinstance(structured.invoke("Where is the Eiffel tower?"), City)
    assert any(note.code == "rewritten_tool_choice" for note in world.operations[0].response.notes)


@pytest.mark.parametrize("kind", ["responses", "chat"])
def test_a_schema_goes_along_where_the_host_takes_one(kind):
    with FakeProvider() as fake, world_at(fake, "box") as world:
        llm = model(world, kind, "box:any").with_structured_output(City)
        assert isinstance(llm.invoke("Where is the Eiffel tower?"), City)
        assert fake.requests[-1].fields["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("kind", ["responses", "chat"])
def test_deepseek_takes_a_schema_over_its_responses_api(fake, kind):
    with world_at(fake, api="responses") as world:
        llm = model(world, kind).with_structured_output(City)
        assert isinstance(llm.invoke("Where is the Eiffel tower?"), City)


def test_options_of_unillm_go_along(world, kind):
    options = {"unillm": {"tags": {"team": "search"}}}
    model(world, kind, extra_body=options).invoke("Hi")
    assert world.operations[-1].tags == {"team": "search"}


@pytest.mark.usefixtures("reader")
def test_the_page_runs():
    run_page("langchain-openai")
