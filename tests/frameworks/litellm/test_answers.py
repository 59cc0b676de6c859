"""What answers carry: text, thinking, usage, cost, whole and streamed."""

import asyncio

import litellm
import pytest

from tests.frameworks.litellm.conftest import Asking
from tests.frameworks.pages import run_page
from tests.frameworks.recipes import THOUGHT, City, closed_port, world_at
from unillm.testing import Answer, FakeProvider

SAID = "Grüß dich 🌍, \u202e1\u2028."
ASK = [{"role": "user", "content": "Hi"}]
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
PNG = "data:image/png;base64,iVBORw0KGgo="


async def four_ways(llm):
    """Return the same answer, as it comes in each way that there is."""
    later = [piece async for piece in await llm.acompletion(ASK, **USAGE)]
    streamed = [list(llm.completion(ASK, **USAGE)), later]
    whole = [llm.completion(ASK), await llm.acompletion(ASK)]
    return whole, [litellm.stream_chunk_builder(pieces) for pieces in streamed], streamed[0]


def test_an_answer_is_the_same_in_every_way(world, llm):
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 4)
    whole, streamed, pieces = asyncio.run(four_ways(llm))
    cost = world.operations[0].response.cost.total
    for one in (*whole, *streamed):
        message = one.choices[0].message
        assert (message.content, message.reasoning_content) == (SAID, THOUGHT)
        assert one.usage.completion_tokens > 0
        assert one.usage.cost == float(cost)
    assert [one.unillm["cost"]["total"] for one in whole] == [str(cost)] * 2
    assert [one._hidden_params["response_cost"] for one in whole] == [float(cost)] * 2
    shown = [getattr(p.choices[0].delta, "reasoning_content", "") for p in pieces if p.choices]
    assert "".join(filter(None, shown)) == THOUGHT


def test_an_answer_without_text_is_one(world, llm):
    world.fake.enqueue(Answer(None, reasoning=THOUGHT))
    assert not llm.completion(ASK).choices[0].message.content


def test_one_client_through_several_loops(world, llm):
    for _ in range(2):
        answer = asyncio.run(llm.acompletion(ASK))
        assert answer.choices[0].message.content == "You said: Hi"
    assert len(world.operations) == 2


def test_images_go_along():
    with FakeProvider() as fake, world_at(fake, "box") as world:
        image = {"type": "image_url", "image_url": {"url": PNG}}
        asked = [{"role": "user", "content": [{"type": "text", "text": "What?"}, image]}]
        Asking(world, "box:any").completion(asked)
        assert world.asked[0]["content"][1]["image_url"]["url"] == PNG


def test_an_answer_has_the_form_that_is_asked_for():
    with FakeProvider() as fake, world_at(fake, "box") as world:
        answer = Asking(world, "box:any").completion(ASK, response_format=City)
        City.model_validate_json(answer.choices[0].message.content)
        assert fake.requests[-1].fields["response_format"]["type"] == "json_schema"


def test_deepseek_takes_a_schema_over_its_responses_api(fake):
    with world_at(fake, api="responses") as world:
        answer = Asking(world).completion(ASK, response_format=City)
        City.model_validate_json(answer.choices[0].message.content)
        assert fake.requests[-1].fields["text"]["format"]["type"] == "json_schema"


def test_settings_and_options_of_unillm_go_along(world, llm):
    options = {"unillm": {"tags": {"team": "search"}}}
    llm.completion(ASK, extra_body=options, max_tokens=50, reasoning_effort="none")
    assert world.operations[-1].tags == {"team": "search"}
    fields = world.fake.requests[-1].fields
    assert (fields["max_tokens"], fields["thinking"]) == (50, {"type": "disabled"})


def test_responses_takes_no_client(world, llm, monkeypatch):
    """What the page warns of: it asks the host itself."""
    monkeypatch.setenv("OPENAI_BASE_URL", closed_port())
    with pytest.raises(litellm.InternalServerError):
        litellm.responses(
            model=llm.name, input="Hi", client=llm.sync, api_key="none", num_retries=0
        )
    assert world.operations == []


@pytest.mark.usefixtures("reader")
def test_the_page_runs():
    run_page("litellm")
