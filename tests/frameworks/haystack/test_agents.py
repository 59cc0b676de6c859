"""Agents and their tools, with a provider that refuses turns whose thinking was dropped."""

import asyncio

import openai
import pytest
from haystack.components.agents import Agent
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function

import unillm
from tests.frameworks.haystack.conftest import generator
from tests.frameworks.recipes import THOUGHT, calling, get_weather, oddities
from unillm.testing import faults

WEATHER = create_tool_from_function(get_weather)
ASK = [ChatMessage.from_user("The weather?")]
every_way = pytest.mark.parametrize("way", ["sync", "async"])
streamed = pytest.mark.parametrize("streaming", [True, False])


async def silent(_):
    """Take a piece of a stream."""


def run(llm, way, streaming):
    """Ask an agent, and return what it says last, and its tool calls."""
    agent = Agent(chat_generator=llm, tools=[WEATHER], max_agent_steps=5)
    if way == "sync":
        callback = (lambda _: None) if streaming else None
        return agent.run(ASK, streaming_callback=callback)
    return asyncio.run(agent.run_async(ASK, streaming_callback=silent if streaming else None))


def calls(said):
    return [call for message in said["messages"] for call in message.tool_calls]


@every_way
@streamed
def test_an_agent_calls_tools_and_the_thinking_goes_back(world, llm, way, streaming):
    world.fake.enqueue(calling("Paris", "Rome"), calling("Oslo"), "It is sunny.")
    with unillm.task("run") as task:
        said = run(llm, way, streaming)
    assert len(task.operations) == 3
    assert said["last_message"].text == "It is sunny."
    assert [call.arguments["city"] for call in calls(said)] == ["Paris", "Rome", "Oslo"]
    assert world.replayed == [THOUGHT, THOUGHT]
    assert len(world.operations) == 3


def test_over_responses_it_is_haystack_that_replays(world, llm, kind):
    world.fake.enqueue(calling("Paris"), "It is sunny.")
    run(llm, "sync", False)
    codes = [note.code for note in world.operations[-1].response.notes]
    assert ("reasoning_recalled" in codes) == (kind == "chat")


@streamed
@pytest.mark.parametrize("fault", ["leaked-alone", "arguments-trailing-comma"])
def test_a_call_that_leaked_or_is_broken_is_mended(world, llm, streaming, fault):
    world.fake.enqueue(faults.get(fault), "It is sunny.")
    (call,) = calls(run(llm, "sync", streaming))
    assert (call.tool_name, call.arguments["city"]) == ("get_weather", "Paris")


@streamed
def test_whatever_a_provider_does(kind, streaming):
    def one(world):
        callback = (lambda _: None) if streaming else None
        generator(world, kind, "box:any").run(ASK, tools=[WEATHER], streaming_callback=callback)

    assert oddities(one) == {}


@streamed
def test_a_call_that_is_cut_is_not_made(world, llm, streaming):
    world.queue("call-finish-hides-cut")
    with pytest.raises(openai.APIError) as raised:
        run(llm, "sync", streaming)
    assert isinstance(raised.value.__cause__, unillm.ToolArgumentsError)
    assert not any(m["role"] == "tool" for seen in world.fake.requests for m in seen.messages)
