"""Errors, retries, and leaving a stream."""

import asyncio
import gc

import openai
import pytest
from llama_index.core.llms import ChatMessage

import unillm
from tests.frameworks.llama_index.conftest import model
from tests.frameworks.recipes import REFUSALS, RETRIED, closed_port, world_at

ASK = [ChatMessage("Hi")]


async def drained(llm):
    return [piece async for piece in await llm.astream_chat(ASK)]


WAYS = {
    "chat": lambda llm: llm.chat(ASK),
    "stream": lambda llm: list(llm.stream_chat(ASK)),
    "achat": lambda llm: asyncio.run(llm.achat(ASK)),
    "astream": lambda llm: asyncio.run(drained(llm)),
}
every_way = pytest.mark.parametrize("way", list(WAYS))


@every_way
@pytest.mark.parametrize("fault", ["status-429", "status-400-context-length", "status-401"])
def test_a_refusal_is_openais_error_with_ours_as_its_cause(world, llm, way, fault):
    name, cause = REFUSALS[fault]
    world.queue(fault)
    with pytest.raises(getattr(openai, name)) as raised:
        WAYS[way](llm)
    assert isinstance(raised.value.__cause__, cause)
    assert len(world.operations) == 1
    assert len(world.fake.requests) == (2 if fault in RETRIED else 1)


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_is_cut_raises(world, llm, way):
    world.queue("cut-in-text")
    with pytest.raises(openai.APIConnectionError) as raised:
        WAYS[way](llm)
    assert isinstance(raised.value.__cause__, unillm.IncompleteStreamError)
    assert len(world.operations) == 1


@every_way
def test_where_nobody_listens_it_is_tried_by_unillm_alone(fake, way):
    with world_at(fake, base_url=closed_port()) as world:
        with pytest.raises(openai.APIConnectionError) as raised:
            WAYS[way](model(world))
        assert isinstance(raised.value.__cause__, unillm.TransportError)
        assert [len(record.attempts) for record in world.operations] == [2]


def test_the_usual_retries_ask_three_times_over(world, monkeypatch):
    """What the page warns of: without max_retries=0 LlamaIndex asks again on top."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    world.queue("status-429")
    with pytest.raises(openai.RateLimitError):
        model(world, max_retries=3).chat(ASK)
    assert (len(world.operations), len(world.fake.requests)) == (3, 6)


def test_a_stream_that_is_left_is_released_when_python_clears_up(world, llm):
    """LlamaIndex does not close it; openai's streams hold themselves until they are collected."""
    world.queue("stall-in-text", 1)
    stream = llm.stream_chat(ASK)
    next(stream)
    stream.close()
    gc.collect()
    assert world.is_released()


def test_a_task_that_is_cancelled_releases_its_stream(world, llm):
    world.queue("stall-in-text", 1)

    async def main():
        begun = asyncio.Event()

        async def read():
            async for _ in await llm.astream_chat(ASK):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(world.is_released)

    asyncio.run(main())
