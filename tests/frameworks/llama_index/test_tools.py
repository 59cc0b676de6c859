"""Agents and their tools, with a provider that refuses turns whose thinking was dropped."""

import asyncio

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool

import unillm
from tests.frameworks.llama_index.conftest import model
from tests.frameworks.recipes import THOUGHT, calling, get_weather, oddities
from unillm.testing import Answer, FakeCall, faults

TOOL = FunctionTool.from_defaults(get_weather)


async def ask(llm, *questions, streaming=True):
    """Ask an agent, each question with what was said before."""
    agent = FunctionAgent(tools=[TOOL], llm=llm, streaming=streaming)
    history: list[ChatMessage] = []
    for question in questions:
        result = await agent.run(question, chat_history=history)
        history += [ChatMessage(question), result.response]
    return result


@pytest.mark.parametrize("streaming", [True, False])
def test_an_agent_calls_a_tool_and_the_thinking_goes_back(world, llm, streaming):
    world.fake.enqueue(calling("Paris"), calling("Rome"), "It is sunny.")
    with unillm.task("run") as task:
        result = asyncio.run(ask(llm, "Paris and Rome?", streaming=streaming))
    assert len(task.operations) == 3
    assert str(result) == "It is sunny."
    assert [call.tool_kwargs for call in result.tool_calls] == [{"city": "Paris"}, {"city": "Rome"}]
    assert world.replayed == [THOUGHT, THOUGHT]
    costs = [str(record.response.cost.total) for record in world.operations]
    assert len(costs) == 3
    assert result.raw["unillm"]["cost"]["total"] == costs[-1]


def test_calls_made_at_once_are_all_answered(world, llm):
    world.fake.enqueue(calling("Paris", "Rome"), "It is sunny.")
    asyncio.run(ask(llm, "Paris and Rome?"))
    said = [message["content"] for message in world.asked if message["role"] == "tool"]
    assert said == ["Sunny in Paris.", "Sunny in Rome."]
    assert world.replayed == [THOUGHT]


def test_a_loop_by_hand_replays_as_well(world, llm):
    world.fake.enqueue(calling("Paris"), "It is sunny.")
    history = [ChatMessage("Paris?")]
    response = llm.chat_with_tools([TOOL], chat_history=history)
    (call,) = llm.get_tool_calls_from_response(response)
    result = ChatMessage(
        get_weather(**call.tool_kwargs),
        role="tool",
        additional_kwargs={"tool_call_id": call.tool_id},
    )
    history += [response.message, result]
    assert llm.chat_with_tools([TOOL], chat_history=history).message.content == "It is sunny."
    assert world.replayed == [THOUGHT]


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("fault", ["leaked-alone", "arguments-trailing-comma"])
def test_a_call_that_leaked_or_is_broken_is_mended(world, llm, streaming, fault):
    world.fake.enqueue(faults.get(fault), "It is sunny.")
    result = asyncio.run(ask(llm, "Weather in Paris?", streaming=streaming))
    assert [call.tool_name for call in result.tool_calls] == ["get_weather"]
    assert result.tool_calls[0].tool_kwargs["city"] == "Paris"


@pytest.mark.parametrize("streaming", [True, False])
def test_whatever_a_provider_does(streaming):
    def one(world):
        llm = model(world, "box:any")
        if streaming:
            *_, response = llm.stream_chat_with_tools([TOOL], "Weather in Paris?")
        else:
            response = llm.chat_with_tools([TOOL], "Weather in Paris?")
        llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)

    assert oddities(one) == {}


@pytest.mark.parametrize("streaming", [True, False])
def test_a_call_that_is_cut_is_not_made(world, llm, streaming):
    cut = Answer(None, tool_calls=[FakeCall("get_weather", '{"city": "Par')])
    world.fake.enqueue(cut, cut, cut)
    with pytest.raises(Exception, match="argument"):
        asyncio.run(ask(llm, "Weather in Paris?", streaming=streaming))
    assert not any(m["role"] == "tool" for seen in world.fake.requests for m in seen.messages)
