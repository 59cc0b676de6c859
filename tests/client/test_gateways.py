"""OpenRouter, the LiteLLM proxy and Hugging Face's router: ids, costs, thinking, errors in 200."""

# pyright: reportOptionalMemberAccess=false

from dataclasses import replace
from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY, ONCE
from tests.wire.drive import WEATHER
from tests.wire.recordings import FOLDER
from unillm.testing import Answer, FakeProvider, Raw

STREAM = {"content-type": "text/event-stream"}
USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
TEXT = {"role": "user", "content": "Hi"}


@pytest.fixture
def openrouter():
    with FakeProvider(rules="openrouter", api_key=KEY) as playing:
        yield playing


def clients(way, fake, *, name="openrouter", model="deepseek-v4-pro", **options):
    given = {"base_url": fake.base_url, "api_key": KEY, **options}
    provider = unillm.Provider(name, **given)
    return way.client(fake, providers=[provider], model=f"{name}:{model}", retry=ONCE)


def recorded(name):
    return Raw(segments=[(FOLDER / "openrouter" / name).read_bytes()], headers=STREAM)


async def streamed(client, *args, **options):
    async with client.stream(*args, **options) as stream:
        async for _event in stream:
            pass
    return stream.response


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("deepseek-v4-pro", "deepseek/deepseek-v4-pro-0813"),
        ("deepseek-flash:floor", "deepseek/deepseek-v4.1-flash:floor"),
        ("gpt-5.5", "openai/gpt-5.5"),
        ("anthropic/claude-of-tomorrow:free", "anthropic/claude-of-tomorrow:free"),
    ],
)
async def test_models_go_by_openrouters_ids(way, openrouter, model, sent):
    async with clients(way, openrouter, model=model) as client:
        response = await client.chat("Hi")
    (seen,) = openrouter.requests
    assert seen.model == sent
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert ("host_id" in {note.code for note in response.notes}) is (sent != model)
    assert response.upstream == "FakeHost"


async def test_a_model_it_does_not_have_is_told_with_those_it_has(way, openrouter):
    async with clients(way, openrouter, model="deepseek-v4-flash") as client:
        with pytest.raises(unillm.ModelNotFoundError, match="not a valid model ID") as caught:
            await client.chat("Hi")
    assert "deepseek/deepseek-v4-flash-0731" in caught.value.message


async def test_routing_of_its_own_passes_through(way, openrouter):
    own = {
        "provider": {"order": ["deepseek"], "data_collection": "deny", "zdr": True},
        "models": ["deepseek/deepseek-v3.2"],
        "transforms": ["middle-out"],
    }
    async with clients(way, openrouter) as client:
        await client.chat("Hi", extra_body=own, max_tokens=9, reasoning_effort="low")
    fields = openrouter.requests[0].fields
    assert {name: fields[name] for name in own} == own
    assert fields["max_tokens"] == 9
    assert fields["reasoning"] == {"effort": "low"}
    assert "reasoning_effort" not in fields


async def test_what_it_charged_is_on_the_answer_and_on_the_attempt(way, openrouter):
    for cost in (0.00078, 1.23e-05, 0, "0.1"):
        openrouter.enqueue(Answer("Hi.", usage={**USAGE, "cost": cost, "is_byok": False}))
        openrouter.enqueue(Answer("Hi.", usage={**USAGE, "cost": cost}))
        async with clients(way, openrouter) as client:
            for response in (await client.chat("Hi"), await streamed(client, "Hi")):
                assert response.reported_cost == Decimal(str(cost))
                assert response.attempts[0].reported_cost == response.reported_cost
                assert response.cost.total is None  # what it says is not what was reckoned
                assert unillm.ChatResponse.from_json(response.to_json()) == response


@pytest.mark.parametrize(
    "cost", [None, "free", True, -1, [0.1], {"total": 1}, "NaN", "1e999999999"]
)
async def test_what_is_no_sum_is_not_known(way, openrouter, cost):
    openrouter.enqueue(Answer("Hi.", usage={**USAGE, "cost": cost}))
    async with clients(way, openrouter) as client:
        response = await client.chat("Hi")
    assert response.reported_cost is None
    assert response.usage.total_tokens == 8


async def test_elsewhere_a_cost_may_mean_anything(way, fake):
    fake.enqueue(Answer("Hi.", usage={**USAGE, "cost": 7}))
    async with way.client(fake) as client:
        assert (await client.chat("Hi")).reported_cost is None


@pytest.mark.parametrize("stream", [True, False])
async def test_an_error_inside_200_is_an_error(way, openrouter, stream):
    error = {"error": {"code": 502, "message": "Upstream down", "metadata": {"raw": "x"}}}
    openrouter.enqueue(Raw.of_json(error))
    async with clients(way, openrouter) as client:
        with pytest.raises(unillm.ServerError, match="Upstream down") as caught:
            await (streamed(client, "Hi") if stream else client.chat("Hi"))
    assert (caught.value.status, caught.value.retryable) == (502, True)


