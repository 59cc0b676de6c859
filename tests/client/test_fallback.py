"""What happens to a call of a route when a target fails."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import contextlib
from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY, QUICK, read_all
from unillm import NoTargetError, Route, RouteExhaustedError, StreamRestarted
from unillm.pricing import PriceBook
from unillm.testing import Answer, FakeProvider, faults


@pytest.fixture
def hosts():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(FakeProvider()) for _ in range(3)]


def asking(way, hosts, route=None, *, names="abc", retry=QUICK, **options):
    providers = [
        unillm.Provider(name, base_url=host.base_url, api_key=KEY)
        for name, host in zip(names, hosts, strict=False)
    ]
    targets = [f"{provider.name}:m" for provider in providers]
    chosen = Route(targets) if route is None else route
    return way.client(
        None, providers=providers, routes={"r": chosen}, model="r", retry=retry, **options
    )


def tried(answer):
    return [(attempt.provider, attempt.role, attempt.outcome) for attempt in answer.attempts]


@pytest.mark.parametrize(
    "fault",
    [
        faults.get("status-503"),
        faults.get("status-429"),
        faults.get("status-500"),
        faults.get("status-401"),
    ],
    ids=["overload", "rate", "server", "auth"],
)
async def test_the_next_target_answers_at_once(way, hosts, fault):
    hosts[0].enqueue(fault)
    async with asking(way, hosts) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "error"), ("b", "fallback", "ok")]
    assert answer.provider == "b"
    assert not hosts[2].requests


async def test_what_is_the_callers_fault_never_travels(way, hosts):
    hosts[0].enqueue(faults.get("status-400"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.BadRequestError) as caught:
            await client.chat("hi")
    assert [attempt.provider for attempt in caught.value.attempts] == ["a"]
    assert not hosts[1].requests


async def test_all_attempts_are_listed_when_every_target_failed(way, hosts):
    for host in hosts:
        host.enqueue(faults.get("status-500"), faults.get("status-500"))
    async with asking(way, hosts) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.chat("hi")
    error = caught.value
    assert [attempt.provider for attempt in error.attempts] == ["a", "b", "c"]
    assert len(error.errors) == 3
    assert error.__cause__ is error.errors[-1]


async def test_more_attempts_than_targets_begin_again_with_the_first(way, hosts):
    for host in hosts[:2]:
        host.enqueue(faults.get("status-500"))
    async with asking(way, hosts, Route(["a:m", "b:m"], max_attempts=3)) as client:
        answer = await client.chat("hi")
    assert [attempt.provider for attempt in answer.attempts] == ["a", "b", "a"]
    assert [attempt.role for attempt in answer.attempts] == ["first", "fallback", "retry"]


async def test_a_stream_that_broke_off_is_raised_with_what_came(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("hi") as stream:
                await read_all(stream)
    assert caught.value.partial.text
    assert not hosts[1].requests


async def test_a_stream_that_broke_off_begins_anew_if_the_route_says_so(way, hosts):
    hosts[0].enqueue(faults.get("cut-in-text"))
    hosts[1].enqueue(Answer("five six"))
    route = Route(["a:m", "b:m"], on_midstream_error="restart")
    async with asking(way, hosts, route) as client, client.stream("hi") as stream:
        events = await read_all(stream)
    restarted = [event for event in events if isinstance(event, StreamRestarted)]
    assert [event.attempt for event in restarted] == [2]
    assert stream.response.text == "five six"
    assert tried(stream.response) == [("a", "first", "error"), ("b", "fallback", "ok")]


async def test_nobody_left_says_why_of_each(way, hosts):
    route = Route(["a:m", "openai:gpt-5.5"])
    async with asking(
        way, hosts, route, constraints=unillm.Constraints(deny_providers={"a"})
    ) as client:
        with pytest.raises(NoTargetError, match=r"(?s)a:m.*denied.*openai:gpt-5\.5") as caught:
            await client.chat("hi")
    assert caught.value.attempts == ()
    assert not hosts[0].requests


@pytest.mark.parametrize("given", [None, ["a:m", "b:m"], "a:m"], ids=["none", "a list", "text"])
async def test_a_strategy_that_returns_no_order_is_told_what_it_must_return(way, hosts, given):
    def wrong(_request, _candidates, _stats):
        return given

    async with asking(way, hosts, Route(["a:m", "b:m"], strategy=wrong)) as client:
        with pytest.raises(unillm.InvalidRequestError) as caught:
            await client.chat("hi")
    assert "'wrong' of the route 'r' must return unillm.routing.Ranked" in caught.value.message
    assert f"a:m, b:m), and returned {given!r}" in caught.value.message
    assert not hosts[0].requests


async def test_whom_a_budget_has_no_room_for_is_told(way, hosts):
    rows = [
        unillm.Price(provider=name, model="m", input=Decimal(usd), output=Decimal(usd))
        for name, usd in (("a", 1_000), ("b", 500), ("c", 1))
    ]
    told = []
    async with asking(
        way, hosts, prices=PriceBook(prices=tuple(rows)), max_tokens=100, observers=[told.append]
    ) as client:
        answer = await client.chat("hi", budget=unillm.Budget("0.01"))
        with pytest.raises(unillm.BudgetExceededError):
            await client.chat("hi", budget=unillm.Budget("0.000001"))
    assert tried(answer) == [("c", "first", "ok")]
    assert answer.decision.order == ("c:m",)
    assert [(one.name, one.by) for one in answer.decision.excluded] == [
        ("a:m", "budget"),
        ("b:m", "budget"),
    ]
    assert answer.decision.excluded[0].reason.startswith("this may cost up to $")
    assert told[0].decision == answer.decision
    assert told[1].decision.order == ()
    assert not told[1].attempts


async def test_whoever_was_asked_stays_in_the_order_when_the_budget_ends(way, hosts):
    rows = [
        unillm.Price(provider=name, model="m", input=Decimal(1), output=Decimal(1)) for name in "ab"
    ]
    for host in hosts:
        host.enqueue(faults.get("status-500"))
    told = []
    async with asking(
        way,
        hosts,
        Route(["a:m", "b:m"], max_attempts=4),
        prices=PriceBook(prices=tuple(rows)),
        max_tokens=100,
        observers=[told.append],
    ) as client:
        with pytest.raises(unillm.BudgetExceededError) as caught:
            # The first may have used up nearly all: the second has no room, nor has the first.
            await client.chat("hi", budget=unillm.Budget("0.003"))
    assert [attempt.provider for attempt in caught.value.attempts] == ["a"]
    assert caught.value.__cause__ is not None
    assert told[0].decision.order == ("a:m",)
    assert [one.name for one in told[0].decision.excluded] == ["b:m"]


async def test_what_came_of_a_stream_tells_how_its_route_chose(way, hosts):
    hosts[1].enqueue(faults.get("cut-in-text"))
    async with asking(way, hosts) as asked, asked.with_options(routes={"r2": ["b:m"]}) as client:
        async with client.stream("hi") as stream:
            async for _ in stream:
                break
        assert stream.partial.decision.route == "r"
        with pytest.raises(unillm.IncompleteStreamError) as caught:
            async with client.stream("hi", model="r2") as stream:
                await read_all(stream)
    assert caught.value.partial.decision.order == ("b:m",)


async def test_who_was_not_asked_any_more_is_told(way, hosts):
    for host in hosts:
        host.enqueue(faults.get("status-500"))
    async with asking(way, hosts, Route(["a:m", "b:m", "c:m"], max_attempts=2)) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.chat("hi")
    assert caught.value.message.startswith("no target of the route 'r' has answered: a:m: Server")
    assert caught.value.message.endswith("; there was no time or attempt left to ask c:m")


async def test_why_a_target_is_put_by_is_told(way, hosts):
    hosts[0].enqueue(faults.get("status-401"))
    hosts[1].enqueue(faults.get("status-429-quota"))
    async with asking(way, hosts) as client:
        await client.chat("hi")
        answer = await client.chat("hi")
    assert answer.decision.order == ("c:m",)
    told = {one.name: one.reason for one in answer.decision.excluded}
    assert told["a:m"].startswith(
        "it failed too often, refused its key, or asked to be left alone,"
    )
    assert told["b:m"].startswith("its account has nothing left, and is not asked for ")
