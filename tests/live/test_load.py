"""Much at once, and much to read."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

import unillm
from tests.client.ways import read_all
from tests.live.llama import ENDLESS

pytestmark = pytest.mark.live

SLOTS = 8
LIMITS = range(5, 5 + SLOTS)
WORDS = 4_000


@pytest.fixture(scope="module")
def wide(new_llama):
    with new_llama(slots=SLOTS, context=256) as server:
        yield server


@pytest.fixture(scope="module")
def long(new_llama):
    with new_llama(context=5_120) as server:
        yield server


def said(events):
    return "".join(event.text for event in events if isinstance(event, unillm.TextDelta))


def test_eight_streams_at_once_in_threads(wide):
    def read(limit):
        with client.stream("Count: one, two,", max_tokens=limit, **ENDLESS) as stream:
            events = list(stream)
        return said(events) == stream.response.text, stream.response.usage.output_tokens

    with unillm.Client(**wide.options()) as client, ThreadPoolExecutor(SLOTS) as threads:
        assert list(threads.map(read, LIMITS)) == [(True, limit) for limit in LIMITS]


@pytest.mark.parametrize("way", ["asyncio", "trio"], indirect=True)
async def test_eight_streams_at_once_in_tasks(way, wide):
    answers = {}

    async def read(client, limit):
        async with client.stream("Count: one, two,", max_tokens=limit, **ENDLESS) as stream:
            events = await read_all(stream)
        usage = stream.response.usage
        answers[limit] = said(events) == stream.response.text, usage and usage.output_tokens

    async with wide.client(way) as client, anyio.create_task_group() as tasks:
        for limit in LIMITS:
            tasks.start_soon(read, client, limit)
    assert answers == {limit: (True, limit) for limit in LIMITS}


@pytest.mark.parametrize("way", ["asyncio", "trio"], indirect=True)
async def test_leaving_some_of_eight_streams_leaves_the_others_alone(way, wide):
    whole = []

    async def read(client, number):
        settings = {"max_tokens": 40 if number % 2 else 200, **ENDLESS}
        async with client.stream("Count: one, two,", **settings) as stream:
            if number % 2:
                await read_all(stream)
                whole.append(stream.response.usage.output_tokens)
            else:
                await anext(stream)

    async with wide.client(way) as client:
        async with anyio.create_task_group() as tasks:
            for number in range(SLOTS):
                tasks.start_soon(read, client, number)
        assert await wide.comes_free(way) < 5
    assert whole == [40] * (SLOTS // 2)


async def test_a_long_prompt_is_read_once_and_cached(way, long):
    prompt = "word " * WORDS
    async with long.client(way, temperature=0, **ENDLESS) as client:
        first = await client.chat(prompt, max_tokens=2)
        async with client.stream(prompt, max_tokens=2) as stream:
            await read_all(stream)
    for answer in (first, stream.response):
        assert answer.usage.input_tokens > WORDS
    assert stream.response.usage.cached_input_tokens > WORDS / 2
