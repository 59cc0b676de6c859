"""``stop`` where OpenAI does not take it: over both interfaces, whole and streamed, three ways."""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false

import json

import pytest

import unillm
from tests.client.ways import ONCE, read_all
from tests.wire.drive import WEATHER
from unillm.testing import Answer, FakeCall, FakeProvider

TEXT = "one two three END four five six"
ROUTES = {
    # by what the request goes over this interface, and does not stop there
    "chat": {"model": "openai:gpt-5.5"},
    "responses": {"model": "openai:gpt-5.6-sol", "tools": [WEATHER]},
}


@pytest.fixture
def openai():
    with FakeProvider(rules="openai") as fake:
        yield fake


def asking(way, fake, **options):
    providers = [unillm.Provider("openai", base_url=fake.base_url, api_key="k")]
    return way.client(fake, providers=providers, retry=ONCE, **options)


async def answered(client, *asked, streamed, **options):
    """Return the answer, and the pieces in which its text was shown."""
    if not streamed:
        answer = await client.chat(*asked, **options)
        return answer, [answer.text]
    async with client.stream(*asked, **options) as stream:
        events = await read_all(stream)
    assert isinstance(events[-1], unillm.Finished)
    assert not any(isinstance(event, unillm.ToolCallStarted) for event in events)
    return stream.response, [e.text for e in events if isinstance(e, unillm.TextDelta)]


def sent(fake, number=-1):
    return json.loads(fake.requests[number].body)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", ROUTES)
async def test_the_text_is_cut_here(way, openai, api, streamed):
    later = FakeCall("get_weather", {"city": "Paris"}, "call_1")
    openai.enqueue(Answer(TEXT, tool_calls=[later] if api == "responses" else []))
    async with asking(way, openai) as client:
        answer, shown = await answered(
            client, "Hi", streamed=streamed, stop=["six", "END"], **ROUTES[api]
        )
    assert answer.api == api
    assert "stop" not in sent(openai)
    assert answer.text == "".join(shown) == "one two three "
    assert (answer.finish_reason, answer.tool_calls) == ("stop", ())
    assert answer.usage.output_tokens > 3
    assert [note.code for note in answer.notes] == ["rewritten_stop", "cut_at_stop"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", ROUTES)
async def test_without_a_stop_text_all_of_it_comes(way, openai, api, streamed):
    openai.enqueue(Answer(TEXT, finish_reason="length"))
    async with asking(way, openai) as client:
        answer, shown = await answered(
            client, "Hi", streamed=streamed, stop="sixteen", **ROUTES[api]
        )
    assert answer.text == "".join(shown) == TEXT
    assert answer.finish_reason == "length"
    assert [note.code for note in answer.notes] == ["rewritten_stop"]
    assert "billed all the same" in answer.notes[0].message


@pytest.mark.parametrize("api", ROUTES)
async def test_what_was_cut_does_not_go_back(way, openai, api):
    openai.enqueue(Answer(TEXT, reasoning="Hm."), Answer("ok"))
    async with asking(way, openai) as client:
        cut = await client.chat("Hi", stop=["END"], **ROUTES[api])
        await client.chat(["Hi", cut.message, "Go on"], **ROUTES[api])
    assert "one two three " in openai.requests[-1].body.decode()
    assert "four" not in openai.requests[-1].body.decode()


async def test_where_the_host_takes_it_the_host_stops(way, openai):
    openai.enqueue(Answer(TEXT))
    async with asking(way, openai, model="openai:gpt-5.5") as client:
        answer = await client.chat("Hi", stop=["END"], reasoning_effort="none")
    assert sent(openai)["stop"] == ["END"]
    assert (answer.text, answer.notes) == (TEXT, ())


async def test_an_empty_stop_text_is_refused(way, openai):
    async with asking(way, openai, model="openai:gpt-5.5") as client:
        with pytest.raises(unillm.InvalidRequestError, match="texts that are not empty"):
            await client.chat("Hi", stop=["END", ""])
    assert openai.requests == []
