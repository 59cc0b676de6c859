"""What happens to a call of a route when a target fails."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from decimal import Decimal

import pytest

import unillm
import unillm.routing
from tests.client.ways import KEY, QUICK, read_all
from unillm import NoTargetError, Route, RouteExhaustedError, StreamRestarted
from unillm.pricing import PriceBook
from unillm.routing import Ranked
from unillm.testing import Answer, FakeCall, faults


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


def ranking(*, order=None, **said):
    def own(_request, candidates, _stats):
        return Ranked(tuple(one.name for one in candidates) if order is None else order, **said)

    return own


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        (lambda *_: None, r"must return unillm\.routing\.Ranked, not None"),
        (lambda *_: ["a:m"], r"must return unillm\.routing\.Ranked, not \["),
        (ranking(order=([], [])), "each of its candidates once"),
        (ranking(order="a:m"), "each of its candidates once"),
        (ranking(order=iter(())), "each of its candidates once"),
        (ranking(scores=None), "scores by the names"),
        (ranking(scores={1: 2.0}), "scores by the names"),
        (ranking(scores={"a:m": "high"}), "numbers as scores, not 'high'"),
        (ranking(reasons=["cheap"]), "reasons by the names"),
        (ranking(mirror="a:m"), "mirrors in a tuple"),
        (ranking(verify=5), "a function look at answers, not 5"),
    ],
    ids=[
        *("none", "list", "no-names", "text", "iterator", "no-scores", "numbered", "words"),
        *("reasons", "mirror", "verifier"),
    ],
)
async def test_what_a_strategy_may_not_return_is_said_and_nothing_is_sent(
    way, hosts, strategy, told
):
    route = Route(["a:m", "b:m", "c:m"], strategy=strategy)
    async with asking(way, hosts, route) as client:
        with pytest.raises(unillm.InvalidRequestError, match=f"route 'r'.*{told}"):
            await client.chat("hi")
    assert not any(host.requests for host in hosts)


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ({"a:m": Decimal("0.5"), "b:m": float("nan"), "c:m": float("inf")}, {"a:m": 0.5}),
        ({"a:m": 0.5, "b:m": float("-inf"), "c:m": float("inf")}, {"a:m": 0.5}),
        ({"a:m": 0.5, "b:m": float("nan")}, {"a:m": 0.5}),
        ({"a:m": 1e308, "b:m": 1e308}, {"a:m": 1e308, "b:m": 1e308}),
        ({"a:m": 1, "b:m": 0.5}, {"a:m": 1.0, "b:m": 0.5}),
        ({"a:m": 0.25, "b:m": 0.5}, {"a:m": 0.25, "b:m": 0.5}),
    ],
    ids=["decimal", "infinite", "none", "huge", "whole", "plain"],
)
async def test_scores_are_kept_as_numbers_that_a_file_can_hold(way, hosts, scores, kept):
    route = Route(["a:m", "b:m", "c:m"], strategy=ranking(scores=scores))
    async with asking(way, hosts, route) as client:
        answer = await client.chat("hi")
    assert answer.decision.scores == kept
    assert {type(score) for score in answer.decision.scores.values()} == {float}
    assert unillm.ChatResponse.from_json(answer.to_json()).decision == answer.decision


async def test_what_a_strategy_does_with_its_scores_later_changes_no_decision(way, hosts):
    scores, reasons = {"a:m": 0.5}, {"a:m": "cheap"}
    route = Route(["a:m", "b:m", "c:m"], strategy=ranking(scores=scores, reasons=reasons))
    async with asking(way, hosts, route) as client:
        answer = await client.chat("hi")
    scores.clear()
    reasons.clear()
    assert answer.decision.scores == {"a:m": 0.5}
    assert answer.decision.reasons == {"a:m": "cheap"}


async def test_a_session_stays_with_whose_answer_was_left(way, hosts):
    """The next was asked since its calls were refused, and failed."""
    wrong = Answer(tool_calls=[FakeCall("nothing", "{")])
    hosts[0].enqueue(wrong)
    hosts[1].enqueue(faults.get("status-401"))
    hosts[2].enqueue(faults.get("status-401"))
    repair = unillm.RepairPolicy(reask=0)
    async with asking(way, hosts, repair=repair, on_invalid_tool_call="return") as client:
        answer = await client.chat("hi", session="s")
        assert tried(answer)[1:] == [("b", "fallback", "error"), ("c", "fallback", "error")]
        assert answer.provider == "a"
        assert (await client.chat("hi", session="s")).decision.sticky == "a:m"


async def test_the_errors_of_all_attempts_have_those_that_were_asked_again(way, hosts):
    wrong = Answer(tool_calls=[FakeCall("nothing", "{")])
    hosts[0].enqueue(wrong, faults.get("status-401"))
    hosts[1].enqueue(faults.get("status-401"))
    route = Route(["a:m", "b:m"], strategy=unillm.routing.Cascade(verify=bool))
    async with asking(way, hosts, route, repair=unillm.RepairPolicy(reask=1)) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.chat("hi")
    assert [attempt.role for attempt in caught.value.attempts] == ["first", "reask", "fallback"]
    assert [type(error) for error in caught.value.errors] == [
        unillm.ToolArgumentsError,
        unillm.AuthenticationError,
        unillm.AuthenticationError,
    ]


@pytest.mark.parametrize("goes_on", ["restart", "continue"])
async def test_an_answer_asked_for_again_that_was_seen_in_part_is_no_refused_one(
    way, hosts, goes_on
):
    hosts[0].enqueue(Answer(tool_calls=[FakeCall("nothing", "{")]), faults.get("cut-in-text"))
    hosts[1].enqueue(faults.get("status-401"))
    route = Route(["a:m", "b:m"], on_midstream_error=goes_on, max_attempts=2)
    options = {"repair": unillm.RepairPolicy(reask=1), "on_invalid_tool_call": "return"}
    async with asking(way, hosts, route, **options) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            async with client.stream("hi") as stream:
                await read_all(stream)
    assert [attempt.role for attempt in caught.value.attempts][:2] == ["first", "reask"]
    assert caught.value.partial.text == stream.partial.text == "The weather in Paris "
