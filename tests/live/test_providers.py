"""Real providers, for whoever has a key: a few cheap calls."""

import os

import pytest

import unillm
from tests.client.ways import read_all
from tests.live.test_tools import QUESTION, get_weather

pytestmark = pytest.mark.live

MODELS = {
    "ATLASCLOUD_API_KEY": "atlascloud:deepseek-flash",
    "DEEPSEEK_API_KEY": "deepseek:deepseek-flash",
    "FIREWORKS_API_KEY": "fireworks:deepseek-flash",
    "HYPERBOLIC_API_KEY": "hyperbolic:deepseek-ai/DeepSeek-V3-0324",
    "OPENAI_API_KEY": "openai:gpt-5.5",
    "TOGETHER_API_KEY": "together:deepseek-flash",
}


@pytest.fixture(params=MODELS)
def model(request):
    if not os.environ.get(request.param):
        pytest.skip(f"needs key {request.param}: set it and run make test-live")
    return MODELS[request.param]


def client_of(way, model):
    kind = unillm.Client if way.is_sync else unillm.AsyncClient
    return way.wrap(kind, model=model, max_tokens=2000)


async def test_a_call_and_a_stream_are_answered(way, model):
    async with client_of(way, model) as client:
        r = await client.chat("Answer with the word yes.")
        async with client.stream("Answer with the word yes.") as stream:
            events = await read_all(stream)
    for answer in (r, stream.response):
        assert "yes" in answer.text.lower()
        assert answer.finish_reason == "stop"
        assert answer.usage.output_tokens > 0
    texts = [event.text for event in events if isinstance(event, unillm.TextDelta)]
    assert "".join(texts) == stream.response.text


async def test_a_tool_is_called_and_its_result_read(way, model):
    async with client_of(way, model) as client:
        r = await client.chat(QUESTION, tools=[get_weather])
        (call,) = r.tool_calls
        result = unillm.ToolMessage(call.id, get_weather(**call.arguments))
        last = await client.chat([QUESTION, r.message, result], tools=[get_weather])
    assert call.arguments == {"city": "Paris"}
    assert "sunny" in last.text.lower()
