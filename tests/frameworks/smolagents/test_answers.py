"""What answers carry: text, thinking, usage, cost; this framework is sync alone."""

import asyncio
import base64
import io
import json

import PIL.Image
import pytest
from smolagents.models import agglomerate_stream_deltas

from tests.frameworks.pages import run_page
from tests.frameworks.recipes import THOUGHT, City, world_at
from tests.frameworks.smolagents.conftest import model
from unillm.testing import Answer, FakeProvider

SAID = "Grüß dich 🌍, \u202e1\u2028."
ASK = [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]


def test_an_answer_is_the_same_whole_and_streamed(world, llm):
    world.fake.enqueue(*[Answer(SAID, reasoning=THOUGHT)] * 2)
    whole, pieces = llm.generate(ASK), list(llm.generate_stream(ASK))
    streamed = agglomerate_stream_deltas(pieces)
    assert whole.content == streamed.content == SAID
    assert whole.token_usage == streamed.token_usage
    assert whole.token_usage.output_tokens > 0


def test_thinking_and_cost_are_in_what_came_whole(world, llm):
    world.fake.enqueue(Answer(SAID, reasoning=THOUGHT))
    raw = llm.generate(ASK).raw
    cost = world.operations[0].response.cost.total
    assert raw.choices[0].message.reasoning_content == THOUGHT
    assert (raw.usage.cost, raw.unillm["cost"]["total"]) == (float(cost), str(cost))


def test_an_answer_without_text_is_one(world, llm):
    world.fake.enqueue(Answer(None, reasoning=THOUGHT))
    assert llm.generate(ASK).content in {None, ""}


def test_it_answers_inside_a_running_loop(llm):
    async def main():
        return llm.generate(ASK).content

    assert [asyncio.run(main()) for _ in range(2)] == ["You said: Hi"] * 2


def test_images_go_along():
    image = PIL.Image.new("RGB", (1, 1))
    png = io.BytesIO()
    image.save(png, "PNG")
    with FakeProvider() as fake, world_at(fake, "box") as world:
        parts = [{"type": "text", "text": "What is it?"}, {"type": "image", "image": image}]
        model(world, "box:any").generate([{"role": "user", "content": parts}])
        url = world.asked[0]["content"][1]["image_url"]["url"]
        assert base64.b64decode(url.partition(",")[2]) == png.getvalue()


def test_a_schema_goes_along_where_the_host_takes_one():
    schema = {"name": "City", "schema": City.model_json_schema()}
    with FakeProvider() as fake, world_at(fake, "box") as world:
        form = {"type": "json_schema", "json_schema": schema}
        answer = model(world, "box:any").generate(ASK, response_format=form)
        City.model_validate(json.loads(answer.content))
        assert fake.requests[-1].fields["response_format"] == form


def test_settings_and_options_of_unillm_go_along(world):
    options = {"unillm": {"tags": {"team": "search"}}}
    model(world, reasoning_effort="none", extra_body=options).generate(ASK)
    assert world.operations[-1].tags == {"team": "search"}
    assert world.fake.requests[-1].fields["thinking"] == {"type": "disabled"}


@pytest.mark.usefixtures("reader")
def test_the_page_runs():
    run_page("smolagents")
