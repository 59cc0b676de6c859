"""Conversations with tools go on with strict hosts: what they said goes back to them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

import unillm
from tests.strict.hosts import rules_for, usual
from unillm.providers import names
from unillm.testing import Answer, FakeCall, FakeTransport

pytestmark = pytest.mark.filterwarnings("ignore::unillm.RetiredModelWarning")

OPENAI = ("gpt-4.1", "o3", "gpt-5", "gpt-5.2", "gpt-5.4", "gpt-5.5", "gpt-5.5-pro", "gpt-5.6")
NEWER = ("gpt-6-astra", "gpt-6-sol", "gpt-6.1-sol", "gpt-6.1-terra", "gpt-6.2-sol")
DEEPSEEK = ("deepseek-v4-pro", "deepseek-flash")
BOTH = [f"openai:{name}" for name in (*OPENAI, *NEWER)] + [f"deepseek:{n}" for n in DEEPSEEK]
ASKED = [(api, model) for api in ("chat", "responses", None) for model in BOTH]
ASKED += [(None, f"{name}:{usual(name)}") for name in names() if name not in {"openai", "deepseek"}]
CALLS = [FakeCall("get_weather", {"city": city}) for city in ("Rome", "Oslo")]
TURNS = (
    Answer("Let me look.", reasoning="Two cities.", tool_calls=CALLS, phase="commentary"),
    Answer("Sunny.", reasoning="Both are."),
    Answer(tool_calls=CALLS[:1]),
    Answer("Rainy."),
)


def get_weather(city: str, days: int = 1) -> str:
    """Look up the weather.

    Args:
        city: The city.
        days: For how many days.
    """
    return f"{days} sunny days in {city}."


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("api", "model"), ASKED)
def test_what_was_said_goes_back(api: Any, model: str, streamed: bool):
    host = model.partition(":")[0]
    fake = FakeTransport(*TURNS, rules=rules_for(host, model.partition(":")[2]))
    where = unillm.Provider(host, base_url="http://host.example/v1", api_key="k", api=api)
    once = unillm.RetryPolicy(max_attempts=1)
    client = unillm.Client(providers=[where], transport=fake, model=model, retry=once)
    messages: list[unillm.Message] = [unillm.SystemMessage("Be brief.")]
    messages.append(unillm.UserMessage("The weather in Rome and Oslo?"))
    with contextlib.suppress(unillm.UnsupportedFeatureError):
        for _ in TURNS:
            response = answered(client, messages, streamed=streamed)
            results = [
                unillm.ToolMessage(call.id, get_weather(**call.arguments))
                for call in response.tool_calls
            ]
            messages += [response.message, *(results or [unillm.UserMessage("And tomorrow?")])]
        client.chat(messages)
    assert [(one.rule, one.seen.fields) for one in fake.served if one.rule] == []
    # Chat takes no tools of some models; asked so, the client refuses before it sends.
    assert len(fake.served) == len(TURNS) + 1 or (api == "chat" and not fake.served)


def answered(client: unillm.Client, messages: list[unillm.Message], *, streamed: bool) -> Any:
    """Return the response of one turn."""
    if not streamed:
        return client.chat(messages, tools=[get_weather])
    with client.stream(messages, tools=[get_weather]) as stream:
        list(stream)
    return stream.response
