"""Agents: text, tools, handoffs, thinking, usage and cost."""

import asyncio
from decimal import Decimal

import openai
import pytest
from agents import (
    Agent,
    ModelSettings,
    MultiProvider,
    RunConfig,
    Runner,
    SQLiteSession,
    WebSearchTool,
)
from agents.exceptions import UserError
from agents.items import ReasoningItem, ToolCallItem, ToolCallOutputItem
from agents.models.multi_provider import MultiProviderMap
from pydantic import BaseModel

import unillm
from tests.frameworks.agents.conftest import MODEL, Way, beta, weather
from tests.frameworks.pages import run_page
from unillm.integrations.agents import UnillmProvider
from unillm.testing import Answer, FakeCall, FakeProvider, faults

PARIS = FakeCall("get_weather", {"city": "Paris"}, "a")
ROME = FakeCall("get_weather", {"city": "Rome"}, "b")


class City(BaseModel):
    name: str
    rivers: list[str]


def items_of(result, kind):
    return [item for item in result.new_items if isinstance(item, kind)]


def test_a_plain_question(way):
    way.fake.enqueue("Grüße 🌍")
    result = way.run("Greet the world in German: ¡olé!")
    assert result.final_output == "Grüße 🌍"
    assert way.fake.requests[0].messages[-1]["content"] == "Greet the world in German: ¡olé!"
    assert len(way.fake.requests) == 1


def test_tools_thinking_and_what_is_sent_back(way):
    way.fake.enqueue(
        Answer("Let me see.", reasoning="Two cities.", tool_calls=[PARIS, ROME]),
        Answer("Sunny in both.", reasoning="Easy."),
    )
    result = way.run("How is the weather in Paris and Rome?")
    assert result.final_output == "Sunny in both."
    thoughts = [item.raw_item.summary[0].text for item in items_of(result, ReasoningItem)]
    assert thoughts == ["Two cities.", "Easy."]
    called = [item.raw_item.call_id for item in items_of(result, ToolCallItem)]
    assert called == ["a", "b"]
    outputs = [item.output for item in items_of(result, ToolCallOutputItem)]
    assert outputs == ["Sunny in Paris.", "Sunny in Rome."]
    said, *given = way.fake.requests[1].messages[-3:]
    assert said["reasoning_content"] == "Two cities."
    assert said["content"] == "Let me see."
    assert [call["id"] for call in said["tool_calls"]] == ["a", "b"]
    assert [message["tool_call_id"] for message in given] == ["a", "b"]


def test_usage_and_cost(way):
    way.fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), Answer("Sunny."))
    costs = []
    told = [lambda record: costs.append(record.cost.total)]
    with unillm.task("weather") as task:
        result = way.run("And in Paris?", client={"observers": told})
    usage, served = result.context_wrapper.usage, way.fake.bill["deepseek-v4-pro"]
    assert (usage.input_tokens, usage.output_tokens) == (served.input_tokens, served.output_tokens)
    assert usage.output_tokens_details.reasoning_tokens == served.reasoning_tokens
    raw = [Decimal(str(response.raw_usage["cost"])) for response in result.raw_responses]
    assert raw == costs
    assert task.cost.total == sum(raw) > 0


def test_streams_tell_usage_unless_it_is_not_wanted(way):
    way.fake.enqueue("Hello")
    result = way.run("Hi", config=ModelSettings(include_usage=False))
    chat_stream = (way.api, way.streamed) == ("chat", True)
    assert (result.context_wrapper.usage.total_tokens == 0) is chat_stream


def test_a_handoff(way):
    other = Agent(name="Other", model=MODEL)
    first = Agent(name="First", model=MODEL, tools=[weather], handoffs=[other])
    way.fake.enqueue(
        Answer(reasoning="Not mine.", tool_calls=[FakeCall("transfer_to_other")]), "Me"
    )
    result = way.run("Hi", agent=first)
    assert (result.final_output, result.last_agent.name) == ("Me", "Other")