async def test_an_error_in_the_middle_holds_what_came(way, openrouter):
    openrouter.enqueue(recorded("error-in-stream.sse"))
    async with clients(way, openrouter) as client:
        with pytest.raises(unillm.ServerError, match="Upstream provider") as caught:
            await streamed(client, "Hi")
    assert caught.value.partial.text == "Sun"
    assert caught.value.partial.upstream == "DeepSeek"


async def turns(client, change=lambda message: message):
    first = await streamed(client, "Hi", tools=[WEATHER])
    result = unillm.ToolMessage(first.tool_calls[0].id, "Sunny.")
    await client.chat(["Hi", change(first.message), result], tools=[WEATHER])
    return first


async def test_thinking_in_details_goes_back_as_it_came(way, openrouter):
    openrouter.enqueue(recorded("details.sse"), "Done.")
    async with clients(way, openrouter, model="gpt-5.5") as client:
        first = await turns(client)
    assert first.reasoning == "**Look it up**"
    assert first.reported_cost == Decimal("0.00122")
    back = openrouter.requests[1].messages[1]
    form = "openai-responses-v1"
    assert back["reasoning_details"] == [
        {"type": "reasoning.summary", "summary": "**Look it up**", "index": 0, "format": form},
        {
            "type": "reasoning.encrypted",
            "data": "gAAAAABexampleonly",
            "id": "rs_0a1b",
            "index": 1,
            "format": form,
        },
    ]
    assert "reasoning" not in back


async def test_kept_as_json_it_goes_back_all_the_same(way, openrouter):
    def kept(message):
        return unillm.AssistantMessage.from_json(message.to_json())

    openrouter.enqueue(recorded("details.sse"), "Done.")
    async with clients(way, openrouter, model="gpt-5.5") as client:
        await turns(client, kept)
    assert len(openrouter.requests[1].messages[1]["reasoning_details"]) == 2


@pytest.mark.parametrize("said", [None, "Something else."])
async def test_thinking_that_was_changed_does_not(way, openrouter, said):
    openrouter.enqueue(recorded("details.sse"), "Done.")
    async with clients(way, openrouter, model="gpt-5.5") as client:
        await turns(client, lambda message: replace(message, reasoning=said))
    back = openrouter.requests[1].messages[1]
    assert "reasoning_details" not in back
    assert back.get("reasoning") == said


async def test_another_host_is_not_sent_them(way, openrouter, fake):
    openrouter.enqueue(recorded("details.sse"))
    async with clients(way, openrouter, model="gpt-5.5") as client:
        first = await streamed(client, "Hi", tools=[WEATHER])
    result = unillm.ToolMessage(first.tool_calls[0].id, "Sunny.")
    for name in ("openrouter", "vllm"):
        async with clients(way, fake, name=name, model="a/m") as client:
            await client.chat(["Hi", first.message, result])
    assert not any("reasoning_details" in str(seen.fields) for seen in fake.requests)


@pytest.mark.parametrize(
    ("header", "cost"),
    [("0.00104", "0.00104"), ("0", None), ("0.0", None), ("unknown", None), (None, None)],
)
async def test_the_litellm_proxy_says_the_cost_in_a_header(way, header, cost):
    headers = {} if header is None else {"x-litellm-response-cost": header}
    with FakeProvider(rules="litellm", api_key=KEY) as proxy:
        proxy.enqueue(Answer("Hi.", headers=headers), Answer("Hi.", headers=headers))
        async with clients(way, proxy, name="litellm", base_url=proxy.url, model="mine") as client:
            response = await client.chat("Hi")
            assert response.reported_cost == (None if cost is None else Decimal(cost))
            assert (await streamed(client, "Hi")).reported_cost is None
        assert proxy.requests[0].path == "/v1/chat/completions"
        assert proxy.requests[0].model == "mine"


@pytest.mark.parametrize(
    ("name", "model", "said"),
    [
        ("litellm", "other", "Invalid model name"),
        ("huggingface", "a/other", "not supported by any provider"),
        ("openrouter", "a/other", "not a valid model ID"),
    ],
)
async def test_a_model_that_is_not_there(way, name, model, said):
    with FakeProvider(rules=name, models=["a/m"]) as host:
        async with clients(way, host, name=name, model=model) as client:
            with pytest.raises(unillm.ModelNotFoundError, match=said):
                await client.chat("Hi")


async def test_hugging_face_is_told_the_partner(way):
    with FakeProvider(rules="huggingface", api_key=KEY) as router:
        async with clients(
            way, router, name="huggingface", model="deepseek-v4-pro:together"
        ) as client:
            await client.chat("Hi")
            await client.chat("Hi", model="huggingface:Qwen/Qwen3.5-9B:fastest")
        models = [seen.model for seen in router.requests]
    assert models == ["deepseek-ai/DeepSeek-V4-Pro-0813:together", "Qwen/Qwen3.5-9B:fastest"]
