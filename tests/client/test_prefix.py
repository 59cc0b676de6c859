"""An answer that was begun: told as each host wants it told, and never repeated."""

from __future__ import annotations

import pytest

import unillm
from tests.client.ways import KEY, read_all
from unillm.errors import InvalidRequestError, UnsupportedFeatureError
from unillm.testing import Answer, FakeCall, FakeProvider

OPEN = {"continue_final_message": True, "add_generation_prompt": False}


@pytest.fixture
def fake():
    with FakeProvider(api_key=KEY) as running:
        yield running


def server(fake, profile, path="/v1"):
    return unillm.Provider("box", base_url=f"{fake.url}{path}", api_key=KEY, profile=profile)


async def test_deepseek_is_told_in_the_message(way, fake):
    servers = [server(fake, "deepseek", "/beta")]
    async with way.client(fake, providers=servers, model="box:deepseek-v4-pro") as client:
        response = await client.chat("Write f", prefix="```python\n", stop="```")
    assert [note.code for note in response.notes] == ["prefix"]
    (seen,) = fake.requests
    assert seen.json["messages"] == [
        {"role": "user", "content": "Write f"},
        {"role": "assistant", "content": "```python\n", "prefix": True},
    ]


@pytest.mark.parametrize("profile", ["vllm", "sglang", "llamacpp"])
async def test_servers_that_render_templates_are_told_in_the_body(way, fake, profile):
    async with way.client(fake, providers=[server(fake, profile)], model="box:any") as client:
        async with client.stream("Write f", prefix="def ") as stream:
            await read_all(stream)
        response = stream.response
    assert [note.code for note in response.notes] == ["prefix"]
    (seen,) = fake.requests
    assert seen.json["messages"][-1] == {"role": "assistant", "content": "def "}
    assert {name: seen.json[name] for name in OPEN} == OPEN


async def test_where_it_is_not_taken_it_is_refused_with_a_remedy(way, fake):
    async with way.client(
        fake, providers=[server(fake, "openai")], model="box:gpt-6-luna"
    ) as client:
        with pytest.raises(UnsupportedFeatureError, match="Say in a user message"):
            await client.chat("Write f", prefix="def ")
    async with way.client(
        fake, providers=[server(fake, "deepseek")], model="box:deepseek-v4-pro"
    ) as client:
        with pytest.raises(UnsupportedFeatureError, match="base_url that ends in /beta"):
            await client.chat("Write f", prefix="def ")
    async with way.client(fake, providers=[server(fake, "fireworks")], model="box:any") as client:
        with pytest.raises(UnsupportedFeatureError, match="not known to go on"):
            await client.chat("Write f", prefix="def ")
    assert not fake.requests


async def test_of_a_host_that_may_not_know_it_the_note_says_so(way, fake):
    async with way.client(fake) as client:
        response = await client.chat("Write f", prefix="def ")
    (note,) = response.notes
    assert "generic may not know it" in note.message


async def test_a_prefix_is_a_text_and_comes_once(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(InvalidRequestError, match="prefix must be a string"):
            await client.chat("Hi", prefix=7)
        begun = ["Hi", unillm.AssistantMessage("def ")]
        with pytest.raises(InvalidRequestError, match="put both into one"):
            await client.chat(begun, prefix="def ")
    assert not fake.requests


async def test_what_was_begun_is_one_message_when_the_model_is_asked_again(way, fake):
    fake.enqueue(Answer("go on", tool_calls=[FakeCall("add", "{never")]), "done")
    tool = unillm.Tool("add", parameters={"type": "object"})
    async with way.client(fake, repair=unillm.RepairPolicy(reask=1)) as client:
        response = await client.chat("Hi", prefix="I ", tools=[tool])
    assert response.text == "done"
    roles = [(m["role"], m.get("content")) for m in fake.requests[1].json["messages"][:3]]
    assert roles[:2] == [("user", "Hi"), ("assistant", "I go on")]
    assert roles[2][0] == "tool"