def test_a_type_for_the_answer(way):
    with pytest.raises(Exception, match="response_format='json_schema'") as refused:
        way.run("json", agent=Agent(name="City", model=MODEL, output_type=City))
    assert isinstance(refused.value.__cause__, unillm.UnsupportedFeatureError)
    assert way.fake.requests == []

    async def main():
        # DeepSeek takes schemas over its Responses API alone.
        async with unillm.AsyncClient(providers=[beta(way.fake, api="responses")]) as client:
            provider = UnillmProvider(client, api=way.api)
            agent = Agent(name="City", model=MODEL, output_type=City)
            config = RunConfig(model_provider=provider, tracing_disabled=True)
            return await way.ask(agent, "Paris", run_config=config)

    way.fake.enqueue('{"name": "Paris", "rivers": ["Seine"]}')
    assert asyncio.run(main()).final_output == City(name="Paris", rivers=["Seine"])


@pytest.mark.parametrize("fault", ["arguments-single-quotes", "leaked-dsml-v41"])
def test_what_the_model_got_wrong_is_put_right(way, fault):
    way.fake.enqueue(faults.get(fault), "Sunny.")
    assert way.run("Weather in Paris?").final_output == "Sunny."


def test_an_empty_answer(way):
    way.fake.enqueue(Answer(""))
    assert way.run("Say nothing.").final_output == ""


def test_thinking_of_another_model_is_left_to_unillm(fake, api):
    # The SDK itself would replay it to models with deepseek in their name alone.
    fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), "Sunny.")

    async def main():
        target = "deepseek:deepseek-v4-pro"
        routes = {"work": unillm.Route([target])}
        async with unillm.AsyncClient(providers=[beta(fake)], routes=routes) as client:
            config = RunConfig(
                model_provider=UnillmProvider(client, api=api), tracing_disabled=True
            )
            agent = Agent(name="Weather", model="route:work", tools=[weather])
            return await Runner.run(agent, "Paris?", run_config=config)

    assert asyncio.run(main()).final_output == "Sunny."
    assert fake.requests[1].messages[-2]["reasoning_content"] == "Hm."


def test_one_provider_through_several_loops(way):
    client = unillm.AsyncClient(providers=[beta(way.fake)])
    provider = UnillmProvider(client, api=way.api)
    config = RunConfig(model_provider=provider, tracing_disabled=True)
    agent = Agent(name="Weather", model=MODEL)
    for _ in range(2):
        assert asyncio.run(way.ask(agent, "Hi", run_config=config)).final_output == "You said: Hi"
    asyncio.run(client.close())


def test_models_by_prefix(fake, monkeypatch, api):
    monkeypatch.setenv("DEEPSEEK_API_KEY", "test")
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    prefixes = MultiProviderMap()
    prefixes.add_provider("unillm", UnillmProvider(api=api))  # with a client of its own
    models = MultiProvider(provider_map=prefixes, openai_api_key="unused")

    async def main():
        config = RunConfig(model_provider=models, tracing_disabled=True)
        result = await Runner.run(Agent(name="Plain", model=MODEL), "Hi", run_config=config)
        await models.aclose()
        return result

    assert asyncio.run(main()).final_output == "You said: Hi"


def test_a_conversation_is_gone_on_from_by_its_id(fake):
    async def main():
        async with unillm.AsyncClient(providers=[beta(fake)]) as client:
            config = RunConfig(model_provider=UnillmProvider(client), tracing_disabled=True)
            agent = Agent(name="Plain", model=MODEL)
            first = await Runner.run(agent, "Hi", run_config=config)
            return await Runner.run(
                agent, "And?", previous_response_id=first.last_response_id, run_config=config
            )

    assert asyncio.run(main()).final_output == "You said: And?"
    said = [message["content"] for message in fake.requests[1].messages]
    assert said == ["Hi", "You said: Hi", "And?"]


