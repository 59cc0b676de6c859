"""One conversation with tools, from GPT-5.5 to DeepSeek and on to vLLM, through strict fakes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

import unillm
from unillm import ImagePart, ToolMessage, UserMessage
from unillm.testing import Answer, FakeCall, FakeProvider, rules

PNG = ImagePart("data:image/png;base64,iVBORw0KGgo=")
GPT, PRO = "openai:gpt-5.5", "deepseek:deepseek-v4-pro"
OPEN = "vllm:deepseek-ai/DeepSeek-V4.1-Flash"
SUMMED = {"reasoning": {"summary": "auto"}}
KEY = "k"


def get_picture(place: str) -> str:
    """Get a picture of a place."""
    return place


class Hosts:
    """Three strict hosts, and who is asked at each."""

    def __init__(self, stack: ExitStack) -> None:
        seeing = rules.get("vllm").without("image")
        self.openai = stack.enter_context(FakeProvider(rules="openai"))
        self.deepseek = stack.enter_context(FakeProvider(rules="deepseek"))
        self.vllm = stack.enter_context(FakeProvider(rules=seeing))

    @property
    def providers(self) -> list[unillm.Provider]:
        """Return the providers of a client that may ask all of them."""
        given = {"openai": self.openai, "deepseek": self.deepseek, "vllm": self.vllm}
        return [
            unillm.Provider(name, base_url=fake.base_url, api_key=KEY)
            for name, fake in given.items()
        ]

    def refused(self) -> list[str | None]:
        """Return the rules that were broken, of all requests."""
        served = (*self.openai.served, *self.deepseek.served, *self.vllm.served)
        return [one.rule for one in served if one.rule or one.status != 200]


@pytest.fixture
def hosts():
    with ExitStack() as stack:
        yield Hosts(stack)


async def asked(client: Any, history: list[Any], model: str, *, streamed: bool, **more: Any) -> Any:
    """Ask, put the answer at the end of the history, and return it."""
    call = {"model": model, "tools": [get_picture], **more}
    if streamed:
        async with client.stream(history, **call) as stream:
            async for _ in stream:
                pass
        response = stream.response
    else:
        response = await client.chat(history, **call)
    history.append(response.message)
    return response


def results(response: Any, *content: Any) -> list[ToolMessage]:
    return [
        ToolMessage(call.id, said) for call, said in zip(response.tool_calls, content, strict=True)
    ]


def thoughts(request: Any, field: str) -> list[str]:
    """Return the reasoning that was sent back, of every turn."""
    return [one[field] for one in request.json["messages"] if one["role"] == "assistant"]


def of_type(request: Any, kind: str) -> list[Any]:
    """Return the items of a type that were sent over the Responses API."""
    return [item for item in request.json["input"] if item.get("type") == kind]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_conversation_goes_on_at_another_model(way, hosts, streamed):
    client = way.client(None, providers=hosts.providers, model=GPT)
    hosts.openai.enqueue(
        Answer(
            "Let me look.",
            reasoning="Pictures help.",
            tool_calls=[
                FakeCall("get_picture", {"place": "Paris"}),
                FakeCall("get_picture", {"place": "Rome"}),
            ],
        ),
        Answer("Both are sunny.", reasoning="The sky is blue."),
    )
    hosts.deepseek.enqueue(
        Answer(reasoning="Berlin too.", tool_calls=[FakeCall("get_picture", {"place": "Berlin"})]),
        Answer("It is grey.", reasoning="Clouds."),
    )
    history: list[Any] = [UserMessage("How is the weather in Paris and Rome?")]
    more: dict[str, Any] = {"reasoning_effort": "high", "extra_body": SUMMED}

    first = await asked(client, history, GPT, streamed=streamed, **more)
    assert (first.api, first.reasoning) == ("responses", "Pictures help.")
    ids = [call.id for call in first.tool_calls]
    history += results(first, (unillm.TextPart("Paris:"), PNG), "Rome: sunny.")
    second = await asked(client, history, GPT, streamed=streamed, **more)
    assert second.text == "Both are sunny."
    request = hosts.openai.requests[-1]
    assert [item["call_id"] for item in of_type(request, "function_call")] == ids
    outputs = of_type(request, "function_call_output")
    assert [item["call_id"] for item in outputs] == ids
    assert outputs[0]["output"][1]["image_url"] == PNG.url
    (thought,) = of_type(request, "reasoning")
    assert thought["encrypted_content"]

    history.append(UserMessage("And Berlin?"))
    # The picture of Paris cannot go to a model that reads text alone.
    with pytest.raises(unillm.UnsupportedFeatureError, match="reads no images"):
        await asked(client, history, PRO, streamed=streamed)
    assert hosts.deepseek.requests == []
    history[2] = ToolMessage(ids[0], "Paris: sunny.")
    third = await asked(client, history, PRO, streamed=streamed)
    assert (third.api, third.reasoning) == ("chat", "Berlin too.")
    history += results(third, "Berlin: grey.")
    fourth = await asked(client, history, PRO, streamed=streamed)
    assert fourth.text == "It is grey."
    request = hosts.deepseek.requests[-1]
    sent, known = request.json["messages"], ["Pictures help.", "The sky is blue.", "Berlin too."]
    assert thoughts(request, "reasoning_content") == known
    called = [call["id"] for one in sent for call in one.get("tool_calls", ())]
    assert called == [*ids, third.tool_calls[0].id]
    assert [one["tool_call_id"] for one in sent if one["role"] == "tool"] == called

    history.append({"role": "user", "content": ["And this is London. Nice?", PNG]})
    fifth = await asked(client, history, OPEN, streamed=streamed)
    assert fifth.provider == "vllm"
    request = hosts.vllm.requests[-1]
    assert request.json["messages"][-1]["content"][1]["image_url"]["url"] == PNG.url
    assert thoughts(request, "reasoning") == [*known, "Clouds."]
    history += results(fifth, *("Fine." for _ in fifth.tool_calls))

    # And back: what OpenAI sealed is sent to it again, and what others thought is not.
    last = await asked(client, history, GPT, streamed=streamed, **more)
    assert last.api == "responses"
    request = hosts.openai.requests[-1]
    sealed = of_type(request, "reasoning")
    assert [item["summary"][0]["text"] for item in sealed] == known[:2]
    assert "Berlin too." not in str(request.json)
    assert hosts.refused() == []
    assert not [note for note in last.notes if note.code == "reasoning_placeholder"]
    await client.close()
