"""Every provider over its strict fake: what is said comes back, and all that is sent is taken.

Real sockets, three ways. A provider that is new comes here by itself, and fails until it has rules.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

import unillm
from tests.client.ways import ONCE, read_all
from tests.strict.hosts import rules_for, usual
from unillm.providers import names, profile_named
from unillm.testing import Answer, FakeCall, FakeProvider, Raw

every = pytest.mark.parametrize("name", names())
KEY = "right"
TWO = (FakeCall("get_weather", {"city": "Rome"}), FakeCall("get_weather", {"city": "Oslo"}))
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "city", "schema": SCHEMA, "strict": True},
}
SETTINGS: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 77,
    "stop": ["END"],
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.2,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "tool_choice": "get_weather",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "reasoning_effort": "medium",
    "verbosity": "low",
    "service_tier": "flex",
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "user": "u",
    "metadata": {"a": "b"},
    "store": True,
}
ELSEWHERE = {
    "max_tokens": {"max_completion_tokens", "max_output_tokens"},
    "reasoning_effort": {"reasoning", "thinking", "chat_template_kwargs"},
    "response_format": {"text"},
    "verbosity": {"text"},
}
"""Under which other fields a setting may go."""


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city.
    """
    return f"Sunny in {city}."


@contextlib.contextmanager
def host(name: str, *replies: Any) -> Iterator[FakeProvider]:
    """Give the strict fake of a provider; whatever was sent to it, it has taken."""
    with FakeProvider(rules=rules_for(name, usual(name)), api_key=KEY) as fake:
        fake.enqueue(*replies)
        yield fake
        assert fake.wait(in_flight=0)
        assert [(one.rule, one.seen.fields) for one in fake.served if one.rule] == []
        assert [one.ignored for one in fake.requests if one.ignored] == []


def client(way: Any, name: str, fake: FakeProvider, *, key: str = KEY) -> Any:
    """Give a client of a provider that is where the fake is."""
    there = unillm.Provider(name, base_url=fake.base_url, api_key=key)
    return way.client(None, providers=[there], model=f"{name}:{usual(name)}", retry=ONCE)


async def asked(client: Any, messages: Any, *, streamed: bool, **options: Any) -> Any:
    if not streamed:
        return await client.chat(messages, **options)
    async with client.stream(messages, **options) as stream:
        await read_all(stream)
    return stream.response


@every
async def test_texts_and_json_come_back(way, name):
    with host(name) as fake:
        async with client(way, name, fake) as c:
            for streamed in (False, True):
                fake.enqueue(Answer("Hello.", reasoning="Greet back."))
                response = await asked(c, "Hello?", streamed=streamed)
                assert (response.text, response.finish_reason) == ("Hello.", "stop")
                assert response.usage.output_tokens > 0
                if name != "openai":  # which shows no reasoning
                    assert response.reasoning == "Greet back."
            form = {"type": "json_object"}
            response = await c.chat("A city, as json?", response_format=form)
            assert response.text
            before, refused = len(fake.requests), None
            try:
                response = await c.chat("A city, as json?", response_format=FORMAT)
            except unillm.UnsupportedFeatureError as error:
                refused = error.message
            if refused is None:
                assert isinstance(json.loads(response.text)["city"], str)
            else:
                assert "json_object" in refused
                assert len(fake.requests) == before


@every
@pytest.mark.parametrize("streamed", [False, True])
async def test_two_calls_are_answered_and_go_back_with_their_reasoning(way, name, streamed):
    turns = (
        Answer("Let me look.", reasoning="Two cities.", tool_calls=TWO),
        Answer("Sunny in both.", reasoning="Both are."),
        Answer("Bye."),
    )
    with host(name, *turns) as fake:
        async with client(way, name, fake) as c:
            history: list[Any] = [unillm.UserMessage("The weather in Rome and Oslo?")]
            first = await asked(c, history, streamed=streamed, tools=[get_weather])
            assert first.finish_reason == "tool_calls"
            assert [call.arguments["city"] for call in first.tool_calls] == ["Rome", "Oslo"]
            results = [
                unillm.ToolMessage(call.id, get_weather(**call.arguments))
                for call in first.tool_calls
            ]
            history += [first.message, *results]
            second = await asked(c, history, streamed=streamed, tools=[get_weather])
            assert second.text == "Sunny in both."
            history += [second.message, unillm.UserMessage("Thanks.")]
            assert (await asked(c, history, streamed=streamed, tools=[get_weather])).text == "Bye."
        assert thoughts(fake.requests[-1], name) == thoughts_expected(name)
        if "messages" in fake.requests[-1].json:
            sent = fake.requests[-1].json["messages"]
            answered = [one["tool_call_id"] for one in sent if one["role"] == "tool"]
            assert answered == [call.id for call in first.tool_calls]


def thoughts(request: Any, name: str) -> list[Any]:
    """Return the reasoning that went back, of each turn."""
    said = [one for one in request.json.get("messages", ()) if one["role"] == "assistant"]
    field = profile_named(name).reasoning_replay
    fields = {"drop": "reasoning_content", "as_received": "reasoning_content"}
    return [one.get(fields.get(field, field)) for one in said]


def thoughts_expected(name: str) -> list[Any]:
    if name == "openai":
        return []  # it went over the Responses API
    return ["Two cities.", "Both are."]


@every
@pytest.mark.parametrize("streamed", [False, True])
async def test_every_setting_at_once_is_taken_noted_or_refused_before(way, name, streamed):
    left = dict(SETTINGS)
    with host(name) as fake:
        async with client(way, name, fake) as c:
            response = None
            while response is None:
                asking, refused = "The weather in Rome, as json?", ""
                try:
                    response = await asked(
                        c, asking, streamed=streamed, tools=[get_weather], **left
                    )
                except unillm.UnsupportedFeatureError as error:
                    refused = error.message
                if response is None:
                    assert fake.requests == []
                    named = [key for key in left if key in refused.partition(". ")[0]]
                    assert named, refused
                    del left[named[0]]
        (request,) = fake.requests
        noted = " ".join(note.message for note in response.notes)
        lost = {
            key
            for key in left
            if not ({key} | ELSEWHERE.get(key, set())) & request.json.keys() and key not in noted
        }
        assert lost == set()


@every
async def test_errors_are_the_ones_of_their_status(way, name):
    slow = {"error": {"message": "Slow down.", "type": "rate_limit", "code": "rate_limited"}}
    down = {"error": {"message": "We are down.", "type": "server_error"}}
    replies = (
        Raw.of_json(slow, status=429, headers={"retry-after": "7"}),
        Raw.of_json(down, status=500),
    )
    with host(name, *replies) as fake:
        async with client(way, name, fake) as c:
            with pytest.raises(unillm.RateLimitError, match=r"Slow down\.") as limited:
                await c.chat("Hello?")
            assert (limited.value.retry_after, limited.value.provider) == (7.0, name)
            with pytest.raises(unillm.ServerError, match=r"We are down\."):
                await c.chat("Hello?")
        async with client(way, name, fake, key="wrong-key-0451") as c:
            with pytest.raises(unillm.AuthenticationError) as refused:
                await asked(c, "Hello?", streamed=True)
            assert refused.value.status == 401
            assert "wrong-key-0451" not in str(refused.value)