def test_what_only_openai_keeps_is_refused(fake):
    way = Way(fake, "responses", streamed=False)
    with pytest.raises(openai.BadRequestError, match="conversation is not served here"):
        way.run("Hi", conversation_id="conv_1")
    assert fake.requests == []


def openai_asked(api, agent, settings, *answers, rules=None):
    """Return what OpenAI is asked."""

    async def main(fake):
        there = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        async with unillm.AsyncClient(providers=[there]) as client:
            config = RunConfig(
                model_provider=UnillmProvider(client, api=api),
                model_settings=settings,
                tracing_disabled=True,
            )
            await Runner.run(agent, "Hi", run_config=config)

    with FakeProvider(rules=rules) as fake:
        fake.enqueue(*answers, "Hello")
        asyncio.run(main(fake))
        return fake.requests[-1].json


def test_tools_that_the_provider_runs(api):
    agent = Agent(name="Search", model="unillm/openai:gpt-5.5", tools=[WebSearchTool()])
    if api == "chat":
        with pytest.raises(UserError, match="Hosted tools are not supported"):
            openai_asked(api, agent, ModelSettings())
    else:
        asked = openai_asked(api, agent, ModelSettings())
        assert [tool["type"] for tool in asked["tools"]] == ["web_search"]


def test_what_openai_encrypted_goes_back_to_openai(api):
    # The SDK has seen a summary of it at most: the client that made the call remembers.
    agent = Agent(name="Weather", model="openai:gpt-5.5", tools=[weather])
    called = Answer(reasoning="Hm.", tool_calls=[PARIS])
    asked = openai_asked(api, agent, None, called, rules="openai")
    thoughts = [item for item in asked["input"] if item.get("type") == "reasoning"]
    assert [bool(item["encrypted_content"]) for item in thoughts] == [True]


IMAGE = "data:image/png;base64,iVBORw0KGgo="


def test_images(way):
    asked = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": IMAGE, "detail": "auto"},
    ]
    with pytest.raises(openai.BadRequestError, match="image"):  # this model reads text alone
        way.run([{"role": "user", "content": asked}])
    assert way.fake.requests == []

    async def main(fake):
        there = unillm.Provider("openai", base_url=fake.base_url, api_key="test")
        async with unillm.AsyncClient(providers=[there]) as client:
            provider = UnillmProvider(client, api=way.api)
            config = RunConfig(model_provider=provider, tracing_disabled=True)
            agent = Agent(name="Eye", model="openai:gpt-5.5")
            await way.ask(agent, [{"role": "user", "content": asked}], run_config=config)

    with FakeProvider() as fake:
        asyncio.run(main(fake))
        assert IMAGE in str(fake.requests[0].json)


def test_penalties_are_sent_over_chat(api):
    agent = Agent(name="Plain", model="openai:a-model-of-my-own")
    asked = openai_asked(api, agent, ModelSettings(frequency_penalty=0.5))
    assert asked.get("frequency_penalty") == (0.5 if api == "chat" else None)


def test_a_session_is_gone_on_with_in_another_process(way, tmp_path):
    way.fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), "Sunny.", "You are welcome.")
    for asked in ("Paris?", "Thanks!"):  # each with a client of its own, which remembers nothing
        session = SQLiteSession("one", tmp_path / "sessions.db")
        result = way.run(asked, session=session)
        session.close()
    assert result.final_output == "You are welcome."
    assert way.fake.requests[-1].messages[1]["reasoning_content"] == "Hm."


@pytest.mark.parametrize("name", [None, "", "unillm/"])
def test_a_model_must_be_named(fake, name):
    client = unillm.AsyncClient(providers=[beta(fake)])
    with pytest.raises(UserError, match="no model is named"):
        UnillmProvider(client).get_model(name)


@pytest.mark.usefixtures("reader")
def test_the_page():
    run_page("agents")
