"""pydantic-ai's own models for OpenAI over the drop-in."""

import asyncio
from dataclasses import dataclass
from typing import Any

import openai
import pydantic_ai
import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, PromptedOutput
from pydantic_ai.messages import ThinkingPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.openai import (
    OpenAIChatModel,
    OpenAIResponsesModel,
    OpenAIResponsesModelSettings,
)
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.deepseek import DeepSeekProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

import unillm
from tests.frameworks.conftest import MODEL
from tests.frameworks.pages import run_page
from unillm.integrations.openai import openai_client
from unillm.testing import Answer, FakeCall, FakeProvider, faults

PARIS = FakeCall("get_weather", {"city": "Paris"}, "a")
ROME = FakeCall("get_weather", {"city": "Rome"}, "b")
PROFILE = OpenAIModelProfile(
    openai_supports_strict_tool_definition=False, supports_forced_tool_choice=False
)
KINDS = {"chat": OpenAIChatModel, "responses": OpenAIResponsesModel}


class City(BaseModel):
    name: str
    rivers: list[str]


def get_weather(city: str, days: int = 1) -> str:
    """Look up the weather."""
    return f"Sunny in {city} for {days} day(s)."


@dataclass(frozen=True)
class Way:
    """How an agent is run."""

    fake: FakeProvider
    api: str = "chat"
    streamed: bool = False
    sends_ids: bool = False

    def provider(self, url: str | None = None) -> unillm.Provider:
        return unillm.Provider("deepseek", base_url=url or self.fake.base_url, api_key="test")

    def model(self, client: unillm.AsyncClient, profile: Any = PROFILE) -> Any:
        provider = OpenAICompatibleProvider("unillm", openai_client=openai_client(client))
        settings = OpenAIResponsesModelSettings(openai_send_reasoning_ids=True)
        more = {"settings": settings} if self.sends_ids else {}
        return KINDS[self.api](MODEL, provider=provider, profile=profile, **more)

    async def ask(self, agent: Agent[Any, Any], asked: str) -> Any:
        async def watch(_, events):
            async for _event in events:
                pass

        return await agent.run(asked, event_stream_handler=watch if self.streamed else None)

    def run(self, asked: str, *, where: Any = None, once: bool = False, **options: Any) -> Any:
        async def main():
            attempts = {"retry": unillm.RetryPolicy(max_attempts=1)} if once else {}
            async with unillm.AsyncClient(providers=[where or self.provider()], **attempts) as made:
                options.setdefault("tools", [get_weather])
                model = self.model(made, options.pop("profile", PROFILE))
                return await self.ask(Agent(model, **options), asked)

        return asyncio.run(main())


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def way(request: pytest.FixtureRequest, fake: FakeProvider) -> Way:
    return Way(fake, streamed=request.param)


def parts(result, kind):
    found = [part for message in result.all_messages() for part in message.parts]
    return [part for part in found if isinstance(part, kind)]


def tool_loop(way):
    way.fake.enqueue(
        Answer("Let me see.", reasoning="Two cities.", tool_calls=[PARIS, ROME]),
        Answer("Grüße 🌍", reasoning="Easy."),
    )
    with unillm.task("weather") as task:
        return way.run("Weather in Paris and Rome? ¡olé!"), task


def test_tools_thinking_and_what_is_sent_back(way):
    result, _ = tool_loop(way)
    assert result.output == "Grüße 🌍"
    assert [part.content for part in parts(result, ThinkingPart)] == ["Two cities.", "Easy."]
    assert [part.tool_call_id for part in parts(result, ToolCallPart)] == ["a", "b"]
    assert parts(result, ToolReturnPart)[0].content == "Sunny in Paris for 1 day(s)."
    said = way.fake.requests[1].messages[-3]
    assert said["reasoning_content"] == "Two cities."
    assert [call["id"] for call in said["tool_calls"]] == ["a", "b"]


def test_usage_arrives_and_cost_does_not(way):
    result, task = tool_loop(way)
    served = way.fake.bill["deepseek-v4-pro"]
    assert result.usage.input_tokens == served.input_tokens
    assert result.usage.output_tokens == served.output_tokens
    assert result.usage.cost is None
    assert task.cost.state == "exact"
    assert task.cost.total > 0


@pytest.mark.parametrize("sends_ids", [True, False])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_responses_api_needs_a_setting(fake, streamed, sends_ids):
    way = Way(fake, "responses", streamed, sends_ids)
    result, _ = tool_loop(way)
    assert [part.content for part in parts(result, ThinkingPart)] == ["Two cities.", "Easy."]
    said = fake.requests[1].messages[-3]
    assert (said["content"], said["reasoning_content"]) == ("Let me see.", "Two cities.")
    assert ("<think>" in str(fake.requests[1].messages)) is not sends_ids


