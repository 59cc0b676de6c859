"""What answers carry: text, thinking, usage, cost, whole and streamed."""

import asyncio
from decimal import Decimal
from typing import Any

import openai
import pytest
from llama_index.core.base.llms.types import ThinkingBlock
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock

import unillm
from tests.frameworks.llama_index.conftest import model
from tests.frameworks.pages import run_page
from tests.frameworks.recipes import MODEL, THOUGHT, City, world_at
from unillm.testing import Answer, FakeProvider

SAID = "Grüß dich 🌍, \u202e1\u2028."
ASK = [ChatMessage("Hi")]
CITY = [ChatMessage("Where is the Eiffel tower?")]


def told(response: Any) -> tuple[str, str, int, Decimal]:
    """Return text, thinking, output tokens and cost of an answer."""
    thought = "".join(b.content for b in response.message.blocks if isinstance(b, ThinkingBlock))
    cost = Decimal(response.raw.unillm["cost"]["total"])
    assert response.raw.usage.cost == float(cost)
    return response.message.content, thought, response.additional_kwargs["completion_tokens"], cost


async def four_ways(llm: Any) -> list[Any]:
    """Return the same answer, as it comes in each way that there is."""
    *_, streamed = llm.stream_chat(ASK)
    async for piece in await llm.astream_chat(ASK):
        later = piece
    return [llm.chat(ASK), streamed, await llm.achat(ASK), later]


def test_an_answer_is_the_same_in_every_way(world, llm):
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 4)
    said = [told(one) for one in asyncio.run(four_ways(llm))]
    assert said == said[:1] * 4
    text, thought, tokens, cost = said[0]
    assert (text, thought) == (SAID, THOUGHT)
    assert tokens > 0
    assert [record.response.cost.total for record in world.operations] == [cost] * 4


def test_thinking_is_shown_while_it_comes(world, llm):
    world.fake.enqueue(Answer(SAID, reasoning=THOUGHT))
    pieces = list(llm.stream_chat(ASK))
    thought = [piece.additional_kwargs.get("thinking_delta", "") for piece in pieces]
    assert "".join(thought) == THOUGHT
    assert "".join(piece.delta for piece in pieces) == SAID


def test_a_text_is_completed(world, llm):
    world.fake.enqueue("Done.", "Done again.")
    assert llm.complete("Go on").text == "Done."
    *_, last = llm.stream_complete("Go on")
    assert last.text == "Done again."


def test_an_answer_without_text_is_one(world, llm):
    world.fake.enqueue(Answer(None, reasoning=THOUGHT))
    assert llm.chat(ASK).message.content in {None, ""}


def test_one_model_through_several_loops(world, llm):
    for _ in range(2):
        assert asyncio.run(llm.achat(ASK)).message.content == "You said: Hi"
    assert len(world.operations) == 2


def test_images_go_along():
    image = ImageBlock(url="data:image/png;base64,iVBORw0KGgo=")
    with FakeProvider() as fake, world_at(fake, "box") as world:
        asked = [ChatMessage(role="user", blocks=[TextBlock(text="What is it?"), image])]
        model(world, "box:any").chat(asked)
        assert world.asked[0]["content"][1]["image_url"]["url"] == image.url.unicode_string()


def test_an_answer_has_the_form_that_is_asked_for(fake):
    with world_at(fake, rewrite=("tool_choice",)) as world:
        llm = model(world).as_structured_llm(City)
        assert isinstance(llm.chat(CITY).raw, City)
        assert isinstance(asyncio.run(llm.achat(CITY)).raw, City)
        (note, *_) = world.operations[-1].response.notes
        assert "tool_choice" in note.message


def test_a_demanded_call_is_refused_while_the_model_thinks(world, llm):
    with pytest.raises(openai.BadRequestError, match="rewrite=") as raised:
        llm.as_structured_llm(City).chat(CITY)
    assert isinstance(raised.value.__cause__, unillm.UnsupportedFeatureError)
    assert world.fake.requests == []


def test_a_schema_goes_along_where_the_host_takes_one():
    with FakeProvider() as fake, world_at(fake, "box") as world:
        llm = model(world, "box:any", should_use_structured_outputs=True)
        assert isinstance(llm.as_structured_llm(City).chat(CITY).raw, City)
        assert fake.requests[-1].fields["response_format"]["type"] == "json_schema"


def test_deepseek_takes_a_schema_over_its_responses_api(fake):
    with world_at(fake, api="responses") as world:
        llm = model(world, should_use_structured_outputs=True)
        assert isinstance(llm.as_structured_llm(City).chat(CITY).raw, City)


def test_without_thinking_a_call_may_be_demanded(world):
    llm = model(world, additional_kwargs={"reasoning_effort": "none"})
    assert isinstance(llm.as_structured_llm(City).chat(CITY).raw, City)


def test_options_of_unillm_go_along(world):
    tags = {"team": "search"}
    llm = model(world, additional_kwargs={"extra_body": {"unillm": {"tags": tags}}})
    llm.chat(ASK)
    assert world.operations[-1].tags == tags
    assert b"search" not in world.fake.requests[-1].body


@pytest.mark.usefixtures("reader")
def test_the_page_runs():
    run_page("llama-index")


def test_the_name_of_a_model_is_sent_as_it_is(world, llm):
    assert llm.metadata.model_name == MODEL
    llm.chat(ASK)
    assert world.fake.requests[-1].model == "deepseek-v4-pro"
