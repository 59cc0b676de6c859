"""What answers carry: text, thinking, usage, cost, whole and streamed."""

import asyncio

import pytest
from haystack import Pipeline
from haystack.components.builders import ChatPromptBuilder
from haystack.dataclasses import ChatMessage, ImageContent

from tests.frameworks.haystack.conftest import generator
from tests.frameworks.pages import run_page
from tests.frameworks.recipes import THOUGHT, City, world_at
from unillm.testing import Answer, FakeProvider

SAID = "Grüß dich 🌍, \u202e1\u2028."
ASK = [ChatMessage.from_user("Hi")]
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


async def four_ways(llm):
    """Return the same answer, as it comes in each way that there is."""
    pieces = []

    async def take(piece):
        pieces.append(piece)

    told = [
        llm.run(ASK),
        llm.run(ASK, streaming_callback=pieces.append),
        await llm.run_async(ASK),
        await llm.run_async(ASK, streaming_callback=take),
    ]
    assert "".join(piece.content for piece in pieces) == SAID * 2
    return [answer["replies"][0] for answer in told], pieces


def thought(message):
    return message.reasoning.reasoning_text if message.reasoning else None


def test_over_responses_an_answer_is_the_same_in_every_way(world):
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 4)
    said, pieces = asyncio.run(four_ways(generator(world, "responses")))
    costs = {str(record.response.cost.total) for record in world.operations}
    assert len(costs) == 1
    for one in said:
        assert (one.text, thought(one)) == (SAID, THOUGHT)
        assert one.meta["usage"]["output_tokens"] > 0
        assert one.meta["usage"]["cost"] == float(*costs)
        assert one.meta["unillm"]["cost"]["total"] in costs
    shown = [piece.reasoning.reasoning_text for piece in pieces if piece.reasoning]
    assert "".join(shown) == THOUGHT * 2


def test_over_chat_thinking_is_lost_and_the_cost_of_what_came_whole_kept(world):
    llm = generator(world, "chat", generation_kwargs={"stream_options": {"include_usage": True}})
    llm_whole = generator(world, "chat")
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 2)
    whole = llm_whole.run(ASK)["replies"][0]
    streamed = llm.run(ASK, streaming_callback=lambda _: None)["replies"][0]
    cost = float(world.operations[0].response.cost.total)
    for one in (whole, streamed):
        assert (one.text, thought(one)) == (SAID, None)
        assert one.meta["usage"]["cost"] == cost
        assert "unillm" not in one.meta


def test_over_chat_usage_of_streams_must_be_asked_for(world):
    said = generator(world, "chat").run(ASK, streaming_callback=lambda _: None)
    assert said["replies"][0].meta["usage"] is None
    assert world.operations[0].response.usage is not None


def test_an_answer_without_text_is_one(world, llm):
    world.fake.enqueue(Answer(None, reasoning=THOUGHT))
    assert not llm.run(ASK)["replies"][0].text


def test_one_generator_through_several_loops(world, llm):
    for _ in range(2):
        assert asyncio.run(llm.run_async(ASK))["replies"][0].text == "You said: Hi"
    assert len(world.operations) == 2


def test_a_pipeline_runs_it(world, llm):
    pipeline = Pipeline()
    template = [ChatMessage.from_user("Hello {{name}}")]
    pipeline.add_component("prompt", ChatPromptBuilder(template, required_variables="*"))
    pipeline.add_component("llm", llm)
    pipeline.connect("prompt.prompt", "llm.messages")
    said = pipeline.run({"prompt": {"name": "Ada"}})
    assert said["llm"]["replies"][0].text == "You said: Hello Ada"


def test_images_go_along(kind):
    with FakeProvider() as fake, world_at(fake, "box") as world:
        image = ImageContent(PNG, mime_type="image/png")
        asked = ChatMessage.from_user(content_parts=["What is it?", image])
        generator(world, kind, "box:any").run([asked])
        assert PNG in world.asked[0]["content"][1]["image_url"]["url"]


def test_an_answer_has_the_form_that_is_asked_for(kind):
    name = {"responses": "text_format", "chat": "response_format"}[kind]
    with FakeProvider() as fake, world_at(fake, "box") as world:
        llm = generator(world, kind, "box:any", generation_kwargs={name: City})
        City.model_validate_json(llm.run(ASK)["replies"][0].text)
        assert fake.requests[-1].fields["response_format"]["type"] == "json_schema"


def test_deepseek_takes_a_schema_over_its_responses_api(fake, kind):
    name = {"responses": "text_format", "chat": "response_format"}[kind]
    with world_at(fake, api="responses") as world:
        llm = generator(world, kind, generation_kwargs={name: City})
        City.model_validate_json(llm.run(ASK)["replies"][0].text)
        assert fake.requests[-1].fields["text"]["format"]["type"] == "json_schema"


def test_options_of_unillm_go_along(world, kind):
    options = {"extra_body": {"unillm": {"tags": {"team": "search"}}}}
    generator(world, kind, generation_kwargs=options).run(ASK)
    assert world.operations[-1].tags == {"team": "search"}


def test_a_pipeline_with_it_cannot_be_written_down(llm):
    pipeline = Pipeline()
    pipeline.add_component("llm", llm)
    with pytest.raises(Exception, match=r"serializ|represent"):
        pipeline.dumps()


@pytest.mark.usefixtures("reader")
def test_the_page_runs():
    run_page("haystack")
