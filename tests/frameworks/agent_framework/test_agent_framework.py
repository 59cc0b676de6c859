"""Microsoft's Agent Framework over the drop-in, with both of its clients for OpenAI."""

import asyncio
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from agent_framework import Agent, tool
from agent_framework.exceptions import ChatClientException
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from agent_framework_openai import OpenAIContentFilterException
from pydantic import BaseModel

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pages import run_page
from unillm.integrations.openai import openai_client
from unillm.testing import Answer, FakeCall, FakeProvider, faults

PARIS = FakeCall("get_weather", {"city": "Paris"}, "a")
ROME = FakeCall("get_weather", {"city": "Rome"}, "b")
ONCE = {"retry": unillm.RetryPolicy(max_attempts=1)}
KINDS = {"responses": OpenAIChatClient, "chat": OpenAIChatCompletionClient}


class City(BaseModel):
    name: str
    rivers: list[str]


@tool(approval_mode="never_require")
def get_weather(city: str) -> str:
    """Look up the weather."""
    return f"Sunny in {city}."


@dataclass(frozen=True)
class Way:
    """How an agent is run."""

    fake: FakeProvider
    api: str
    streamed: bool

    def provider(self, **options: Any) -> unillm.Provider:
        return unillm.Provider("deepseek", base_url=self.fake.base_url, api_key="test", **options)

    def agent(self, client: unillm.AsyncClient, **options: Any) -> Agent:
        made = KINDS[self.api](model=MODEL, async_client=openai_client(client))
        return Agent(client=made, name="Weather", tools=[get_weather], **options)

    async def ask(self, agent: Agent, asked: Any, **options: Any) -> Any:
        if not self.streamed:
            return await agent.run(asked, **options)
        stream = agent.run(asked, stream=True, **options)
        async for _ in stream:
            pass
        return await stream.get_final_response()

    def run(self, *asked: Any, client: Any = None, where: Any = None, **options: Any) -> Any:
        """Ask one thing after the other in one session; return the last answer."""

        async def main():
            provider = where or self.provider()
            async with unillm.AsyncClient(providers=[provider], **(client or {})) as made:
                agent = self.agent(made)
                session = agent.create_session()
                results = [await self.ask(agent, one, session=session, **options) for one in asked]
                return results[-1]

        return asyncio.run(main())


@pytest.fixture(params=list(KINDS))
def api(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def way(request: pytest.FixtureRequest, fake: FakeProvider, api: str) -> Way:
    return Way(fake, api, request.param)


def contents(result, kind):
    found = [part for message in result.messages for part in message.contents]
    return [part for part in found if part.type == kind]


def test_a_plain_question(way):
    way.fake.enqueue("Grüße 🌍")
    assert way.run("¡olé!").text == "Grüße 🌍"
    assert len(way.fake.requests) == 1


def test_tools_thinking_and_what_is_sent_back(way):
    way.fake.enqueue(
        Answer("Let me see.", reasoning="Two cities.", tool_calls=[PARIS, ROME]),
        Answer("Sunny in both.", reasoning="Easy."),
    )
    result = way.run("How is the weather in Paris and Rome?")
    assert result.text.endswith("Sunny in both.")
    assert [part.call_id for part in contents(result, "function_call")] == ["a", "b"]
    given = [part.result for part in contents(result, "function_result")]
    assert given == ["Sunny in Paris.", "Sunny in Rome."]
    thoughts = [part.text for part in contents(result, "text_reasoning")]
    # Of Chat Completions the framework drops the thinking; the client puts it back.
    assert thoughts == (["Two cities.", "Easy."] if way.api == "responses" else [])
    said, *given = way.fake.requests[1].messages[-3:]
    assert said["reasoning_content"] == "Two cities."
    assert [call["id"] for call in said["tool_calls"]] == ["a", "b"]
    assert [message["tool_call_id"] for message in given] == ["a", "b"]


def test_a_session_goes_on(way):
    way.fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), "Sunny.", "You are welcome.")
    assert way.run("Weather in Paris?", "Thanks!").text == "You are welcome."
    messages = way.fake.requests[-1].messages
    assert [m["role"] for m in messages] == ["user", "assistant", "tool", "assistant", "user"]
    assert messages[1]["reasoning_content"] == "Hm."


def test_a_session_is_known_to_its_own_client_alone(fake):
    way = Way(fake, "responses", streamed=False)

    async def main():
        clients = [unillm.AsyncClient(providers=[way.provider()]) for _ in range(2)]
        here, elsewhere = (way.agent(client) for client in clients)
        session = here.create_session()
        await here.run("Hi", session=session)
        try:
            await elsewhere.run("And?", session=session)
        finally:
            for client in clients:
                await client.close()

    with pytest.raises(ChatClientException, match="is not known here") as raised:
        asyncio.run(main())
    assert isinstance(raised.value.__cause__.__cause__, unillm.InvalidRequestError)


def test_without_storing(fake, api):
    way = Way(fake, api, streamed=False)
    fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), Answer("Sunny."))
    assert way.run("Weather in Paris?", options={"store": False}).text == "Sunny."
    assert fake.requests[-1].messages[-2]["reasoning_content"] == "Hm."


