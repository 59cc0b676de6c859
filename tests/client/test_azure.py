"""Azure: two addresses, keys and tokens in their own headers, and its way to say no."""

# pyright: reportOptionalMemberAccess=false

import json

import pytest

import unillm
from tests.client.ways import KEY, ONCE
from unillm.testing import Answer, FakeProvider, Raw

DATED = "2024-10-21"
BLOCKED = {
    "error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content "
        "management policy. Please modify your prompt and retry.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
        },
    }
}
"""As compl-ai/compl-ai#20 has it, read 2026-11-28."""


@pytest.fixture
def azure():
    with FakeProvider(rules="azure", api_key=KEY, models=["gpt-5.5", "my/deployment"]) as playing:
        yield playing


def provider(azure, **options):
    return unillm.Provider("azure", **{"base_url": azure.url, "api_key": KEY, **options})


def clients(way, azure, **options):
    model = options.pop("model", "azure:gpt-5.5")
    return way.client(azure, providers=[provider(azure, **options)], model=model, retry=ONCE)


async def said(client):
    """Return what is said to a call and to a stream."""
    whole = await client.chat("Hi")
    async with client.stream("Hi") as stream:
        async for _event in stream:
            pass
    return {whole.text, stream.response.text}


@pytest.mark.parametrize("path", ["", "/", "/openai/v1", "/openai/v1/"])
async def test_v1_is_asked_with_the_key_as_it_is(way, azure, path):
    async with clients(way, azure, base_url=f"{azure.url}{path}") as client:
        assert await said(client) == {"You said: Hi"}
    for seen in azure.requests:
        assert (seen.path, seen.query) == ("/openai/v1/chat/completions", {})
        assert seen.headers["api-key"] == KEY
        assert "authorization" not in seen.headers
        assert seen.fields["model"] == "gpt-5.5"


@pytest.mark.parametrize("model", ["gpt-5.5", "my/deployment"])
async def test_a_version_asks_the_deployment(way, azure, model):
    async with clients(way, azure, api_version=DATED, model=f"azure:{model}") as client:
        assert await said(client) == {"You said: Hi"}
    for seen in azure.requests:
        assert seen.path == f"/openai/deployments/{model}/chat/completions"
        assert seen.query == {"api-version": DATED}
        assert seen.headers["api-key"] == KEY
        assert seen.model == model


async def test_what_the_classic_api_does_not_take_is_told_with_what_does(way, azure):
    asked = {"tools": [{"type": "web_search"}]}
    async with clients(way, azure, api_version=DATED) as client:
        with pytest.raises(unillm.UnsupportedFeatureError) as caught:
            await client.chat("Hi", **asked)
        with pytest.raises(unillm.UnsupportedFeatureError, match="Leave out api_version=… of its"):
            await client.chat("Hi", model="azure:gpt-5.5-pro")
    assert "eave out api_version=… of its Provider: the Responses API takes it" in str(caught.value)
    assert azure.requests == []
    async with clients(way, azure) as client:
        assert (await client.chat("Hi", **asked)).api == "responses"


async def test_v1_has_the_responses_api(way, azure):
    async with clients(way, azure, api="responses") as client:
        assert await said(client) == {"You said: Hi"}
    assert {seen.path for seen in azure.requests} == {"/openai/v1/responses"}


@pytest.mark.parametrize(
    ("version", "path", "query"),
    [(None, "/openai/v1/models", {}), (DATED, "/openai/models", {"api-version": DATED})],
)
async def test_models_are_listed_with_the_key_as_it_is(way, azure, version, path, query):
    async with clients(way, azure, api_version=version) as client:
        found = await client.models("azure")
    assert {one.id for one in found} == {"gpt-5.5", "my/deployment"}
    (seen,) = azure.requests
    assert (seen.path, seen.query, seen.headers["api-key"]) == (path, query, KEY)
    assert "authorization" not in seen.headers


async def test_a_function_gives_a_token(way, azure):
    given = []

    def token():
        given.append(1)
        return KEY

    async def later():
        await way.pause(0)
        return token()

    functions = [token] if way.is_sync else [token, later]
    for function in functions:
        async with clients(way, azure, api_key=function) as client:
            assert await said(client) == {"You said: Hi"}
    assert len(given) == len(azure.requests) == 2 * len(functions)
    for seen in azure.requests:
        assert seen.headers["authorization"] == f"Bearer {KEY}"
        assert "api-key" not in seen.headers


@pytest.mark.parametrize("header", ["api-key", "Authorization"])
async def test_a_header_of_ones_own_wins(way, azure, header):
    value = KEY if header == "api-key" else f"Bearer {KEY}"
    async with clients(way, azure, api_key="another-key-0000") as client:
        await client.chat("Hi", extra_headers={header: value})
    (seen,) = azure.requests
    assert {seen.headers.get("api-key"), seen.headers.get("authorization")} == {value, None}


