"""``map(…, batch=True)``: the same rows, by way of the Batch API."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import anyio
import pytest
from pydantic import BaseModel

import unillm
from tests.client.ways import KEY, QUICK
from unillm._flow import batch as flow
from unillm.errors import (
    AuthenticationError,
    BadRequestError,
    DeadlineExceededError,
    InvalidRequestError,
    NotFoundError,
    OutputValidationError,
    ToolArgumentsError,
    UnsupportedFeatureError,
)
from unillm.pricing import Price, PriceBook, ServiceTier
from unillm.testing import Answer, FakeBatch, FakeCall, FakeProvider, _batches

ROWS = ["one", {"messages": "two", "temperature": 0.5}, {"messages": "three", "key": "third"}]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(flow, "MAX_PAUSE", 0.002)


def client_for(way, fake, profile="openai", **options):
    server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile=profile)
    known = {"model": "box:gpt-6-luna", "retry": QUICK, **options}
    return way.client(fake, providers=[server], **known)


def made(fake):
    return [s for s in fake.requests if s.method == "POST" and s.path.endswith("/batches")]


async def test_rows_are_answered_in_order(way):
    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake) as client:
            rows = client.map(ROWS, batch=True, system="Be brief.")
            found = [row async for row in rows]
        assert [row.response.text for row in found] == [
            "You said: one",
            "You said: two",
            "You said: three",
        ]
        assert [row.index for row in found] == [0, 1, 2]
        assert {row.response.service_tier for row in found} == {"batch"}
        assert (rows.done, rows.failed, rows.total) == (3, 0, 3)
        assert rows.usage.input_tokens == sum(r.response.usage.input_tokens for r in found)
        assert len(made(fake)) == 1
        lines = [line for line in fake.requests[0].body.split(b"\n") if b"custom_id" in line]
        assert all(b"Be brief." in line for line in lines)
        assert all(KEY.encode() not in line for line in lines)


async def test_what_was_answered_is_in_the_checkpoint_of_either_way(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    with FakeProvider(api_key=KEY, batch=FakeBatch(failing={1: 400})) as fake:
        async with client_for(way, fake) as client:
            first = await client.map(ROWS, batch=True, checkpoint=path).collect()
            assert [type(row.error) for row in first] == [
                type(None),
                BadRequestError,
                type(None),
            ]
            # The one that failed is asked again: this time as a call of its own.
            again = await client.map(ROWS, checkpoint=path).collect()
        assert [row.resumed for row in again] == [True, False, True]
        assert [row.response.text for row in again] == [
            "You said: one",
            "You said: two",
            "You said: three",
        ]
        assert len(made(fake)) == 1


async def test_progress_is_what_the_provider_counts(way):
    told = []
    with FakeProvider(api_key=KEY, batch=FakeBatch(failing={0: 400})) as fake:
        async with client_for(way, fake) as client:
            await client.map(ROWS, batch=True, progress=told.append).collect()
    assert (told[-1].done, told[-1].failed, told[-1].total) == (3, 1, 3)
    assert told[0].done == 0


async def test_rows_that_cannot_be_sent_fail_alone_and_the_others_go(way):
    rows = [7, "fine", {"messages": "x", "extra_headers": {"a": "b"}}, {"messages": []}]
    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake) as client:
            found = await client.map(rows, batch=True).collect()
    assert [type(row.error) for row in found] == [
        InvalidRequestError,
        type(None),
        InvalidRequestError,
        InvalidRequestError,
    ]
    assert found[1].response.text == "You said: fine"


async def test_nothing_is_submitted_where_no_row_can_be_sent(way):
    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake) as client:
            assert await client.map([], batch=True).collect() == []
            (row,) = await client.map([7], batch=True).collect()
        assert isinstance(row.error, InvalidRequestError)
        assert not fake.requests


async def test_what_every_row_would_meet_is_raised(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    with FakeProvider(api_key="another-key-entirely") as fake:
        async with client_for(way, fake) as client:
            rows = client.map(ROWS, batch=True, checkpoint=path)
            with pytest.raises(AuthenticationError):
                await rows.collect()
            # The file is free again, and the rows are over.
            assert [row async for row in rows] == []
            with pytest.raises(AuthenticationError):
                await client.map(ROWS, batch=True, checkpoint=path).collect()
    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake, profile="vllm") as client:
            with pytest.raises(UnsupportedFeatureError, match="Leave out batch=True"):
                await client.map(ROWS, batch=True).collect()
        assert not fake.requests


async def test_what_the_input_raises_comes_out(way):
    def rows():
        yield "one"
        raise LookupError("no more")

    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake) as client:
            with pytest.raises(LookupError, match="no more"):
                await client.map(rows(), batch=True).collect()
        assert not fake.requests


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_input_is_taken_and_cancelling_leaves_the_file_free(backend, tmp_path):
    path = tmp_path / "rows.jsonl"

    async def rows():
        for prompt in ("one", "two"):
            yield prompt

    async def body(fake):
        server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai")
        async with unillm.AsyncClient(providers=[server], model="box:gpt-6-luna") as client:
            asked = {"batch": True, "checkpoint": path}
            async with anyio.create_task_group() as tasks:

                async def stop():
                    looked = "/v1/batches/batch_fake_1"
                    while all(one.path != looked for one in fake.requests):  # noqa: ASYNC110 - a thread's
                        await anyio.sleep(0.001)
                    tasks.cancel_scope.cancel()

                tasks.start_soon(stop)
                await client.map(rows(), **asked).collect()
                pytest.fail("it was not cancelled")
            fake._service.router.batches._batches["batch_fake_1"].steps = ["completed"]
            return await client.map(rows(), **asked).collect()

    with FakeProvider(api_key=KEY, batch=FakeBatch(steps=("in_progress",) * 10_000)) as fake:
        found = anyio.run(body, fake, backend=backend)
        assert [row.response and row.response.text for row in found] == [
            "You said: one",
            "You said: two",
        ]
        assert len(made(fake)) == 1


async def test_what_holds_for_one_row_alone_holds(way):
    told = []
    rows = [
        {"messages": "a", "on_invalid_tool_call": "return", "tags": {"row": "a"}},
        {"messages": "b", "session": "s"},
    ]
    broken = Answer(tool_calls=[FakeCall("add", "{never")])
    with FakeProvider(api_key=KEY) as fake:
        fake.enqueue(broken, broken)
        async with client_for(way, fake, observers=[told.append]) as client:
            tools = [unillm.Tool("add")]
            returned, raised = await client.map(rows, batch=True, tools=tools).collect()
    assert returned.response.invalid_tool_calls
    assert type(raised.error) is ToolArgumentsError
    assert sorted((record.tags.get("row", ""), record.session) for record in told) == [
        ("", "s"),
        ("a", None),
    ]


class City(BaseModel):
    name: str
    people: int


async def test_outputs_are_made_and_what_does_not_fit_is_an_error_of_its_row(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    with FakeProvider(api_key=KEY) as fake:
        fake.enqueue('{"name": "Paris", "people": "2,1"}', '{"name": "Rome", "people": 3,}')
        async with client_for(way, fake) as client:
            rows = client.map(["Paris", "Rome"], batch=True, output=City, checkpoint=path)
            wrong, right = await rows.collect()
        assert type(wrong.error) is OutputValidationError
        assert len(wrong.error.tries) == 1
        assert wrong.error.attempts
        assert right.output == City(name="Rome", people=3)
        assert right.response.service_tier == "batch"
        assert len(made(fake)) == 1


PATIENCE = 0.05
"""Seconds for a batch that never ends."""


async def test_a_batch_that_is_gone_is_told(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    endless = FakeBatch(steps=("in_progress",) * 10_000)
    with FakeProvider(api_key=KEY, batch=endless) as fake:
        async with client_for(way, fake) as client:
            with pytest.raises(DeadlineExceededError, match="go on at the provider: batch_fake_1"):
                await client.map(ROWS, batch=True, checkpoint=path, timeout=PATIENCE).collect()
    with FakeProvider(api_key=KEY) as fake:
        async with client_for(way, fake) as client:
            with pytest.raises(NotFoundError, match="batch_fake_1 is not found at box") as caught:
                await client.map(ROWS, batch=True, checkpoint=path).collect()
        assert "begin another checkpoint" in str(caught.value)
        assert "go on at the provider" not in str(caught.value)
        assert not made(fake)


async def test_a_batch_of_one_provider_is_not_looked_for_at_another(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"messages": "one", "key": "1"}, {"messages": "two", "key": "2"}]
    endless = FakeBatch(steps=("in_progress",) * 10_000)
    with FakeProvider(api_key=KEY, batch=endless) as slow, FakeProvider(api_key=KEY) as fake:
        servers = [
            unillm.Provider("slow", base_url=slow.base_url, api_key=KEY, profile="openai"),
            unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai"),
        ]
        async with way.client(fake, providers=servers, retry=QUICK) as client:
            asked = {"batch": True, "checkpoint": path}
            with pytest.raises(DeadlineExceededError):
                await client.map(rows, model="slow:gpt-5.5", timeout=PATIENCE, **asked).collect()
            found = await client.map(rows, model="box:gpt-5.5", **asked).collect()
        assert [row.response.text for row in found] == ["You said: one", "You said: two"]
        assert {row.response.provider for row in found} == {"box"}
        assert len(made(fake)) == 1


async def test_a_provider_that_was_renamed_is_not_paid_twice(way, tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"messages": "one", "key": "1"}]
    with FakeProvider(api_key=KEY) as fake:
        servers = [
            unillm.Provider(name, base_url=fake.base_url, api_key=KEY, profile="openai")
            for name in ("old", "new")
        ]
        async with way.client(fake, providers=servers, retry=QUICK) as client:
            asked = {"batch": True, "checkpoint": path}
            with pytest.raises(DeadlineExceededError):
                await client.map(rows, model="old:gpt-5.5", timeout=1e-9, **asked).collect()
            (row,) = await client.map(rows, model="new:gpt-5.5", **asked).collect()
        assert row.response.text == "You said: one"
        assert len(made(fake)) == 1


async def test_the_address_of_a_deployment_has_no_batches(way):
    with FakeProvider() as fake:
        resource = fake.base_url.removesuffix("/v1")
        server = unillm.Provider("azure", base_url=resource, api_key=KEY, api_version="2024-10-21")
        async with way.client(fake, providers=[server], model="azure:gpt-5.5") as client:
            with pytest.raises(UnsupportedFeatureError, match="Leave out batch=True, or api_ver"):
                await client.map(ROWS, batch=True).collect()
        assert not fake.requests


async def test_a_key_that_an_answer_quotes_is_shown_nowhere(way, tmp_path, monkeypatch):
    # No pattern of a key: only whoever sent it knows that it is one.
    key = "4f0a9c1db2e84e7f9a3b5c6d7e8f9012"

    def quoting(message, *, status=0):
        return {"error": {"message": f"Incorrect API key {key}", "code": key, "type": "x"}}

    monkeypatch.setattr(_batches, "error_fields", quoting)
    path, told = tmp_path / "rows.jsonl", []
    with FakeProvider(api_key=key, batch=FakeBatch(failing={1: 401})) as fake:
        server = unillm.Provider("box", base_url=fake.base_url, api_key=key, profile="openai")
        asked = {"providers": [server], "model": "box:gpt-5.5", "observers": [told.append]}
        async with way.client(fake, **asked) as client:
            rows = await client.map(ROWS, batch=True, checkpoint=path).collect()
    errors = [row.error for row in rows if row.error is not None]
    assert [type(error) for error in errors] == [AuthenticationError]
    for error in (*errors, *(record.error for record in told if record.error)):
        assert "Incorrect API key ***" in str(error)
        assert key not in str(error) + repr(error) + repr(vars(error))
    assert key not in path.read_text()


async def test_rows_cost_what_their_tier_does_and_those_that_failed_nothing(way):
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 500,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    }
    row = Price(
        provider="box",
        model="gpt-6-luna",
        input=Decimal(2),
        output=Decimal(8),
        tiers=(ServiceTier(name="batch", times=Decimal("0.5")),),
    )
    book = PriceBook(prices=(row,))
    told: list[unillm.Record] = []
    with FakeProvider(api_key=KEY, batch=FakeBatch(failing={1: 500})) as fake:
        fake.enqueue(*[Answer("Hi", usage=usage)] * 2)
        async with client_for(way, fake, prices=book, observers=[told.append]) as client:
            rows = client.map(ROWS, batch=True)
            found = await rows.collect()
    # 1000 x 1 + 500 x 4 millionths.
    cost = Decimal("0.003")
    assert [row.response and row.response.cost.total for row in found] == [cost, None, cost]
    failed = found[1].error
    assert failed is not None
    assert (failed.cost.total, failed.attempts[0].status) == (0, 500)
    assert failed.cost.reason == "of a batch only rows that were answered are billed"
    assert (rows.cost.total, rows.cost.state) == (2 * cost, "exact")
    assert sorted(record.cost.total for record in told) == [0, cost, cost]
    assert {line.tier for record in told for line in record.cost.lines} == {"batch"}
    assert {record.attempts[0].service_tier for record in told if record.response} == {"batch"}


async def test_a_row_whose_output_does_not_fit_was_paid_for(way):
    row = Price(provider="box", model="gpt-6-luna", input=Decimal(2), output=Decimal(8))
    book = PriceBook(prices=(row,))
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    tiers = replace(row, tiers=(ServiceTier(name="batch"),))
    with FakeProvider(api_key=KEY) as fake:
        fake.enqueue(*[Answer("no", usage=usage)] * 2)
        async with client_for(way, fake, prices=PriceBook(prices=(tiers,))) as client:
            (found,) = await client.map(["x"], batch=True, output=dict[str, int]).collect()
        async with client_for(way, fake, prices=book) as client:
            rows = client.map(["x"], batch=True)
            await rows.collect()
    assert found.error is not None
    assert found.error.cost.total == Decimal("0.006")
    assert (rows.cost.total, rows.cost.state) == (None, "unknown")
    assert "batch" in rows.cost.reason
