"""Many calls of a real server, more than it has slots for."""

import pytest

from tests.live.llama import ENDLESS

pytestmark = pytest.mark.live

SLOTS = 4
ROWS = 24


@pytest.fixture(scope="module")
def wide(new_llama):
    with new_llama(slots=SLOTS, context=256) as server:
        yield server


def rows():
    for number in range(ROWS):
        yield {"messages": f"Count from {number}:", "max_tokens": 5 + number % 3, **ENDLESS}


async def test_every_row_is_answered_in_order(way, wide):
    async with wide.client(way, temperature=0) as client:
        running = client.map(rows(), concurrency=2 * SLOTS)
        found = await running.collect()
    assert [row.error for row in found] == [None] * ROWS
    used = [row.response.usage.output_tokens for row in found]
    assert used == [5 + number % 3 for number in range(ROWS)]
    assert running.usage.output_tokens == sum(used)


async def test_it_goes_on_where_it_stopped(way, wide, tmp_path):
    path = tmp_path / "answers.jsonl"
    async with wide.client(way, temperature=0) as client:
        async with client.map(rows(), checkpoint=path, concurrency=SLOTS) as running:
            first = [row async for row in running if row.index < 10][:6]
        again = await client.map(rows(), checkpoint=path, concurrency=SLOTS).collect()
    assert all(row.resumed for row in again[:10])
    assert [row.response for row in again[:6]] == [row.response for row in first]


async def test_rows_that_do_not_fit_fail_for_themselves(way, wide):
    mixed = ["Hi", "word " * 2_000, "Hello"]
    async with wide.client(way) as client:
        found = await client.map(mixed, concurrency=SLOTS).collect()
    assert [type(row.error).__name__ for row in found] == [
        "NoneType",
        "ContextLengthError",
        "NoneType",
    ]
