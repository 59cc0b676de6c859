"""Many calls that go on where they stopped: nothing is paid for twice."""

import pytest

import unillm
from tests.client.ways import QUICK


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.jsonl"


def texts(rows):
    return [row.response.text if row.response else type(row.error).__name__ for row in rows]


async def asked_for(client, fake, rows, path, **options):
    """Make the calls; give what they came to, and how many were really made."""
    before = len(fake.requests)
    found = await client.map(rows, checkpoint=path, **options).collect()
    return found, len(fake.requests) - before


async def test_what_is_there_is_not_asked_again(way, fake, path):
    async with way.client(fake) as client:
        first, made = await asked_for(client, fake, list("abc"), path)
        again, made_again = await asked_for(client, fake, list("abc"), path)
    assert (made, made_again) == (3, 0)
    assert [row.response for row in again] == [row.response for row in first]
    assert [row.resumed for row in (*first, *again)] == [False] * 3 + [True] * 3
    assert [row.key for row in first] == [row.key for row in again]
    assert len({row.key for row in first}) == 3


async def test_other_orders_and_more_rows(way, fake, path):
    async with way.client(fake) as client:
        await asked_for(client, fake, list("abcd"), path)
        found, made = await asked_for(client, fake, list("xdcabba"), path)
    assert texts(found) == [f"You said: {word}" for word in "xdcabba"]
    # x is new, and so are the second b and the second a.
    assert made == 3
    assert [row.resumed for row in found] == [False, True, True, True, True, False, False]


async def test_equal_rows_are_asked_each(way, fake, path):
    fake.enqueue("one", "two", "three")
    async with way.client(fake) as client:
        first, made = await asked_for(client, fake, ["hi"] * 3, path, concurrency=1)
        again, made_again = await asked_for(client, fake, ["hi"] * 3, path)
    assert (made, made_again) == (3, 0)
    assert texts(first) == texts(again) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("options", "is_new"),
    [
        ({}, False),
        ({"tags": {"a": "b"}, "session": "s", "extra_headers": {"x": "y"}}, False),
        ({"timeout": 30, "concurrency": 2}, False),
        ({"temperature": 0.5}, True),
        ({"system": "Be brief."}, True),
        ({"model": "fake:other"}, True),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]}, True),
        ({"extra_body": {"top_k": 3}}, True),
    ],
    ids=repr,
)
async def test_what_decides_the_answer_is_asked_anew(way, fake, path, options, is_new):
    async with way.client(fake) as client:
        await asked_for(client, fake, ["hi"], path)
        _, made = await asked_for(client, fake, ["hi"], path, **options)
        assert made == is_new
        _, made = await asked_for(client, fake, ["hi"], path, **options)
        assert made == 0


async def test_the_same_said_in_another_way_is_the_same(way, fake, path):
    ways = ["hi", ["hi"], {"role": "user", "content": "hi"}, unillm.UserMessage("hi")]
    ways += [{"messages": "hi"}, {"messages": "hi", "model": "fake:fake-model"}]
    async with way.client(fake) as client:
        for row in ways:
            await asked_for(client, fake, [row], path)
    assert len(fake.requests) == 1


async def test_keys_of_ones_own(way, fake, path):
    rows = [{"key": number, "messages": f"old {number}"} for number in range(3)]
    async with way.client(fake) as client:
        await asked_for(client, fake, rows, path)
        new = [{"key": str(number), "messages": f"new {number}"} for number in (2, 0, 5)]
        found, made = await asked_for(client, fake, new, path)
    assert texts(found) == ["You said: old 2", "You said: old 0", "You said: new 5"]
    assert made == 1
    assert [row.key for row in found] == ["2", "0", "5"]


async def test_a_key_twice_is_an_error_of_the_second(way, fake, path):
    rows = [{"key": "k", "messages": "a"}, {"key": "k", "messages": "b"}]
    async with way.client(fake) as client:
        for _ in range(2):
            found, _ = await asked_for(client, fake, rows, path)
            assert texts(found) == ["You said: a", "InvalidRequestError"]
    assert len(fake.requests) == 1


async def test_errors_are_asked_again(way, fake, path):
    fake.enqueue("a", unillm.testing.faults.get("status-400"), "c")
    async with way.client(fake) as client:
        found, _ = await asked_for(client, fake, list("abc"), path, concurrency=1)
        assert texts(found) == ["a", "BadRequestError", "c"]
        found, made = await asked_for(client, fake, list("abc"), path)
    assert texts(found) == ["a", "You said: b", "c"]
    assert made == 1
    assert '"failed":' in path.read_text()


async def test_what_was_answered_before_the_break_is_kept(way, fake, path):
    async with way.client(fake, retry=QUICK) as client:
        async with client.map(map(str, range(100)), checkpoint=path, concurrency=4) as rows:
            async for row in rows:
                if row.index == 20:
                    break
        kept = path.read_text().count('"key":')
        assert kept >= 21
        found, _ = await asked_for(client, fake, map(str, range(100)), path)
    assert texts(found) == [f"You said: {number}" for number in range(100)]
    assert sum(row.resumed for row in found) == kept


async def test_two_at_once_on_one_file_are_refused(way, fake, path):
    given = list("abcdefgh")  # more than are asked ahead of whoever reads: it cannot be over
    async with (
        way.client(fake) as client,
        client.map(given, checkpoint=path, concurrency=1) as rows,
    ):
        await anext(rows)
        with pytest.raises(unillm.InvalidRequestError, match="being written by another"):
            await client.map(given, checkpoint=path).collect()
        await rows.collect()
        assert len(await client.map(given, checkpoint=path).collect()) == len(given)


async def test_a_wrong_key_gives_the_file_back(way, fake, path):
    async with way.client(fake, model="fake:status-401") as client:
        for _ in range(2):
            with pytest.raises(unillm.AuthenticationError):
                await client.map(["a"], checkpoint=path).collect()


async def test_a_file_that_is_something_else(way, fake, path):
    path.write_text("my only copy\n")
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="left as it is"):
            await client.map(["a"], checkpoint=path).collect()
        with pytest.raises(unillm.InvalidRequestError, match="path of a file"):
            await client.map(["a"], checkpoint=3).collect()
    assert path.read_text() == "my only copy\n"
    assert not fake.requests


async def test_an_answer_of_another_version_is_asked_again(way, fake, path):
    async with way.client(fake) as client:
        await asked_for(client, fake, ["a"], path)
        path.write_text(path.read_text().replace('"finish_reason":"stop"', '"finish_reason":"x"'))
        found, made = await asked_for(client, fake, ["a"], path)
    assert (texts(found), made) == (["You said: a"], 1)


async def test_a_disk_that_is_full_ends_it(way, fake, path, monkeypatch):
    def full(self, key, index, **fields):
        raise unillm.InvalidRequestError("checkpoint cannot be written: No space left on device")

    monkeypatch.setattr("unillm._io.checkpoint.Checkpoint.save", full)
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="No space left"):
            await client.map(map(str, range(1_000)), checkpoint=path, concurrency=2).collect()
    assert len(fake.requests) <= 4


async def test_answers_with_calls_survive(way, fake, path):
    tool = unillm.tool({"type": "function", "function": {"name": "f", "parameters": {}}})
    async with way.client(fake) as client:
        first, _ = await asked_for(client, fake, ["go"], path, tools=[tool])
        again, made = await asked_for(client, fake, ["go"], path, tools=[tool])
    assert made == 0
    assert first[0].response.tool_calls
    assert again[0].response == first[0].response
