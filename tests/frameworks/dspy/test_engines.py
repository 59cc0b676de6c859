"""The contract of engines: what goes in, what comes out, and that both ways give the same."""

import asyncio
import base64
import json
from typing import Any

import pytest
from dspy import lm15
from dspy._vendor.lm15.serde import response_from_dict, response_to_dict  # what its cache does

import unillm
from unillm.integrations.dspy import AsyncUnillmEngine, UnillmEngine
from unillm.testing import Answer, FakeCall, FakeProvider, Raw

PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
).decode()
TOOL = lm15.FunctionTool(
    "get_weather",
    "Look up the weather.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
LEAK = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'
WAYS = ["complete", "stream", "acomplete", "astream"]


@pytest.fixture
def engine(client: unillm.Client) -> UnillmEngine:
    return UnillmEngine(client)


@pytest.fixture
def twin(async_client: unillm.AsyncClient) -> AsyncUnillmEngine:
    return AsyncUnillmEngine(async_client)


def asking(*messages: lm15.Message, **more: Any) -> lm15.Request:
    given = messages or (lm15.Message.user("Hi"),)
    return lm15.Request(model="unillm/deepseek:deepseek-v4-pro", messages=given, **more)


def got(way: str, engine: UnillmEngine, twin: AsyncUnillmEngine, request: lm15.Request) -> Any:
    """Ask in one of the four ways, as DSPy does."""

    async def streamed() -> lm15.Response:
        return await lm15.amaterialize_response(twin.stream(request), request)

    match way:
        case "complete":
            return engine.complete(request)
        case "stream":
            return lm15.materialize_response(engine.stream(request), request)
        case "acomplete":
            return asyncio.run(twin.complete(request))
        case _:
            return asyncio.run(streamed())


def same(response: lm15.Response) -> Any:
    """Leave out what differs between two calls, however alike."""
    beside: Any = response.provider_data
    told = {k: v for k, v in beside["unillm"].items() if k in {"finish_reason", "tool_calls"}}
    for call in told["tool_calls"]:
        del call["id"]
    parts = [
        (part.type, getattr(part, "text", getattr(part, "input", None)))
        for part in response.message.parts
    ]
    return parts, response.finish_reason, response.usage, response.model, told


ANSWERS = {
    "text": Answer("Grüß Gott 🎉\n", reasoning="Think."),
    "nothing": Answer("", reasoning="Think."),
    "call": Answer(tool_calls=[FakeCall("get_weather", {"city": "Köln"})], reasoning="Look."),
    "calls": Answer("Wait.", tool_calls=[FakeCall("get_weather", {"city": c}) for c in "AB"]),
    "repaired": Answer(tool_calls=[FakeCall("get_weather", "{'city': 'Paris',}")]),
    "leaked": Answer(f"Let me look.\n{LEAK}"),
    "refusal": Answer(refusal="I will not."),
    "cut short": Answer("Once upon", finish_reason="length"),
    "no usage": Answer("Hi", usage=None),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_all_ways_give_the_same(
    name: str, engine: UnillmEngine, twin: AsyncUnillmEngine, fake: FakeProvider
) -> None:
    fake.enqueue(*([ANSWERS[name]] * 4))
    found = [same(got(way, engine, twin, asking(tools=(TOOL,)))) for way in WAYS]
    assert found[1:] == [found[0]] * 3
    assert [seen.wants_stream for seen in fake.requests] == [False, True, False, True]


def test_an_answer(engine: UnillmEngine, fake: FakeProvider) -> None:
    fake.enqueue(Answer("Hello", reasoning="Think.", headers={"x-request-id": "r1"}))
    response = engine.complete(asking())
    assert response.message.parts == (lm15.ThinkingPart("Think."), lm15.TextPart("Hello"))
    assert response.finish_reason == "stop"
    assert response.usage.cache_write_tokens is None  # not reported is not zero
    told: Any = response.provider_data
    cost = unillm.Cost.from_dict(told["unillm"]["cost"])
    assert (cost.state, cost.total == sum(line.usd for line in cost.lines)) == ("exact", True)
    assert [a["outcome"] for a in told["unillm"]["attempts"]] == ["ok"]
    assert response_from_dict(response_to_dict(response, include_provider_data=True)) == response


def test_usage_that_was_not_reported(engine: UnillmEngine, fake: FakeProvider) -> None:
    fake.enqueue(Answer("Hello", usage=None))
    response = engine.complete(asking())
    assert response.usage == lm15.Usage()
    told: Any = response.provider_data
    assert told["unillm"]["cost"]["state"] != "exact"


def test_a_repaired_call_tells_what_was_changed(engine: UnillmEngine, fake: FakeProvider) -> None:
    fake.enqueue(ANSWERS["repaired"])
    response = engine.complete(asking(tools=(TOOL,)))
    assert response.tool_calls[0].input == {"city": "Paris"}
    (call,) = dict(response.provider_data or {})["unillm"]["tool_calls"]  # type: ignore[index]
    assert (call["raw"], bool(call["repairs"])) == ("{'city': 'Paris',}", True)


def test_a_leaked_call_is_a_call(engine: UnillmEngine, fake: FakeProvider) -> None:
    fake.enqueue(ANSWERS["leaked"])
    response = engine.complete(asking(tools=(TOOL,)))
    assert [call.input for call in response.tool_calls] == [{"city": "Paris"}]
    assert response.finish_reason == "tool_call"
    assert "<tool_call>" not in str(response.message.parts)


@pytest.mark.parametrize("way", WAYS)
def test_reasoning_goes_back(
    way: str, engine: UnillmEngine, twin: AsyncUnillmEngine, fake: FakeProvider
) -> None:
    fake.enqueue(ANSWERS["call"], "Sunny.")
    first = got(way, engine, twin, asking(tools=(TOOL,)))
    told = lm15.Message.tool(first.tool_calls[0].id, "sunny")
    request = asking(lm15.Message.user("Weather?"), first.message, told, tools=(TOOL,))
    assert got(way, engine, twin, request).text == "Sunny."
    asked = fake.requests[1].messages[-2]
    assert asked["reasoning_content"] == "Look."
    assert json.loads(asked["tool_calls"][0]["function"]["arguments"]) == {"city": "Köln"}


def test_what_only_its_provider_reads_goes_back_to_it() -> None:
    with FakeProvider(rules="openai") as fake:
        provider = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        with unillm.Client(providers=[provider]) as client:
            engine = UnillmEngine(client)
            fake.enqueue(ANSWERS["call"], "Sunny.")
            more: Any = {"model": "unillm/openai:gpt-5.5", "tools": (TOOL,)}
            high = lm15.Config(reasoning=lm15.Reasoning("high"))
            user = lm15.Message.user("Weather?")
            first = engine.complete(lm15.Request(messages=(user,), config=high, **more))
            kept = response_from_dict(response_to_dict(first)).message
            told = lm15.Message.tool(first.tool_calls[0].id, "sunny")
            engine.complete(lm15.Request(messages=(user, kept, told), config=high, **more))
    again = [item for item in fake.requests[1].items if item.get("type") == "reasoning"]
    assert [bool(item["encrypted_content"]) for item in again] == [True]


def test_what_is_sent(engine: UnillmEngine, fake: FakeProvider) -> None:
    messages = (
        lm15.Message.user([lm15.TextPart("See:"), lm15.DataPart({"a": 1})]),
        lm15.Message.assistant([lm15.TextPart("Well."), lm15.CitationPart(url="http://x.example")]),
        lm15.Message.developer("Be brief."),
        lm15.Message.assistant([lm15.ToolCallPart("c1", "get_weather", {"city": "Rome"})]),
        lm15.Message.tool("c1", "no such city", is_error=True),
        lm15.Message.user("Go on."),
    )
    config = lm15.Config(
        max_tokens=9,
        temperature=0.5,
        stop=("x",),
        tool_choice=lm15.ToolChoice("none"),
        response_format={"type": "json_object"},
        reasoning=lm15.Reasoning("off"),
    )
    engine.complete(asking(*messages, system="Answer in JSON.", tools=(TOOL,), config=config))
    (seen,) = fake.requests
    roles = [message["role"] for message in seen.messages]
    assert roles == ["system", "user", "assistant", "system", "assistant", "tool", "user"]
    assert '{"a": 1}' in json.dumps(seen.messages[1]).replace('\\"', '"')
    assert seen.messages[2]["content"] == "Well."
    assert seen.messages[5]["content"] == "[error] no such city"
    assert seen.fields["max_tokens"] == 9
    assert seen.fields["thinking"] == {"type": "disabled"}
    assert [tool["name"] for tool in seen.tools] in ([], ["get_weather"])


def test_images_and_sounds() -> None:
    with FakeProvider() as fake:
        provider = unillm.Provider("box", base_url=fake.base_url)
        with unillm.Client(providers=[provider]) as client:
            parts = [
                lm15.TextPart("See:"),
                lm15.ImagePart(data=PNG, detail="low"),
                lm15.ImagePart(url="https://x.example/a.png"),
                lm15.AudioPart(data="AAAA"),
                lm15.DocumentPart(data="JVBERi0="),
            ]
            request = lm15.Request(model="unillm/box:any", messages=(lm15.Message.user(parts),))
            UnillmEngine(client).complete(request)
    content = fake.requests[0].messages[0]["content"]
    assert [part["type"] for part in content] == [
        "text",
        "image_url",
        "image_url",
        "input_audio",
        "file",
    ]
    assert content[1]["image_url"] == {"url": f"data:image/png;base64,{PNG}", "detail": "low"}


@pytest.mark.parametrize(
    "part", [lm15.VideoPart(url="https://x.example/v"), lm15.ImagePart(file_id="f")]
)
def test_what_cannot_be_sent_is_refused(
    part: Any, engine: UnillmEngine, fake: FakeProvider
) -> None:
    with pytest.raises(lm15.UnsupportedFeatureError, match="parts") as caught:
        engine.complete(asking(lm15.Message.user([part])))
    assert caught.value.feature == "messages[0].parts[0]"
    assert fake.requests == []


def test_what_is_not_sent_as_asked_is_told(engine: UnillmEngine, fake: FakeProvider) -> None:
    other = lm15.FunctionTool("other")
    config = lm15.Config(
        top_k=5,
        probabilities="if_available",
        reasoning=lm15.Reasoning("high", thinking_budget=9, summary="auto"),
        tool_choice=lm15.ToolChoice(allowed=("get_weather",)),
    )
    request = asking(tools=(TOOL, other), config=config)
    found = [engine.complete(request), lm15.materialize_response(engine.stream(request), request)]
    for response in found:
        assert {one.field: one.action for one in response.adaptations} == {
            "config.top_k": "dropped",
            "config.reasoning.thinking_budget": "dropped",
            "config.reasoning.summary": "dropped",
            "config.probabilities": "dropped",
            "config.tool_choice.allowed": "client_side",
        }
    assert [tool["name"] for tool in fake.requests[0].tools] == ["get_weather"]


@pytest.mark.parametrize(
    "config",
    [
        lm15.Config(probabilities="required"),
        lm15.Config(cache=lm15.CacheConfig(retention="long")),
        lm15.Config(cache=lm15.CacheConfig(resource="r")),
        lm15.Config(tool_choice=lm15.ToolChoice("required", ("get_weather",))),
    ],
)
def test_what_must_not_be_left_out_is_refused(
    config: lm15.Config, engine: UnillmEngine, fake: FakeProvider
) -> None:
    with pytest.raises(lm15.UnsupportedFeatureError):  # the last by DeepSeek's profile
        engine.complete(asking(tools=(TOOL,), config=config))
    assert fake.requests == []


def test_a_providers_own_fields(engine: UnillmEngine, fake: FakeProvider) -> None:
    config = lm15.Config(logprobs=2, extensions={"metadata": {"a": "b"}, "odd": [1]})
    engine.complete(asking(config=config))
    assert fake.requests[0].fields["odd"] == [1]


def test_probabilities_of_tokens() -> None:
    token = {"token": "Hi", "logprob": -0.1, "bytes": [72, 105]}
    scored = {**token, "top_logprobs": [token]}
    body = {
        "id": "1", "model": "any", "object": "chat.completion", "created": 1,
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": {"content": [scored]},
                     "message": {"role": "assistant", "content": "Hi"}}],
    }  # fmt: skip
    with FakeProvider() as fake:
        fake.enqueue(Raw(segments=[json.dumps(body).encode()]))
        provider = unillm.Provider("box", base_url=fake.base_url)
        with unillm.Client(providers=[provider]) as client:
            request = lm15.Request(
                model="unillm/box:any",
                messages=(lm15.Message.user("Hi"),),
                config=lm15.Config(logprobs=1),
            )
            response = UnillmEngine(client).complete(request)
    assert fake.requests[0].fields["top_logprobs"] == 1
    (one,) = response.logprobs or ()
    assert (one.token, one.bytes, one.top[0].logprob) == ("Hi", (72, 105), -0.1)
