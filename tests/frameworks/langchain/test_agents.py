"""LangGraph: agents, what they stream, and threads that go on from a checkpoint."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

import unillm
from unillm.integrations.langchain import ChatUnillm
from unillm.testing import Answer

MODEL = "deepseek:deepseek-v4-pro"
CALLS = [
    {"name": "get_weather", "arguments": {"city": "Paris"}, "id": "call_p"},
    {"name": "get_weather", "arguments": {"city": "Rome"}, "id": "call_r"},
]
TURNS = [
    Answer("I look.", reasoning="I ask for both.", tool_calls=CALLS),
    Answer("Sunny in both.", reasoning="They said so."),
]


@tool
def get_weather(city: str) -> str:
    """Look up the weather."""
    return f"Sunny in {city}."


@pytest.fixture(params=[None, "v1"], ids=["v0", "v1"])
def version(request):
    return request.param


@pytest.fixture
def agent(client, version):
    model = ChatUnillm(model=MODEL, client=client, output_version=version)
    return create_agent(model, tools=[get_weather], checkpointer=InMemorySaver())


ASKED = {"messages": [("user", "Weather in Paris and Rome?")]}


def thread(name: str):
    return {"configurable": {"thread_id": name}}


def test_the_loop_of_an_agent(agent, fake) -> None:
    fake.enqueue(*TURNS)
    messages = agent.invoke(ASKED, thread("1"))["messages"]
    assert [message.type for message in messages] == ["human", "ai", "tool", "tool", "ai"]
    assert messages[-1].text == "Sunny in both."
    sent = fake.requests[1].messages[1]
    assert sent["reasoning_content"] == "I ask for both."
    assert [call["id"] for call in sent["tool_calls"]] == ["call_p", "call_r"]


def test_a_thread_goes_on_from_its_checkpoint(agent, fake) -> None:
    fake.enqueue(*TURNS, Answer("You are welcome.", reasoning="They thank me."))
    agent.invoke(ASKED, thread("1"))
    agent.invoke({"messages": [("user", "Thanks!")]}, thread("1"))
    said = [m for m in fake.requests[2].messages if m["role"] == "assistant"]
    assert [m["reasoning_content"] for m in said] == ["I ask for both.", "They said so."]


def test_an_earlier_checkpoint_is_gone_on_from_again(agent, fake) -> None:
    fake.enqueue(*TURNS, Answer("Sunny, again.", reasoning="Again."))
    agent.invoke(ASKED, thread("1"))
    [before] = [
        state
        for state in agent.get_state_history(thread("1"))
        if state.next == ("model",) and isinstance(state.values["messages"][-1], ToolMessage)
    ]
    again = agent.invoke(None, before.config)
    assert again["messages"][-1].text == "Sunny, again."
    first, second = fake.requests[1].messages, fake.requests[2].messages
    assert first == second


def test_what_an_agent_streams(agent, fake) -> None:
    fake.enqueue(*TURNS)
    shown: dict[str, list] = {"messages": [], "updates": []}
    for mode, part in agent.stream(ASKED, thread("1"), stream_mode=["messages", "updates"]):
        shown[mode].append(part)
    chunks = [m for m, _ in shown["messages"] if isinstance(m, AIMessageChunk)]
    by_id: dict[str, AIMessageChunk] = {}
    for chunk in chunks:
        by_id[chunk.id] = by_id[chunk.id] + chunk if chunk.id in by_id else chunk
    calling, final = by_id.values()
    assert [call["id"] for call in calling.tool_calls] == ["call_p", "call_r"]
    assert final.text == "Sunny in both."
    assert len(chunks) > 6
    thoughts = [b["reasoning"] for b in calling.content_blocks if b["type"] == "reasoning"]
    assert thoughts == ["I ask for both."]
    updates = [next(iter(part)) for part in shown["updates"]]
    assert updates == ["model", "tools", "tools", "model"]
    kept = agent.get_state(thread("1")).values["messages"]
    assert [type(message) for message in kept if message.type == "ai"] == [AIMessage, AIMessage]
    assert kept[-1].response_metadata["unillm"]["cost"]["state"] == "exact"
    assert fake.requests[1].messages[1]["reasoning_content"] == "I ask for both."


@pytest.mark.parametrize("with_async", [True, False], ids=["async client", "threads"])
async def test_async_agents(deepseek, client, fake, version, with_async) -> None:
    fake.enqueue(*TURNS, *TURNS)
    other = unillm.AsyncClient(providers=[deepseek])
    model = ChatUnillm(model=MODEL, client=other if with_async else client, output_version=version)
    agent = create_agent(model, tools=[get_weather])
    result = await agent.ainvoke(ASKED)
    assert result["messages"][-1].text == "Sunny in both."
    shown = [m async for m, _ in agent.astream(ASKED, stream_mode="messages")]
    text = "".join(m.text for m in shown if isinstance(m, AIMessageChunk))
    assert text == "I look.Sunny in both."
    assert fake.requests[3].messages[1]["reasoning_content"] == "I ask for both."
    await other.close()


async def test_events(deepseek, fake, version) -> None:
    fake.enqueue(*TURNS)
    client = unillm.AsyncClient(providers=[deepseek])
    model = ChatUnillm(model=MODEL, client=client, output_version=version)
    agent = create_agent(model, tools=[get_weather])
    events = [event async for event in agent.astream_events(ASKED, version="v2")]
    ends = [e["data"]["output"] for e in events if e["event"] == "on_chat_model_end"]
    assert [len(message.tool_calls) for message in ends] == [2, 0]
    assert [e["name"] for e in events if e["event"] == "on_tool_end"] == ["get_weather"] * 2
    assert any(e["event"] == "on_chat_model_stream" for e in events)
    await client.close()


def test_typed_events_of_a_model(client, fake, version) -> None:
    fake.enqueue(TURNS[0])
    model = ChatUnillm(model=MODEL, client=client, output_version=version)
    stream = model.bind_tools([get_weather]).stream_events("Weather?", version="v3")
    list(stream)
    message = stream.output
    assert [b["type"] for b in message.content_blocks] == [
        "reasoning",
        "text",
        "tool_call",
        "tool_call",
    ]
    assert [call["args"]["city"] for call in message.tool_calls] == ["Paris", "Rome"]
    assert message.response_metadata["unillm"]["provider"] == "deepseek"
    assert message.usage_metadata["output_tokens"] > 0
    answers = [get_weather.invoke(call) for call in message.tool_calls]
    fake.enqueue(TURNS[1])
    model.bind_tools([get_weather]).invoke([("user", "Weather?"), message, *answers])
    assert fake.requests[1].messages[1]["reasoning_content"] == "I ask for both."


def test_an_agent_never_makes_a_call_that_was_cut(client, fake) -> None:
    made = []

    @tool
    def pay(euros: int) -> str:
        """Pay."""
        made.append(euros)
        return "paid"

    cut = Answer(tool_calls=[{"name": "pay", "arguments": '{"euros": 10'}], finish_reason="length")
    for way in ("raise", "return"):
        model = ChatUnillm(model=MODEL, client=client, on_invalid_tool_call=way)
        agent = create_agent(model, tools=[pay])
        for streamed in (False, True):
            fake.enqueue(cut)
            try:
                if streamed:
                    list(agent.stream(ASKED, stream_mode="messages"))
                else:
                    agent.invoke(ASKED)
            except unillm.ToolArgumentsError:
                assert way == "raise"
            else:
                assert way == "return"
    assert made == []


def test_a_task_adds_up_what_an_agent_cost(agent, fake) -> None:
    fake.enqueue(*TURNS, *TURNS)
    with unillm.task("weather") as task:
        whole = agent.invoke(ASKED, thread("1"))["messages"]
        list(agent.stream(ASKED, thread("2"), stream_mode="messages"))
    told = [m.response_metadata["unillm"]["cost"] for m in whole if m.type == "ai"]
    assert task.cost.total == 2 * sum(Decimal(cost["total"]) for cost in told) > 0
    assert task.cost.state == "exact"


def test_two_runs_in_a_row(deepseek, fake) -> None:
    fake.enqueue(*TURNS, *TURNS)
    model = ChatUnillm(model=MODEL, client=unillm.AsyncClient(providers=[deepseek]))
    agent = create_agent(model, tools=[get_weather])
    texts = [asyncio.run(agent.ainvoke(ASKED))["messages"][-1].text for _ in range(2)]
    assert texts == ["Sunny in both."] * 2


def test_messages_in_a_checkpoint_are_plain_json(agent, fake) -> None:
    fake.enqueue(*TURNS)
    for message in agent.invoke(ASKED, thread("1"))["messages"]:
        plain = message.model_dump()
        assert type(message)(**json.loads(json.dumps(plain))).model_dump() == plain
