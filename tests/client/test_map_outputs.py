"""Many calls whose answers are made into a type."""

import pydantic
import pytest

import unillm
from tests.client.ways import QUICK


class City(pydantic.BaseModel):
    name: str
    people: int


PARIS, ROME = '{"name": "Paris", "people": 2}', '{"name": "Rome", "people": 3}'


async def test_rows_have_their_output_and_keep_it(way, fake, tmp_path):
    fake.enqueue(PARIS, ROME, "nonsense", "nonsense")
    options = {"output": City, "checkpoint": tmp_path / "file", "concurrency": 1}
    async with way.client(fake, retry=QUICK) as client:
        first = await client.map(list("abc"), **options).collect()
        again = await client.map(list("abc"), **options).collect()
    assert [row.output for row in first] == [
        City(name="Paris", people=2),
        City(name="Rome", people=3),
        None,
    ]
    assert type(first[2].error) is unillm.OutputValidationError
    assert [row.resumed for row in again] == [True, True, False]
    assert [row.response for row in again[:2]] == [row.response for row in first[:2]]
    assert [row.output for row in again[:2]] == [row.output for row in first[:2]]
    assert isinstance(again[2].output, City)
    assert len(fake.requests) == 5


async def test_retries_are_of_the_same_row(way, fake):
    fake.enqueue("nonsense", "nonsense", PARIS)
    async with way.client(fake) as client:
        (row,) = await client.map(["a"], output=City, retries=2).collect()
    assert row.output == City(name="Paris", people=2)
    assert len(row.response.attempts) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"output": print},
        {"output": City, "retries": -1},
        {"output": City, "retries": "many"},
        {"output": City, "tools": [{"type": "web_search"}]},
    ],
    ids=repr,
)
async def test_what_cannot_be_meant_is_said_at_once(way, fake, options):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError):
            client.map(["a"], **options)


async def test_tools_of_a_row_beside_an_output_are_its_error(way, fake):
    row = {"messages": "a", "tools": [{"type": "web_search"}]}
    async with way.client(fake) as client:
        found = await client.map([row, "b"], output=City).collect()
    assert type(found[0].error) is unillm.InvalidRequestError
    assert isinstance(found[1].output, City)