async def test_a_wrong_key_is_told_without_showing_it(way, azure):
    for key in ("a-wrong-key-1234", lambda: "a-wrong-key-1234"):
        async with clients(way, azure, api_key=key) as client:
            with pytest.raises(unillm.AuthenticationError, match="Access denied") as caught:
                await client.chat("Hi")
        assert "a-wrong-key-1234" not in repr(vars(caught.value))


async def test_a_key_that_a_host_repeats_is_shown_nowhere(way, azure):
    azure.enqueue(Raw.of_json({"error": {"message": f"no {KEY}!"}}, status=400))
    async with clients(way, azure) as client:
        with pytest.raises(unillm.BadRequestError, match=r"no \*\*\*!") as caught:
            await client.chat("Hi")
    assert KEY not in repr(vars(caught.value))


async def test_a_deployment_that_is_not_there(way, azure):
    for options in ({}, {"api_version": DATED}):
        async with clients(way, azure, model="azure:gpt-5.4", **options) as client:
            with pytest.raises(unillm.ModelNotFoundError, match="deployment for this resource"):
                await client.chat("Hi")


async def test_a_prompt_that_is_blocked(way, azure):
    azure.enqueue(Raw.of_json(BLOCKED, status=400))
    async with clients(way, azure) as client:
        with pytest.raises(unillm.ContentPolicyError, match="content management policy") as caught:
            await client.chat("Hi")
    assert caught.value.code == "content_filter"
    assert not caught.value.retryable


async def test_a_dated_version_is_no_version_of_v1(way, azure):
    async with clients(way, azure) as client:
        with pytest.raises(unillm.BadRequestError, match="not allowed when using /v1 path"):
            await client.chat("Hi", extra_query={"api-version": DATED})
        assert (await client.chat("Hi", extra_query={"api-version": "preview"})).text


async def test_thinking_goes_back_in_the_field_it_came_in(way, azure):
    azure.enqueue(Answer("So.", reasoning="Hm."), "Yes.")
    async with clients(way, azure) as client:
        first = await client.chat("Hi")
        await client.chat(["Hi", first.message, "And?"])
    assert azure.requests[1].messages[1]["reasoning_content"] == "Hm."


async def test_the_environment_is_that_of_openais_sdk(way, azure, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{azure.url}/")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    async with way.client(azure, providers=["azure"], model="azure:gpt-5.5") as client:
        await client.chat("Hi")
    monkeypatch.setenv("OPENAI_API_VERSION", DATED)
    async with way.client(azure, providers=None, model="azure:gpt-5.5") as client:
        await client.chat("Hi")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", f"{azure.url}/openai/v1/")
    async with way.client(azure, providers=["azure"], model="azure:gpt-5.5") as client:
        await client.chat("Hi")
    paths = [(seen.path.split("/")[2], seen.query) for seen in azure.requests]
    assert paths == [("v1", {}), ("deployments", {"api-version": DATED}), ("v1", {})]
    assert {seen.headers["api-key"] for seen in azure.requests} == {KEY}


async def test_the_key_of_the_environment_goes_to_its_resource_only(way, azure, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    elsewhere = provider(azure, api_key=None)
    async with way.client(azure, providers=[elsewhere], model="azure:gpt-5.5") as client:
        with pytest.raises(unillm.AuthenticationError, match="goes to its own host only"):
            await client.chat("Hi")
    assert "api-key" not in azure.requests[0].headers


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_key_does_not_follow_a_redirect(way, azure, status):
    with FakeProvider() as elsewhere:
        azure.enqueue(Raw(status=status, headers={"location": f"{elsewhere.url}/openai/v1"}))
        async with clients(way, azure) as client:
            with pytest.raises(unillm.ProviderError, match=f"answered {status}"):
                await client.chat("Hi")
        assert elsewhere.connections_total == 0


async def test_a_client_without_an_endpoint_is_quiet_until_it_is_asked(way, fake, monkeypatch):
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    monkeypatch.delenv("AZURE_BASE_URL", raising=False)
    async with way.client(fake, providers=None, model="azure:gpt-5.5") as client:
        with pytest.raises(unillm.InvalidRequestError, match="set AZURE_OPENAI_ENDPOINT"):
            await client.chat("Hi")
    with pytest.raises(unillm.InvalidRequestError, match="set AZURE_OPENAI_ENDPOINT"):
        way.client(fake, providers=["azure"])


async def test_filter_results_disturb_nothing(way, azure):
    top = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5.5"}
    first = {**top, "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    said_ = {**top, "choices": [{"index": 0, "delta": {"content": "Sun."}}]}
    odd = {**top, "choices": [{"index": 0, "delta": None, "content_filter_offsets": {}}]}
    last = {**top, "choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}
    lines = [f"data: {json.dumps(one)}\n\n".encode() for one in (first, said_, odd, last)]
    kind = {"content-type": "text/event-stream"}
    azure.enqueue(Raw(segments=[*lines, b"data: [DONE]\n\n"], headers=kind))
    async with clients(way, azure) as client, client.stream("Hi") as stream:
        async for _event in stream:
            pass
    assert (stream.response.text, stream.response.finish_reason) == ("Sun.", "content_filter")