def test_a_deepseek_provider_has_a_cost_of_its_own(fake):
    async def main():
        async with unillm.AsyncClient(providers=[Way(fake).provider()]) as client:
            provider = DeepSeekProvider(openai_client=openai_client(client))
            return await Agent(OpenAIChatModel(MODEL, provider=provider)).run("Hi")

    assert asyncio.run(main()).usage.cost > 0


def test_tools_of_which_some_are_strict_are_refused(way):
    with pytest.raises(pydantic_ai.ModelHTTPError, match="all tools strict or none"):
        way.run("Hi", tools=[get_weather, tell_time], profile=None)
    assert way.fake.requests == []
    way.fake.enqueue("Hello")
    assert way.run("Hi", tools=[get_weather, tell_time]).output == "Hello"


def tell_time(city: str) -> str:
    """Tell the time."""
    return f"Noon in {city}."


def test_a_type_for_the_answer(way):
    paris = {"name": "Paris", "rivers": ["Seine"]}
    way.fake.enqueue(Answer(reasoning="Hm.", tool_calls=[FakeCall("final_result", paris)]))
    assert way.run("Describe Paris.", output_type=City).output == City(**paris)
    way.fake.enqueue('{"name": "Paris", "rivers": ["Seine"]}')
    assert way.run("Describe Paris.", output_type=PromptedOutput(City)).output == City(**paris)


@pytest.mark.parametrize("fault", ["arguments-single-quotes", "leaked-dsml-v41"])
def test_what_the_model_got_wrong_is_put_right(way, fault):
    way.fake.enqueue(faults.get(fault), "Sunny.")
    assert way.run("Weather in Paris?").output == "Sunny."
    assert "Sunny in Paris" in str(way.fake.requests[1].messages)


def test_a_call_that_cannot_be_executed_is_not(way):
    way.fake.enqueue(Answer("Hm.", tool_calls=[FakeCall("get_weather", '{"city": "Par')]))
    with pytest.raises(pydantic_ai.ModelAPIError) as raised:
        way.run("Weather in Paris?")
    assert isinstance(raised.value.__cause__.__cause__, unillm.ToolArgumentsError)


@pytest.mark.parametrize(
    ("fault", "raised_as"),
    [
        ("status-429", ("ModelRateLimitError", openai.RateLimitError, unillm.RateLimitError)),
        (
            "status-400-context-length",
            (
                "ModelContextWindowExceededError",
                openai.BadRequestError,
                unillm.ContextLengthError,
            ),
        ),
        (
            "cut-in-text",
            ("ModelConnectionError", openai.APIConnectionError, unillm.IncompleteStreamError),
        ),
    ],
)
def test_errors_are_not_tried_again(way, fault, raised_as):
    name, theirs, ours = raised_as
    way.fake.enqueue(*[faults.get(fault)] * 4)
    with pytest.raises(pydantic_ai.ModelAPIError) as raised:
        way.run("Hi", once=True)
    assert type(raised.value).__name__ == name
    assert isinstance(raised.value.__cause__, theirs)
    assert isinstance(raised.value.__cause__.__cause__, ours)
    assert len(way.fake.requests) == 1


def test_nobody_listens(way):
    url = way.fake.base_url
    way.fake.stop()
    with pytest.raises(pydantic_ai.ModelAPIError) as raised:
        way.run("Hi", once=True, where=way.provider(url))
    assert isinstance(raised.value.__cause__.__cause__, unillm.ConnectError)


def test_an_answer_at_its_limit(way):
    way.fake.enqueue(Answer("half a", finish_reason="length"))
    result = way.run("Hi")
    assert (result.output, result.response.finish_reason) == ("half a", "length")


def test_one_model_through_several_loops(way):
    client = unillm.AsyncClient(providers=[way.provider()])
    agent = Agent(way.model(client))
    for _ in range(2):
        assert asyncio.run(way.ask(agent, "Hi")).output == "You said: Hi"
    asyncio.run(client.close())


def test_cancelling_closes_what_is_behind(fake):
    way = Way(fake)
    fake.enqueue(Answer("many words " * 200, pace=0.05))

    async def main():
        async with unillm.AsyncClient(providers=[way.provider()]) as client:
            seen = asyncio.Event()

            async def read():
                async with Agent(way.model(client)).run_stream("Hi") as stream:
                    async for _ in stream.stream_text(delta=True, debounce_by=None):
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
    run_page("pydantic-ai-openai")
