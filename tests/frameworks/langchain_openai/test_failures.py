"""Errors, retries, and leaving a stream."""

import asyncio

import openai
import pytest

import unillm
from tests.frameworks.langchain_openai.conftest import model
from tests.frameworks.recipes import REFUSALS, RETRIED, closed_port, ours, world_at


async def drained(llm):
    return [piece async for piece in llm.astream("Hi")]


WAYS = {
    "whole": lambda llm: llm.invoke("Hi"),
    "streamed": lambda llm: list(llm.stream("Hi")),
    "whole, async": lambda llm: asyncio.run(llm.ainvoke("Hi")),
    "streamed, async": lambda llm: asyncio.run(drained(llm)),
}
every_way = pytest.mark.parametrize("way", list(WAYS))


@every_way
@pytest.mark.parametrize("fault", ["status-429", "status-400-context-length", "status-401"])
def test_a_refusal_is_openais_error_and_caused_by_ours(world, llm, way, fault):
    """With the usual max_retries: what unillm raises is not tried again."""
    name, cause = REFUSALS[fault]
    world.queue(fault)
    with pytest.raises(getattr(openai, name)) as raised:
        WAYS[way](llm)
    assert isinstance(ours(raised.value), cause)
    assert len(world.operations) == 1
    assert len(world.fake.requests) == (2 if fault in RETRIED else 1)


@pytest.mark.parametrize("way", ["streamed", "streamed, async"])
def test_a_stream_that_is_cut_raises(world, llm, way):
    world.queue("cut-in-text")
    with pytest.raises(openai.APIConnectionError) as raised:
        WAYS[way](llm)
    assert isinstance(ours(raised.value), unillm.IncompleteStreamError)
    assert len(world.operations) == 1


@every_way
def test_where_nobody_listens_it_is_tried_by_unillm_alone(fake, kind, way):
    with world_at(fake, base_url=closed_port()) as world:
        with pytest.raises(openai.APIConnectionError) as raised:
            WAYS[way](model(world, kind))
        assert isinstance(ours(raised.value), unillm.TransportError)
        assert [len(record.attempts) for record in world.operations] == [2]


def test_a_stream_that_is_closed_is_released_at_once(world, llm):
    world.queue("stall-in-text", 2)
    stream = llm.stream("Hi")
    next(stream)
    stream.close()
    assert world.is_released()

    async def main():
        later = llm.astream("Hi")
        await anext(later)
        await later.aclose()
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())


def test_a_task_that_is_cancelled_releases_its_stream(world, llm):
    world.queue("stall-in-text", 1)

    async def main():
        begun = asyncio.Event()

        async def read():
            async for _ in llm.astream("Hi"):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())
