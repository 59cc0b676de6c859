"""What the client sends is what the hosts take: held against fakes that refuse what they refuse.

The fakes know nothing of the client's profiles and catalog. A request that is refused here, or of
which something is silently ignored, is a mistake on one of the two sides.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

import unillm
from unillm.testing import Answer, FakeCall, FakeTransport

pytestmark = pytest.mark.filterwarnings("ignore::unillm.RetiredModelWarning")

OPENAI = ("gpt-4.1", "o3", "gpt-5", "gpt-5.2", "gpt-5.4", "gpt-5.5", "gpt-5.5-pro", "gpt-5.6")
NEWER = ("gpt-6-astra", "gpt-6-sol", "gpt-6.1-sol", "gpt-6.1-terra", "gpt-6.2-sol")
DEEPSEEK = ("deepseek-v4-pro", "deepseek-flash")
MODELS = [f"openai:{name}" for name in (*OPENAI, *NEWER)] + [f"deepseek:{n}" for n in DEEPSEEK]
APIS = ("chat", "responses", None)
HARMLESS = {
    *("store", "include"),  # DeepSeek keeps nothing, and has nothing to include
    *("stop", "top_logprobs"),  # whether DeepSeek's Responses API knows them is not said
}
"""What is sent to DeepSeek's Responses API though it may be ignored there."""
DISPUTED = {"deepseek-v4-pro": {"top_p"}}
"""What the catalog reads otherwise: there this model minds top_p only while it does not think."""
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15"
    b"\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00"
    b"\x00\x00IEND\xaeB`\x82"
)
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": CITY, "strict": True}}


def get_weather(city: str, days: int = 1) -> str:
    """Look up the weather.

    Args:
        city: The city.
        days: For how many days.
    """
    return f"{days} sunny days in {city}."


def asked(model: str, api: Any, *queued: Any) -> tuple[unillm.Client, FakeTransport]:
    """Return a client of a strict host."""
    host = model.partition(":")[0]
    fake = FakeTransport(*queued, rules=host)
    where = unillm.Provider(host, base_url="http://host.example/v1", api_key="k", api=api)
    once = unillm.RetryPolicy(max_attempts=1)
    return unillm.Client(providers=[where], transport=fake, model=model, retry=once), fake


def check(fake: FakeTransport) -> None:
    """Nothing was refused, nothing was ignored."""
    if not fake.served:
        return
    assert [(one.rule, one.seen.fields) for one in fake.served if one.rule] == []
    ignored = {name for one in fake.served for name in one.seen.ignored}
    seen = fake.served[0].seen
    known = (HARMLESS if seen.api == "responses" else set()) | DISPUTED.get(seen.model, set())
    assert ignored - known == set()


SETTINGS: dict[str, dict[str, Any]] = {
    "none": {},
    "sampling": {"temperature": 0.2, "max_tokens": 100},
    "top-p": {"top_p": 0.5},
    "limits": {"stop": ["a"], "max_tokens": 100},
    "seed": {"seed": 1},
    "effort-none": {"reasoning_effort": "none", "temperature": 0.2},
    "effort-none-top-p": {"reasoning_effort": "none", "top_p": 0.5},
    "effort-low": {"reasoning_effort": "low"},
    "effort-max": {"reasoning_effort": "max"},
    "json": {"response_format": {"type": "json_object"}},
    "schema": {"response_format": FORMAT},
    "tools": {"tools": [get_weather]},
    "tools-forced": {"tools": [get_weather], "tool_choice": "required"},
    "tools-strict": {"tools": [unillm.Tool(name="f", parameters=CITY, strict=True)]},
    "tools-effort": {"tools": [get_weather], "reasoning_effort": "low"},
    "logprobs": {"logprobs": True, "top_logprobs": 2},
    "parallel": {"tools": [get_weather], "parallel_tool_calls": False},
    "user": {"metadata": {"a": "b"}, "store": False, "service_tier": "flex"},
}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("api", APIS)
def test_a_request_is_taken_or_refused_by_the_client_itself(api, model, settings):
    client, fake = asked(model, api)
    with contextlib.suppress(unillm.UnsupportedFeatureError):
        client.chat("Give me json about Rome", **SETTINGS[settings])
        with client.stream("Give me json about Rome", **SETTINGS[settings]) as stream:
            list(stream)
    assert len(fake.served) in {0, 2}
    check(fake)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("api", APIS)
def test_a_conversation_with_tools_and_reasoning_goes_on(api, model):
    calls = [FakeCall("get_weather", {"city": city}) for city in ("Rome", "Oslo")]
    thinking = Answer("Let me look.", reasoning="Two cities.", tool_calls=calls)
    client, fake = asked(model, api, thinking, Answer("Sunny."), Answer(tool_calls=calls[:1]))
    messages: list[unillm.Message] = [
        unillm.SystemMessage("Be brief."),
        unillm.UserMessage("The weather in Rome and Oslo?"),
    ]
    with contextlib.suppress(unillm.UnsupportedFeatureError):
        for _ in range(4):
            response = client.chat(messages, tools=[get_weather])
            results = [
                unillm.ToolMessage(call.id, get_weather(**call.arguments))
                for call in response.tool_calls
            ]
            messages += [response.message, *(results or [unillm.UserMessage("And tomorrow?")])]
        client.chat(messages)
    assert len(fake.served) in {0, 5}
    check(fake)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("api", APIS)
def test_an_image_is_taken_or_refused_by_the_client_itself(api, model):
    client, fake = asked(model, api)
    with contextlib.suppress(unillm.UnsupportedFeatureError):
        client.chat([unillm.UserMessage(["What is this?", unillm.ImagePart.from_bytes(PIXEL)])])
    assert len(fake.served) in {0, 1}
    check(fake)


def test_most_of_it_is_taken():
    served = 0
    for model in MODELS:
        for settings in SETTINGS.values():
            client, fake = asked(model, None)
            with contextlib.suppress(unillm.UnsupportedFeatureError):
                client.chat("Give me json about Rome", **settings)
            served += len(fake.served)
    assert served > 0.8 * len(MODELS) * len(SETTINGS)
