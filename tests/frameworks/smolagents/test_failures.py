"""Errors, retries, and leaving a stream."""

import gc

import openai
import pytest

import unillm
from tests.frameworks.recipes import REFUSALS, RETRIED, closed_port, world_at
from tests.frameworks.smolagents.conftest import model

ASK = [{"role": "user", "content": "Hi"}]
WAYS = {
    "whole": lambda llm: llm.generate(ASK),
    "streamed": lambda llm: list(llm.generate_stream(ASK)),
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


def test_a_stream_that_is_cut_raises(world, llm):
    world.queue("cut-in-text")
    with pytest.raises(openai.APIConnectionError) as raised:
        WAYS["streamed"](llm)
    assert isinstance(raised.value.__cause__, unillm.IncompleteStreamError)
    assert len(world.operations) == 1


@every_way
def test_where_nobody_listens_it_is_tried_by_unillm_alone(fake, way):
    with world_at(fake, base_url=closed_port()) as world:
        with pytest.raises(openai.APIConnectionError) as raised:
            WAYS[way](model(world))
        assert isinstance(raised.value.__cause__, unillm.TransportError)
        assert [len(record.attempts) for record in world.operations] == [2]


def test_the_usual_retries_wait_for_minutes_and_ask_three_times_over(world, monkeypatch):
    """What the page warns of: without retry=False smolagents asks again on top."""
    waited = []
    monkeypatch.setattr("smolagents.utils.time.sleep", waited.append)
    world.queue("status-429")
    with pytest.raises(openai.RateLimitError):
        model(world, retry=True).generate(ASK)
    assert (len(world.operations), len(world.fake.requests)) == (3, 6)
    assert sum(waited) > 120


def test_a_stream_that_is_left_is_released_when_python_clears_up(world, llm):
    """Smolagents does not close it; openai's streams hold themselves until they are collected."""
    world.queue("stall-in-text", 1)
    stream = llm.generate_stream(ASK)
    next(stream)
    stream.close()
    del stream
    gc.collect()
    assert world.is_released()
