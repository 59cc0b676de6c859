"""Agents and their tools, with a provider that refuses turns whose thinking was dropped."""

import asyncio

import openai
import pytest
from langchain.agents import create_agent

import unillm
from tests.frameworks.langchain_openai.conftest import model
from tests.frameworks.recipes import THOUGHT, calling, get_weather, oddities, ours
from unillm.testing import Answer, FakeCall, faults

ASK = {"messages": [("user", "The weather?")]}
streamed = pytest.mark.parametrize("streaming", [True, False])


async def asked(agent, way, streaming):
    """Return the messages of a run."""
    if way == "sync" and not streaming:
        return agent.invoke(ASK)["messages"]
    if way == "sync":
        *_, last = [
            s for m, s in agent.stream(ASK, stream_mode=["messages", "values"]) if m == "values"
        ]
    elif not streaming:
        last = await agent.ainvoke(ASK)
    else:
        modes = ["messages", "values"]
        async for mode, state in agent.astream(ASK, stream_mode=modes):
            if mode == "values":
                last = state
    return last["messages"]


def run(llm, way="sync", streaming=False):
    return asyncio.run(asked(create_agent(llm, [get_weather]), way, streaming))


def calls(messages):
    return [c["args"]["city"] for message in messages for c in getattr(message, "tool_calls", [])]


@streamed
@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_agent_calls_tools_and_the_thinking_goes_back(world, llm, kind, way, streaming):
    world.fake.enqueue(calling("Paris", "Rome"), calling("Oslo"), "It is sunny.")
    with unillm.task("run") as task:
        messages = run(llm, way, streaming)
    assert len(task.operations) == 3
    assert messages[-1].text == "It is sunny."
    assert calls(messages) == ["Paris", "Rome", "Oslo"]
    assert world.replayed == [THOUGHT, THOUGHT]
    assert len(world.operations) == 3
    codes = [note.code for note in world.operations[-1].response.notes]
    assert ("reasoning_recalled" in codes) == (kind != "responses")


@streamed
@pytest.mark.parametrize("fault", ["leaked-alone", "arguments-trailing-comma"])
def test_a_call_that_leaked_or_is_broken_is_mended(world, llm, streaming, fault):
    world.fake.enqueue(faults.get(fault), "It is sunny.")
    assert calls(run(llm, "sync", streaming)) == ["Paris"]


@streamed
def test_whatever_a_provider_does(kind, streaming):
    def one(world):
        llm = model(world, kind, "box:any").bind_tools([get_weather])
        return list(llm.stream("Paris?")) if streaming else llm.invoke("Paris?")

    assert oddities(one) == {}


@streamed
@pytest.mark.parametrize("end", ["tool_calls", "length"])
def test_a_call_that_is_cut_is_not_made(world, llm, streaming, end):
    call = FakeCall("get_weather", '{"city": "Par')
    world.fake.enqueue(*[Answer(None, tool_calls=[call], finish_reason=end)] * 4)
    with pytest.raises(openai.APIError) as raised:
        run(llm, "sync", streaming)
    assert isinstance(ours(raised.value), unillm.ToolArgumentsError)
    assert not any(m["role"] == "tool" for seen in world.fake.requests for m in seen.messages)
