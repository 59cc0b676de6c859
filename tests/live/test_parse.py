"""Structured output, which llama.cpp constrains with a grammar made of the schema."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field

import unillm
from tests.client.ways import read_all

pytestmark = pytest.mark.live


class City(BaseModel):
    name: str = Field(max_length=12)
    country: Literal["France", "Italy"]
    rivers: list[str] = Field(max_length=2)
    mayor: str | None = Field(None, max_length=8)


QUESTION = "Describe the city of Paris as JSON."
SHORT = {"temperature": 0, "max_tokens": 160}


async def test_a_model_is_made_of_the_answer(way, llama):
    async with llama.client(way) as client:
        response = await client.parse(QUESTION, output=City, **SHORT)
    assert isinstance(response.output, City)
    assert (response.mode, response.repairs, response.finish_reason) == ("native", (), "stop")
    assert len(response.attempts) == 1
    assert City.model_validate_json(response.text) == response.output


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        (Literal["yes", "no"], str),
        (bool, bool),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, list),
    ],
    ids=["literal", "bool", "schema"],
)
async def test_what_is_no_object_comes_too(way, llama, output, kind):
    async with llama.client(way) as client:
        response = await client.parse("Is Paris in France?", output=output, **SHORT)
    assert isinstance(response.output, kind)
    assert response.mode == "native"


async def test_a_stream_shows_it_grow(way, llama):
    async with (
        llama.client(way) as client,
        client.stream(QUESTION, output=City, **SHORT) as stream,
    ):
        events = await read_all(stream)
    deltas = [event for event in events if isinstance(event, unillm.OutputDelta)]
    assert len(deltas) > 2
    assert deltas[-1].partial == stream.response.output
    assert "".join(delta.fragment for delta in deltas) == stream.response.text


async def test_an_answer_that_is_cut_is_told_as_such(way, llama):
    async with llama.client(way) as client:
        with pytest.raises(unillm.OutputValidationError, match="max_tokens") as caught:
            await client.parse(QUESTION, output=City, max_tokens=4)
    assert len(caught.value.tries) == 1
    assert caught.value.response.finish_reason == "length"
