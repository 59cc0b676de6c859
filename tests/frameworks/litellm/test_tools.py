"""Loops over tools, with a provider that refuses turns whose thinking was dropped."""

import asyncio
import json

import litellm
import openai
import pytest

import unillm
from tests.frameworks.litellm.conftest import Asking
from tests.frameworks.recipes import THOUGHT, calling, get_weather, oddities
from unillm.testing import faults

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}]
streamed = pytest.mark.parametrize("streaming", [True, False])


async def said(llm, messages, way, streaming):
    """Return the message of an answer, whichever way it comes."""
    if way == "sync":
        answer = llm.completion(messages, tools=TOOLS, stream=streaming)
        pieces = list(answer) if streaming else []
    else:
        answer = await llm.acompletion(messages, tools=TOOLS, stream=streaming)
        pieces = [piece async for piece in answer] if streaming else []
    whole = litellm.stream_chunk_builder(pieces) if streaming else answer
    return whole.choices[0].message


async def loop(llm, way="sync", streaming=False, *, bare=False):
    """Answer a question, and return each call that was made."""
    messages, made = [{"role": "user", "content": "The weather?"}], []
    while True:
        message = await said(llm, messages, way, streaming)
        if not message.tool_calls:
            return made, message.content
        kept = {"role": "assistant", "tool_calls": [c.model_dump() for c in message.tool_calls]}
        messages.append(kept if bare else message)
        for call in message.tool_calls:
            arguments = json.loads(call.function.arguments)
            made.append(arguments["city"])
            content = get_weather(arguments["city"])
            messages.append({"role": "tool", "tool_call_id": call.id, "content": content})


@streamed
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("bare", [True, False])
def test_the_thinking_goes_back(world, llm, way, streaming, bare):
    """As litellm's own message has it; and where only the calls were kept."""
    world.fake.enqueue(calling("Paris", "Rome"), calling("Oslo"), "It is sunny.")
    with unillm.task("run") as task:
        made, text = asyncio.run(loop(llm, way, streaming, bare=bare))
    assert len(task.operations) == 3
    assert (made, text) == (["Paris", "Rome", "Oslo"], "It is sunny.")
    assert world.replayed == [THOUGHT, THOUGHT]
    assert len(world.operations) == 3


@streamed
@pytest.mark.parametrize("fault", ["leaked-alone", "arguments-trailing-comma"])
def test_a_call_that_leaked_or_is_broken_is_mended(world, llm, streaming, fault):
    world.fake.enqueue(faults.get(fault), "It is sunny.")
    assert asyncio.run(loop(llm, "sync", streaming)) == (["Paris"], "It is sunny.")


@streamed
def test_whatever_a_provider_does(streaming):
    def one(world):
        asked = [{"role": "user", "content": "Weather in Paris?"}]
        asyncio.run(said(Asking(world, "box:any"), asked, "sync", streaming))

    assert oddities(one) == {}


@streamed
def test_a_call_that_is_cut_is_not_made(world, llm, streaming):
    world.queue("call-finish-hides-cut")
    with pytest.raises(openai.APIError, match="cannot be executed"):
        asyncio.run(loop(llm, "sync", streaming))