def test_usage_and_cost(way):
    way.fake.enqueue(Answer(reasoning="Hm.", tool_calls=[PARIS]), Answer("Sunny."))
    records = []
    with unillm.task("weather") as task:
        result = way.run("Weather in Paris?", client={"observers": [records.append]})
    usage, served = result.usage_details, way.fake.bill["deepseek-v4-pro"]
    assert usage["input_token_count"] == served.input_tokens
    assert usage["output_token_count"] == served.output_tokens
    assert usage["reasoning_output_token_count"] == served.reasoning_tokens
    assert task.cost.total == sum(record.cost.total for record in records) > 0
    if way.api == "responses" and not way.streamed:
        last = result.raw_representation.raw_representation
        assert last.usage.cost == float(records[-1].cost.total)
        assert last.unillm["attempts"]


def test_a_type_for_the_answer(way):
    asked = {"options": {"response_format": City}}
    with pytest.raises(ChatClientException) as refused:
        way.run("json", **asked)
    assert isinstance(refused.value.__cause__.__cause__, unillm.UnsupportedFeatureError)
    way.fake.enqueue('{"name": "Paris", "rivers": ["Seine"]}')
    # DeepSeek takes schemas over its Responses API alone.
    result = way.run("Paris", where=way.provider(api="responses"), **asked)
    assert result.value == City(name="Paris", rivers=["Seine"])


@pytest.mark.parametrize("fault", ["arguments-single-quotes", "leaked-dsml-v41"])
def test_what_the_model_got_wrong_is_put_right(way, fault):
    way.fake.enqueue(faults.get(fault), "Sunny.")
    assert way.run("Weather in Paris?").text.endswith("Sunny.")
    assert "Sunny in Paris." in str(way.fake.requests[1].messages)


@pytest.mark.parametrize(
    ("fault", "raised_as"),
    [
        ("status-429", (openai.RateLimitError, unillm.RateLimitError)),
        ("status-400-context-length", (openai.BadRequestError, unillm.ContextLengthError)),
        ("status-503", (openai.InternalServerError, unillm.OverloadedError)),
        ("cut-in-text", (openai.APIConnectionError, unillm.IncompleteStreamError)),
    ],
)
def test_errors_are_not_tried_again(way, fault, raised_as):
    theirs, ours = raised_as
    way.fake.enqueue(*[faults.get(fault)] * 4)
    with pytest.raises(ChatClientException) as raised:
        way.run("Hi", client=ONCE)
    assert isinstance(raised.value.__cause__, theirs)
    assert isinstance(raised.value.__cause__.__cause__, ours)
    assert len(way.fake.requests) == 1


def test_a_filtered_prompt(way):
    way.fake.enqueue(faults.get("status-400-content-filter"))
    with pytest.raises(OpenAIContentFilterException) as raised:
        way.run("Hi", client=ONCE)
    assert isinstance(raised.value.__cause__.__cause__, unillm.ContentPolicyError)


def test_nobody_listens(way):
    where = way.provider()
    way.fake.stop()
    with pytest.raises(ChatClientException) as raised:
        way.run("Hi", client=ONCE, where=where)
    assert isinstance(raised.value.__cause__, openai.APIConnectionError)
    assert isinstance(raised.value.__cause__.__cause__, unillm.ConnectError)


def test_a_call_that_cannot_be_executed_is_not(way):
    way.fake.enqueue(Answer("Hm.", tool_calls=[FakeCall("get_weather", '{"city": "Par')]))
    with pytest.raises(ChatClientException) as raised:
        way.run("Weather in Paris?")
    assert isinstance(raised.value.__cause__.__cause__, unillm.ToolArgumentsError)


def test_an_answer_at_its_limit(way):
    way.fake.enqueue(Answer("half a", finish_reason="length"))
    result = way.run("Hi")
    assert (result.text, result.finish_reason) == ("half a", "length")


def test_an_empty_answer(way):
    way.fake.enqueue(Answer(""))
    assert way.run("Say nothing.").text == ""


def test_one_agent_through_several_loops(way):
    client = unillm.AsyncClient(providers=[way.provider()])
    agent = way.agent(client)
    for _ in range(2):
        way.fake.enqueue("Hello")
        assert asyncio.run(way.ask(agent, "Hi")).text == "Hello"
    asyncio.run(client.close())


def test_cancelling_closes_what_is_behind(fake, api):
    way = Way(fake, api, streamed=True)
    fake.enqueue(Answer("many words " * 200, pace=0.05))

    async def main():
        async with unillm.AsyncClient(providers=[way.provider()]) as client:
            seen = asyncio.Event()

            async def read():
                async for update in way.agent(client).run("Hi", stream=True):
                    if update.text:
                        seen.set()

            reading = asyncio.create_task(read())
            await seen.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

    asyncio.run(main())
    assert fake.wait(in_flight=0)
    assert [served.left_early for served in fake.served] == [True]


@pytest.mark.usefixtures("reader")
def test_the_page():
    run_page("agent-framework")
