"""Routes where something else than a plain answer is asked for."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

import unillm
from tests.client.ways import KEY, QUICK, read_all
from unillm import Route
from unillm.errors import (
    AuthenticationError,
    BudgetExceededError,
    InvalidRequestError,
    NoTargetError,
    RouteExhaustedError,
)
from unillm.pricing import Price, PriceBook
from unillm.testing import Answer, FakeCall, FakeProvider, faults


class City(BaseModel):
    name: str


@pytest.fixture
def hosts():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(FakeProvider()) for _ in range(2)]


def priced(**dollars):
    """Give a book in which a million tokens cost so much at providers."""
    rows = [
        Price(provider=name, model="m", input=Decimal(each), output=Decimal(each), source="here")
        for name, each in dollars.items()
    ]
    return PriceBook.default().with_(*rows)


def asking(way, hosts, *, profiles: Any = (None, None), strategy: Any = "fallback", **options):
    providers = [
        unillm.Provider(name, base_url=host.base_url, api_key=KEY, profile=profile)
        for name, host, profile in zip("ab", hosts, profiles, strict=True)
    ]
    options.setdefault("retry", QUICK)
    route = Route(["a:m", "b:m"], strategy=strategy)
    return way.client(None, providers=providers, routes={"r": route}, model="r", **options)


def asked_of(hosts):
    return [len(host.requests) for host in hosts]


# ---------------------------------------------------------------- told without asking


async def test_an_estimate_is_of_whom_the_route_asks_first_and_names_the_others(way, hosts):
    prices = priced(a=9, b=1)
    async with asking(way, hosts, strategy="cheapest", prices=prices) as client:
        made = client.estimate("hi", max_tokens=100)
        alone = client.estimate("hi", model="b:m", max_tokens=100)
        other = client.estimate("hi", model="a:m", max_tokens=100)
    assert (made.provider, made.low, made.high) == ("b", alone.low, alone.high)
    assert other.high > made.high
    first, second, *_ = made.reasons
    assert "the route r (cheapest): b:m" in first
    assert "a:m" in second
    assert asked_of(hosts) == [0, 0]


@pytest.mark.parametrize("name", ["r", "route:r"])
async def test_tokens_are_counted_for_whom_the_route_asks_first(way, hosts, name):
    async with asking(way, hosts) as client:
        found = client.count_tokens("How many are these?", model=name)
        alone = client.count_tokens("How many are these?", model="a:m")
    assert (found.tokens, found.low, found.high) == (alone.tokens, alone.low, alone.high)
    assert "the route r (fallback): a:m" in found.source


async def test_without_any_key_it_is_estimated_all_the_same(way, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with way.client(
        None,
        providers=["openai"],
        routes={"r": Route(["openai:gpt-5.5", "openai:gpt-5.4"])},
        model="r",
    ) as client:
        made = client.estimate("hi", max_tokens=100)
        assert client.count_tokens("hi").tokens >= 1
    assert made.model == "gpt-5.5"
    assert "no key" in made.reasons[0]


async def test_an_estimate_of_nobody_says_why(way, hosts):
    held = unillm.Constraints(deny_providers={"a", "b"})
    async with asking(way, hosts, constraints=held) as client:
        for told in (client.estimate, client.count_tokens):
            with pytest.raises(NoTargetError, match=r"(?s)a:m: .*denied.*b:m: .*denied"):
                told("hi")


# ---------------------------------------------------------------- where one model is asked


@pytest.mark.parametrize("name", [None, "r", "route:r"])
async def test_text_that_goes_on_is_asked_of_one_model(way, hosts, name):
    async with asking(way, hosts) as client:
        with pytest.raises(InvalidRequestError, match=r"complete\(\).*route.*'a:m' or 'b:m'"):
            await client.complete("def f(", model=name)
    assert asked_of(hosts) == [0, 0]


async def test_a_batch_is_asked_of_one_model(way, hosts):
    async with asking(way, hosts) as client:
        with pytest.raises(InvalidRequestError, match=r"batch=True.*route.*'a:m' or 'b:m'"):
            await client.map(["one"], model="r", batch=True).collect()
        rows = await client.map([{"messages": "one", "model": "route:r"}], batch=True).collect()
    assert isinstance(rows[0].error, InvalidRequestError)
    assert "batch=True" in rows[0].error.message
    assert asked_of(hosts) == [0, 0]


# ---------------------------------------------------------------- many rows


async def test_rows_wait_where_every_target_has_too_many_requests(way, hosts):
    for host in hosts:
        host.enqueue(faults.get("status-429"))
    async with asking(way, hosts) as client:
        rows = await client.map(["one", "two"], concurrency=1).collect()
    assert [row.error for row in rows] == [None, None]
    attempts = rows[0].response.attempts
    assert [one.provider for one in attempts[:2]] == ["a", "b"]
    assert [one.outcome for one in attempts] == ["error", "error", "ok"]


async def test_rows_wait_where_one_target_fails_and_the_other_is_full(way, hosts):
    hosts[0].enqueue(faults.get("status-500"))
    hosts[1].enqueue(faults.get("status-429"))
    async with asking(way, hosts) as client:
        (row,) = await client.map(["one"]).collect()
    assert row.error is None
    assert [one.outcome for one in row.response.attempts] == ["error", "error", "ok"]


async def test_no_more_rows_are_asked_where_every_target_refuses_the_key(way, hosts):
    for host in hosts:
        host.enqueue(*[faults.get("status-401")] * 9)
    async with asking(way, hosts) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.map(["one", "two", "three"], concurrency=1).collect()
    assert all(isinstance(error, AuthenticationError) for error in caught.value.errors)
    assert asked_of(hosts) == [1, 1]


async def test_a_route_without_any_key_is_said_at_once(way, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    route = Route(["openai:gpt-5.5"])
    async with way.client(None, providers=["openai"], routes={"r": route}, model="r") as client:
        with pytest.raises(NoTargetError, match="OPENAI_API_KEY"):
            await client.map(["one", "two"]).collect()


async def test_rows_of_a_route_go_on_from_their_checkpoint(way, hosts, tmp_path):
    path = tmp_path / "rows.jsonl"
    async with asking(way, hosts) as client:
        first = await client.map(["one", "two"], checkpoint=path).collect()
        again = await client.map(["one", "two", "three"], checkpoint=path).collect()
    assert [row.resumed for row in again] == [True, True, False]
    assert again[0].response.decision == first[0].response.decision
    assert again[0].response.decision.route == "r"
    assert asked_of(hosts) == [3, 0]


# ---------------------------------------------------------------- runs


def double(number: int) -> int:
    """Double a number."""
    return 2 * number


CALL = Answer(tool_calls=[FakeCall("double", {"number": 4})])


async def test_the_turns_of_a_run_stay_with_whoever_answered_the_first(way, hosts):
    hosts[0].enqueue(faults.get("status-503"))
    hosts[1].enqueue(CALL, Answer("8"))
    async with asking(way, hosts) as client:
        result = await client.run("What is 2 * 4?", tools=[double])
    assert result.text == "8"
    assert asked_of(hosts) == [1, 2]
    assert result.turns[-1].decision.sticky == "b:m"


async def test_the_turns_of_a_streamed_run_do_too(way, hosts):
    hosts[0].enqueue(faults.get("status-503"))
    hosts[1].enqueue(CALL, Answer("8"))
    async with asking(way, hosts) as client, client.run_stream("2 * 4?", tools=[double]) as events:
        await read_all(events)
    assert events.result.text == "8"
    assert asked_of(hosts) == [1, 2]


async def test_another_run_begins_with_the_first_target(way, hosts):
    hosts[0].enqueue(faults.get("status-503"), Answer("done"))
    hosts[1].enqueue(Answer("done"))
    async with asking(way, hosts) as client:
        await client.run("one", tools=[double])
        await client.run("two", tools=[double])
    assert asked_of(hosts) == [2, 1]


# ---------------------------------------------------------------- outputs

MODES = [("openai", "deepseek"), ("deepseek", "openai")]


@pytest.mark.parametrize("profiles", MODES, ids=["native-first", "json-first"])
async def test_an_output_is_asked_of_each_target_in_its_own_way(way, hosts, profiles):
    hosts[0].enqueue(faults.get("status-503"))
    hosts[1].enqueue(Answer('{"name": "Bonn"}'))
    async with asking(way, hosts, profiles=profiles) as client:
        answer = await client.parse("Which?", output=City)
    assert answer.output == City(name="Bonn")
    kinds = [host.requests[0].json["response_format"]["type"] for host in hosts]
    known = {"openai": "json_schema", "deepseek": "json_object"}
    assert kinds == [known[profile] for profile in profiles]
    assert answer.mode == ("native" if profiles[1] == "openai" else "json")


@pytest.mark.parametrize("profiles", MODES, ids=["native-first", "json-first"])
async def test_a_streamed_output_is_too(way, hosts, profiles):
    hosts[0].enqueue(faults.get("status-503"))
    hosts[1].enqueue(Answer('{"name": "Bonn"}'))
    async with (
        asking(way, hosts, profiles=profiles) as client,
        client.stream("Which?", output=City) as stream,
    ):
        events = await read_all(stream)
    assert stream.response.output == City(name="Bonn")
    assert any(isinstance(event, unillm.OutputDelta) for event in events)


# ---------------------------------------------------------------- the books


async def test_what_is_too_dear_is_asked_of_who_is_cheaper(way, hosts):
    budget = unillm.Budget(Decimal("0.01"))
    prices = priced(a=1_000_000, b="0.01")
    async with asking(way, hosts, budget=budget, prices=prices) as client:
        answer = await client.chat("hi", max_tokens=10)
    assert (answer.provider, [one.provider for one in answer.attempts]) == ("b", ["b"])
    assert asked_of(hosts) == [0, 1]


async def test_what_is_too_dear_everywhere_is_refused(way, hosts):
    budget = unillm.Budget(Decimal("0.01"))
    prices = priced(a=1_000_000, b=1_000_000)
    async with asking(way, hosts, budget=budget, prices=prices) as client:
        with pytest.raises(BudgetExceededError):
            await client.chat("hi", max_tokens=10)
    assert asked_of(hosts) == [0, 0]


async def test_rows_that_are_too_dear_everywhere_fail_and_are_not_sent(way, hosts):
    budget = unillm.Budget(Decimal("0.01"))
    prices = priced(a=1_000_000, b=1_000_000)
    async with asking(way, hosts, budget=budget, prices=prices) as client:
        rows = await client.map(["one", "two"], max_tokens=10).collect()
    assert [type(row.error) for row in rows] == [BudgetExceededError] * 2
    assert asked_of(hosts) == [0, 0]


async def test_the_ledger_has_whoever_answered_and_the_task(way, hosts, tmp_path):
    hosts[0].enqueue(faults.get("status-503"))
    with unillm.Ledger(tmp_path / "ledger.db") as ledger:
        async with asking(way, hosts, ledger=ledger, prices=priced(a=1, b=1)) as client:
            with unillm.task("sums") as task:
                await client.chat("hi")
        ledger.flush()
        (row,) = ledger.operations()
        spent = {row.group: row.calls for row in ledger.spend(by="provider").rows}
    assert (row.provider, row.route, row.tasks) == ("b", "r", ("sums",))
    assert [(one.provider, one.role) for one in row.attempts] == [("a", "first"), ("b", "fallback")]
    assert task.cost.total is not None
    assert spent == {"b": 1, "a": 0}  # the attempt there belongs to a call that b answered
