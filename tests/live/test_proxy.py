"""A LiteLLM proxy in front of llama.cpp: a second real server, and what it makes of the first."""

import pytest

import unillm
from tests.client.ways import ONCE, read_all
from tests.live.litellm_proxy import MASTER, PYTHON, LiteLLMProxy
from tests.live.llama import ENDLESS
from tests.live.test_tools import MUST, QUESTION, get_weather

# The installation is one minute, the start of the proxy half a minute on a busy machine.
pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

ASK = {"temperature": 0, **ENDLESS}


@pytest.fixture(scope="session")
def proxy(llama, tmp_path_factory):
    if not PYTHON.exists():
        pytest.skip("the LiteLLM proxy is not installed: make test-live")
    with LiteLLMProxy(tmp_path_factory.mktemp("proxy"), llama) as running:
        yield running


async def test_a_call_and_a_stream_say_the_same(way, proxy):
    async with proxy.client(way) as client:
        await client.chat("Once upon a time", **ASK)  # the prompt is in the server's cache now
        r = await client.chat("Once upon a time", **ASK)
        async with client.stream("Once upon a time", **ASK) as stream:
            events = await read_all(stream)
    joined = "".join(event.text for event in events if isinstance(event, unillm.TextDelta))
    assert r.text == stream.response.text == joined
    assert r.finish_reason == stream.response.finish_reason == "length"
    assert r.usage.output_tokens == stream.response.usage.output_tokens == 12
    assert r.notes == ()


async def test_a_tool_is_called(way, proxy):
    async with proxy.client(way) as client:
        r = await client.chat(QUESTION, **MUST)
        async with client.stream(QUESTION, **MUST) as stream:
            await read_all(stream)
        (call,) = r.tool_calls
        told = [QUESTION, r.message, unillm.ToolMessage(call.id, get_weather(**call.arguments))]
        last = await client.chat(told, tools=[get_weather], tool_choice="none", max_tokens=2)
    for answer in (r, stream.response):
        assert [c.arguments for c in answer.tool_calls] == [{"city": "Paris"}]
        assert answer.finish_reason == "tool_calls"
    assert last.tool_calls == ()


async def test_a_wrong_key_and_a_wrong_model_are_told_apart(way, proxy):
    async with proxy.client(way, retry=ONCE) as client:
        with pytest.raises(unillm.ProviderError) as caught:
            await client.chat("Hi", model="proxy:no-such-model")
        assert caught.value.status == 400
        wrong = [unillm.Provider("proxy", base_url=f"{proxy.url}/v1", api_key="sk-of-another")]
    assert MASTER not in str(caught.value)
    kind = unillm.Client if way.is_sync else unillm.AsyncClient
    async with way.wrap(kind, providers=wrong, model="proxy:gemma", retry=ONCE) as client:
        # So it says when it keeps no keys of its own.
        with pytest.raises(unillm.BadRequestError, match="No connected db"):
            await client.chat("Hi")


async def test_leaving_a_stream_early_frees_the_server_behind(way, proxy, llama):
    async with proxy.client(way, retry=ONCE) as client:
        async with client.stream("Count:", max_tokens=300, **ASK) as stream:
            async for event in stream:
                if isinstance(event, unillm.TextDelta):
                    break
        assert await llama.comes_free(way) < 10
