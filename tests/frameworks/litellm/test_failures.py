"""Errors, retries, and leaving a stream."""

import asyncio

import litellm
import openai
import pytest

import unillm
from tests.frameworks.litellm.conftest import Asking
from tests.frameworks.recipes import RETRIED, closed_port, ours, world_at

ASK = [{"role": "user", "content": "Hi"}]
REFUSALS = {
    "status-429": (litellm.RateLimitError, unillm.RateLimitError),
    "status-400-context-length": (litellm.ContextWindowExceededError, unillm.ContextLengthError),
    "status-401": (litellm.AuthenticationError, unillm.AuthenticationError),
    "status-503": (litellm.ServiceUnavailableError, unillm.OverloadedError),
}


async def drained(llm):
    return [piece async for piece in await llm.acompletion(ASK, stream=True)]


WAYS = {
    "whole": lambda llm: llm.completion(ASK),
    "streamed": lambda llm: list(llm.completion(ASK, stream=True)),
    "whole, async": lambda llm: asyncio.run(llm.acompletion(ASK)),
    "streamed, async": lambda llm: asyncio.run(drained(llm)),
}
every_way = pytest.mark.parametrize("way", list(WAYS))


@every_way
@pytest.mark.parametrize("fault", list(REFUSALS))
def test_a_refusal_is_litellms_error_and_comes_of_ours(world, llm, way, fault):
    theirs, cause = REFUSALS[fault]
    world.queue(fault)
    with pytest.raises(theirs) as raised:
        WAYS[way](llm)
    assert isinstance(ours(raised.value), cause)
    assert len(world.operations) == 1
    assert len(world.fake.requests) == (2 if fault in RETRIED else 1)


@pytest.mark.parametrize("way", ["streamed", "streamed, async"])
def test_a_stream_that_is_cut_raises(world, llm, way):
    world.queue("cut-in-text")
    with pytest.raises(openai.OpenAIError) as raised:
        WAYS[way](llm)
    assert isinstance(ours(raised.value), unillm.IncompleteStreamError)
    assert len(world.operations) == 1


@every_way
def test_where_nobody_listens_it_is_tried_by_unillm_alone(fake, way):
    with world_at(fake, base_url=closed_port()) as world:
        with pytest.raises(openai.OpenAIError) as raised:
            WAYS[way](Asking(world))
        assert isinstance(ours(raised.value), unillm.TransportError)
        assert [len(record.attempts) for record in world.operations] == [2]


def test_a_stream_that_is_closed_is_released_at_once(world, llm):
    world.queue("stall-in-text", 2)
    stream = llm.completion(ASK, stream=True)
    next(stream)
    stream.close()
    assert world.is_released()

    async def main():
        later = await llm.acompletion(ASK, stream=True)
        await anext(later)
        await later.aclose()
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())


def test_a_task_that_is_cancelled_releases_its_stream(world, llm):
    world.queue("stall-in-text", 1)

    async def main():
        begun = asyncio.Event()

        async def read():
            async for _ in await llm.acompletion(ASK, stream=True):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())
