"""What is raised, how often is asked, and what is closed."""

import asyncio

import openai
import pytest
from agents import (
    Agent,
    ModelRetrySettings,
    ModelSettings,
    RunConfig,
    Runner,
    retry_policies,
)
from agents.exceptions import ModelBehaviorError

import unillm
from tests.frameworks.agents.conftest import MODEL, beta
from unillm.integrations.agents import UnillmProvider
from unillm.testing import Answer, FakeCall, faults

ONCE = {"retry": unillm.RetryPolicy(max_attempts=1)}

RAISED = pytest.mark.parametrize(
    ("fault", "theirs", "ours"),
    [
        ("status-429", openai.RateLimitError, unillm.RateLimitError),
        ("status-400-context-length", openai.BadRequestError, unillm.ContextLengthError),
        ("status-503", openai.InternalServerError, unillm.OverloadedError),
        ("cut-in-text", openai.APIConnectionError, unillm.IncompleteStreamError),
    ],
)


@RAISED
def test_errors_and_who_tries_again(way, fault, theirs, ours):
    way.fake.enqueue(faults.get(fault))
    with pytest.raises(theirs) as raised:
        way.run("Hi", client=ONCE)
    assert isinstance(raised.value.__cause__, ours)
    assert len(way.fake.requests) == 1


def test_unillm_tries_again_and_nobody_else(way):
    retry = unillm.RetryPolicy(max_attempts=2, max_wait=0)
    way.fake.enqueue(*[faults.get("status-503")] * 4)
    with pytest.raises(openai.InternalServerError) as raised:
        way.run("Hi", client={"retry": retry})
    assert len(raised.value.__cause__.attempts) == len(way.fake.requests) == 2


@pytest.mark.parametrize("fault", ["status-429", "cut-in-text"])
def test_retries_of_the_sdk_are_advised_against(way, fault):
    way.fake.enqueue(*[faults.get(fault)] * 3)
    settings = ModelSettings(
        retry=ModelRetrySettings(
            max_retries=2,
            backoff={"initial_delay": 0},
            policy=retry_policies.provider_suggested(),
        )
    )
    with pytest.raises(openai.APIError):
        way.run("Hi", config=settings, client=ONCE)
    assert len(way.fake.requests) == 1


def test_nobody_listens(way):
    nowhere = beta(way.fake)
    way.fake.stop()

    async def main():
        async with unillm.AsyncClient(providers=[nowhere], **ONCE) as client:
            provider = UnillmProvider(client, api=way.api)
            config = RunConfig(model_provider=provider, tracing_disabled=True)
            await way.ask(Agent(name="Plain", model=MODEL), "Hi", run_config=config)

    with pytest.raises(openai.APIConnectionError) as raised:
        asyncio.run(main())
    assert isinstance(raised.value.__cause__, unillm.ConnectError)


def test_a_call_that_cannot_be_executed_is_not(way):
    way.fake.enqueue(Answer("Hm.", tool_calls=[FakeCall("get_weather", '{"city": "Par')]))
    with pytest.raises(openai.APIError) as raised:
        way.run("Weather in Paris?")
    assert isinstance(raised.value.__cause__, unillm.ToolArgumentsError)


def test_an_answer_at_its_limit(way):
    way.fake.enqueue(Answer("half a", finish_reason="length"))
    if way.api == "chat":
        assert way.run("Hi").final_output == "half a"
    else:
        with pytest.raises(ModelBehaviorError, match="max_output_tokens"):
            way.run("Hi")


def first_words(fake, api, leave):
    """Read a slow stream up to its first word, and leave."""

    async def main():
        async with unillm.AsyncClient(providers=[beta(fake)]) as client:
            provider = UnillmProvider(client, api=api)
            config = RunConfig(model_provider=provider, tracing_disabled=True)
            agent = Agent(name="Plain", model=MODEL)
            result = Runner.run_streamed(agent, "Hi", run_config=config)
            await leave(result)

    fake.enqueue(Answer("many words " * 200, pace=0.05))
    asyncio.run(main())
    assert fake.wait(in_flight=0)
    assert [served.left_early for served in fake.served] == [True]


async def first_word(result):
    async for event in result.stream_events():
        if getattr(getattr(event, "data", None), "type", None) == "response.output_text.delta":
            return


def test_cancelling_a_run_closes_what_is_behind(fake, api):
    async def leave(result):
        await first_word(result)
        result.cancel()
        async for _ in result.stream_events():
            pass

    first_words(fake, api, leave)


def test_cancelling_the_task_closes_what_is_behind(fake, api):
    async def leave(result):
        seen = asyncio.Event()

        async def read():
            async for event in result.stream_events():
                if getattr(getattr(event, "data", None), "type", None) == (
                    "response.output_text.delta"
                ):
                    seen.set()

        task = asyncio.create_task(read())
        await seen.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    first_words(fake, api, leave)
