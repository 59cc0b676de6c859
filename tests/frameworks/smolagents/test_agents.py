"""Agents and their tools, with a provider that refuses turns whose thinking was dropped."""

from decimal import Decimal

import pytest
from smolagents import CodeAgent, ToolCallingAgent, tool
from smolagents.models import agglomerate_stream_deltas
from smolagents.utils import AgentGenerationError

import unillm
from tests.frameworks.recipes import THOUGHT, calling, get_weather, oddities, world_at
from tests.frameworks.smolagents.conftest import model
from unillm.testing import Answer, FakeCall, faults

WEATHER = tool(get_weather)
FINAL = Answer(None, reasoning="Done.", tool_calls=[FakeCall("final_answer", {"answer": "Sunny."})])
CODE = "Thoughts: I look.\n<code>\nfinal_answer(get_weather('Paris'))\n</code>"
streamed = pytest.mark.parametrize("streaming", [True, False])


def asking(llm, streaming):
    return ToolCallingAgent(
        tools=[WEATHER], model=llm, stream_outputs=streaming, verbosity_level=0, max_steps=4
    )


@streamed
def test_an_agent_calls_tools(world, llm, streaming):
    world.fake.enqueue(calling("Paris", "Rome"), calling("Oslo"), FINAL)
    agent = asking(llm, streaming)
    with unillm.task("run") as task:
        assert agent.run("The weather?") == "Sunny."
    assert len(task.operations) == 3
    steps = [step.observations for step in agent.memory.steps if hasattr(step, "observations")]
    assert steps[:2] == ["Sunny in Paris.\nSunny in Rome.", "Sunny in Oslo."]
    assert len(world.operations) == 3


@streamed
def test_thinking_is_not_replayed_and_the_provider_takes_it(world, llm, streaming):
    """Smolagents writes earlier calls as text: there is no call by which to know them again."""
    world.fake.enqueue(calling("Paris"), FINAL)
    assert asking(llm, streaming).run("The weather?") == "Sunny."
    assert "Calling tools:" in str(world.asked[-2]["content"])
    (said,) = world.replayed
    assert THOUGHT not in said
    assert "not at hand" in said
    codes = [note.code for note in world.operations[-1].response.notes]
    assert "reasoning_placeholder" in codes


def test_what_a_step_cost_and_thought_is_with_it(world, llm):
    world.fake.enqueue(calling("Paris"), FINAL)
    agent = asking(llm, False)
    agent.run("The weather?")
    raw = [step.model_output_message.raw for step in agent.memory.steps[1:]]
    costs = [record.response.cost.total for record in world.operations]
    assert [Decimal(one.unillm["cost"]["total"]) for one in raw] == costs
    assert raw[0].choices[0].message.reasoning_content == THOUGHT


@streamed
def test_an_agent_that_writes_code(world, llm, streaming):
    world.fake.enqueue(Answer(CODE, reasoning=THOUGHT))
    agent = CodeAgent(tools=[WEATHER], model=llm, stream_outputs=streaming, verbosity_level=0)
    assert agent.run("The weather?") == "Sunny in Paris."


@streamed
@pytest.mark.parametrize("fault", ["leaked-alone", "arguments-trailing-comma"])
def test_a_call_that_leaked_or_is_broken_is_mended(world, llm, streaming, fault):
    world.fake.enqueue(faults.get(fault), FINAL)
    agent = asking(llm, streaming)
    assert agent.run("The weather?") == "Sunny."
    (call,) = agent.memory.steps[1].tool_calls
    assert (call.name, call.arguments["city"]) == ("get_weather", "Paris")


@streamed
def test_whatever_a_provider_does(streaming):
    def one(world):
        llm = model(world, "box:any")
        asked = llm.generate_stream if streaming else llm.generate
        answer = asked([{"role": "user", "content": "Paris?"}], tools_to_call_from=[WEATHER])
        if streaming:
            agglomerate_stream_deltas(list(answer))

    odd = oddities(one)
    if not streaming:  # which is what the page says of answers without usage
        assert all("prompt_tokens" in odd.pop(name) for name in list(odd))
    assert odd == {}


@streamed
def test_a_call_that_is_cut_is_not_made(world, llm, streaming):
    world.queue("call-finish-hides-cut")
    agent = asking(llm, streaming)
    with pytest.raises(AgentGenerationError) as raised:
        agent.run("The weather?")
    assert isinstance(raised.value.__cause__.__cause__, unillm.ToolArgumentsError)
    assert agent.memory.steps[1].observations is None


def test_a_demanded_call_is_refused_while_the_model_thinks(fake):
    with world_at(fake) as world:
        with pytest.raises(AgentGenerationError, match="rewrite="):
            asking(model(world), False).run("The weather?")
        assert fake.requests == []
