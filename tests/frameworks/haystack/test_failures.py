"""Errors, retries, and leaving a stream."""

import asyncio
import gc

import openai
import pytest
from haystack.dataclasses import ChatMessage

import unillm
from tests.frameworks.haystack.conftest import generator
from tests.frameworks.recipes import REFUSALS, RETRIED, closed_port, world_at

ASK = [ChatMessage.from_user("Hi")]


async def silent(_):
    """Take a piece of a stream."""


WAYS = {
    "whole": lambda llm: llm.run(ASK),
    "streamed": lambda llm: llm.run(ASK, streaming_callback=lambda _: None),
    "whole, async": lambda llm: asyncio.run(llm.run_async(ASK)),
    "streamed, async": lambda llm: asyncio.run(llm.run_async(ASK, streaming_callback=silent)),
}
every_way = pytest.mark.parametrize("way", list(WAYS))


@every_way
@pytest.mark.parametrize("fault", ["status-429", "status-400-context-length", "status-401"])
def test_a_refusal_is_openais_error_with_ours_as_its_cause(world, llm, way, fault):
    """With the usual max_retries, which is five: what unillm raises is not tried again."""
    name, cause = REFUSALS[fault]
    world.queue(fault)
    with pytest.raises(getattr(openai, name)) as raised:
        WAYS[way](llm)
    assert isinstance(raised.value.__cause__, cause)
    assert len(world.operations) == 1
    assert len(world.fake.requests) == (2 if fault in RETRIED else 1)


@pytest.mark.parametrize("way", ["streamed", "streamed, async"])
def test_a_stream_that_is_cut_raises(world, llm, way):
    world.queue("cut-in-text")
    with pytest.raises(openai.APIConnectionError) as raised:
        WAYS[way](llm)
    assert isinstance(raised.value.__cause__, unillm.IncompleteStreamError)
    assert len(world.operations) == 1


@every_way
def test_where_nobody_listens_it_is_tried_by_unillm_alone(fake, kind, way):
    with world_at(fake, base_url=closed_port()) as world:
        with pytest.raises(openai.APIConnectionError) as raised:
            WAYS[way](generator(world, kind))
        assert isinstance(raised.value.__cause__, unillm.TransportError)
        assert [len(record.attempts) for record in world.operations] == [2]


def test_a_callback_that_raises_leaves_the_stream_until_python_clears_up(world, llm):
    world.queue("stall-in-text", 1)

    def stop(piece):
        if piece.content:
            raise KeyError(piece.content)

    with pytest.raises(KeyError):
        llm.run(ASK, streaming_callback=stop)
    gc.collect()
    assert world.is_released()


def test_a_task_that_is_cancelled_releases_its_stream(world, llm):
    world.queue("stall-in-text", 1)

    async def main():
        begun = asyncio.Event()

        async def heard(piece):
            if piece.content:
                begun.set()

        task = asyncio.create_task(llm.run_async(ASK, streaming_callback=heard))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())


def test_a_time_limit_of_haystack_holds_in_unillm(world, kind):
    world.queue("stall-in-text", 1)
    with pytest.raises(openai.APITimeoutError) as raised:
        WAYS["streamed"](generator(world, kind, timeout=0.05))
    assert isinstance(raised.value.__cause__, unillm.RequestTimeoutError)
