"""A second attempt beside one whose first token is late: whichever begins first answers."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# pyright: reportOptionalSubscript=false

import contextlib
import sqlite3
import threading
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.client import ways
from tests.client.ways import KEY, ONCE, QUICK, TICK, read_all
from tests.io.test_interrupts import interrupted_soon
from tests.telemetry.listener import Listener
from unillm import Hedge, Route, RouteExhaustedError
from unillm._client.hedges import Allowance
from unillm.limits import MemoryHealth
from unillm.pricing import Price, PriceBook
from unillm.testing import (
    Answer,
    AsyncFakeTransport,
    FakeCall,
    FakeTransport,
    Raw,
    faults,
)

SOON = 0.02
SLOW = 30.0
"""Longer than any of these tests may take: whoever waits for it fails."""
AT_ONCE = 0.1


def silent(status=200):
    """Serve a head, and then nothing for long."""
    return Raw(status=status, segments=[SLOW, b"data: never\n\n"])


@pytest.fixture(autouse=True)
def no_threads():
    """See that none is left."""
    yield
    give_up = time.monotonic() + 2
    while names() and time.monotonic() < give_up:
        time.sleep(0.001)
    assert not names()


def names():
    return [it.name for it in threading.enumerate() if it.name.startswith("unillm-race")]


def asking(way, hosts, *, hedge=None, names="ab", retry=QUICK, route=None, **options):
    providers = [
        unillm.Provider(name, base_url=host.base_url, api_key=KEY)
        for name, host in zip(names, hosts, strict=False)
    ]
    targets = [f"{provider.name}:m" for provider in providers]
    chosen = Hedge(after=SOON, budget=1) if hedge is None else hedge
    made = Route(targets, hedge=chosen, **(route or {}))
    return way.client(
        None, providers=providers, routes={"r": made}, model="r", retry=retry, **options
    )


def tried(answer):
    return [(it.number, it.provider, it.role, it.outcome) for it in answer.attempts]


async def asked(client, streamed, prompt="hi", **options):
    """Give the answer, read as a stream or not."""
    if not streamed:
        return await client.chat(prompt, **options)
    async with client.stream(prompt, **options) as stream:
        await read_all(stream)
    return stream.response


both_kinds = pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])


@both_kinds
async def test_the_second_answers_where_the_first_is_late(way, hosts, streamed):
    hosts[0].enqueue(silent())
    hosts[1].enqueue(Answer("five six"))
    async with asking(way, hosts) as client:
        answer = await asked(client, streamed)
        assert answer.text == "five six"
        assert tried(answer) == [(1, "a", "first", "cancelled"), (2, "b", "hedge", "ok")]
        assert answer.provider == "b"
        await way.settles(hosts[0], connections=0)


@both_kinds
async def test_the_first_answers_where_it_begins_sooner(way, hosts, streamed):
    hosts[0].enqueue(faults.get("slow-first-token"))
    hosts[1].enqueue(silent())
    async with asking(way, hosts) as client:
        answer = await asked(client, streamed)
        assert answer.text
        assert tried(answer) == [(2, "b", "hedge", "cancelled"), (1, "a", "first", "ok")]
        assert answer.provider == "a"
        await way.settles(hosts[1], connections=0)


@both_kinds
async def test_nobody_else_is_asked_where_the_first_is_in_time(way, hosts, streamed):
    async with asking(way, hosts, hedge=Hedge(after=SLOW, budget=1)) as client:
        answer = await asked(client, streamed)
    assert tried(answer) == [(1, "a", "first", "ok")]
    assert not hosts[1].requests


async def test_the_loser_is_closed_at_once_not_at_the_end(way, hosts):
    hosts[0].enqueue(silent())
    async with asking(way, hosts) as client, client.stream("hi") as stream:
        await anext(stream)
        began = time.monotonic()
        await way.until(lambda: hosts[0].connections == 0)
        assert time.monotonic() - began < AT_ONCE
        await way.until(lambda: not names())
        await read_all(stream)
    assert stream.response.provider == "b"


async def test_one_that_does_not_even_answer_with_a_head_is_closed_too(way, hosts):
    hosts[0].enqueue(faults.get("stall-before-head"))
    async with asking(way, hosts) as client:
        answer = await client.chat("hi")
        assert tried(answer) == [(1, "a", "first", "cancelled"), (2, "b", "hedge", "ok")]
        await way.settles(hosts[0], connections=0)


@both_kinds
async def test_where_the_first_fails_meanwhile_the_second_goes_on_alone(way, hosts, streamed):
    hosts[0].enqueue(Raw(segments=[0.1, b"data: {"], framing="chunked"))
    hosts[1].enqueue(faults.get("slow-first-token"))
    async with asking(way, hosts) as client:
        answer = await asked(client, streamed)
        assert tried(answer) == [(1, "a", "first", "error"), (2, "b", "hedge", "ok")]
        await way.until(lambda: hosts[0].in_flight == 0)


@both_kinds
async def test_where_the_second_fails_the_first_goes_on_alone(way, hosts, streamed):
    hosts[0].enqueue(faults.get("slow-first-token"))
    hosts[1].enqueue(faults.get("status-500"))
    async with asking(way, hosts) as client:
        answer = await asked(client, streamed)
        assert tried(answer) == [(2, "b", "hedge", "error"), (1, "a", "first", "ok")]
    assert answer.attempts[0].status == 500


async def test_where_both_fail_the_route_goes_on(way, hosts):
    hosts[0].enqueue(Raw(segments=[0.1, b"data: {"], framing="chunked"))
    hosts[1].enqueue(faults.get("status-500"))
    hosts[2].enqueue(Answer("nine"))
    async with asking(way, hosts, names="abc") as client:
        answer = await client.chat("hi")
    assert tried(answer) == [
        (2, "b", "hedge", "error"),
        (1, "a", "first", "error"),
        (3, "c", "fallback", "ok"),
    ]


async def test_all_that_failed_are_told_and_no_more_are_made_than_allowed(way, hosts):
    hosts[0].enqueue(Raw(segments=[0.1, b"data: {"], framing="chunked"))
    hosts[1].enqueue(faults.get("status-500"))
    async with asking(way, hosts, route={"max_attempts": 2}) as client:
        with pytest.raises(RouteExhaustedError) as caught:
            await client.chat("hi")
    assert [attempt.provider for attempt in caught.value.attempts] == ["b", "a"]
    assert [len(host.requests) for host in hosts] == [1, 1, 0]


async def test_what_is_the_callers_fault_ends_the_second_too(way, hosts):
    refused = b'{"error": {"message": "no", "type": "invalid_request_error"}}'
    hosts[0].enqueue(Raw(status=400, segments=[0.1, refused], framing="chunked"))
    hosts[1].enqueue(silent())
    async with asking(way, hosts) as client:
        with pytest.raises(unillm.BadRequestError) as caught:
            await client.chat("hi")
        assert tried(caught.value) == [(2, "b", "hedge", "cancelled"), (1, "a", "first", "error")]
        await way.settles(hosts[1], connections=0)


async def test_attempts_that_are_used_up_leave_none_to_hedge_with(way, hosts):
    hosts[0].enqueue(faults.get("slow-first-token"))
    async with asking(way, hosts, retry=ONCE) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [(1, "a", "first", "ok")]
    assert not hosts[1].requests


async def test_where_nobody_else_may_be_asked_nobody_is(way, hosts):
    hosts[0].enqueue(faults.get("slow-first-token"))
    async with asking(way, hosts, constraints=unillm.Constraints(deny_providers={"b"})) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [(1, "a", "first", "ok")]
    assert hosts[1].connections_total == 0


async def test_the_loser_is_billed_as_bounded(way, hosts):
    hosts[0].enqueue(silent())
    rows = [Price(provider=name, model="m", input=Decimal(1), output=Decimal(10)) for name in "ab"]
    budget = unillm.Budget(Decimal(5))
    async with asking(
        way, hosts, prices=PriceBook(prices=tuple(rows)), budget=budget, max_tokens=100
    ) as client:
        answer = await client.chat("hi")
        lost, won = answer.attempts
        assert (lost.cost.state, won.cost.state) == ("bounded", "exact")
        assert lost.cost.low == 0
        assert lost.cost.high >= Decimal(100) * 10 / 1_000_000
        assert answer.cost.state == "bounded"
        assert answer.cost.low == won.cost.total
        assert answer.cost.high == lost.cost.high + won.cost.total
        (state,) = await client.budgets()
    assert state.reserved == 0
    assert state.spent == answer.cost.high


async def test_a_second_that_the_budget_has_no_room_for_is_not_made(way, hosts):
    hosts[0].enqueue(faults.get("slow-first-token"))
    rows = [
        Price(provider="a", model="m", input=Decimal(1), output=Decimal(10)),
        Price(provider="b", model="m", input=Decimal(1000), output=Decimal(10_000)),
    ]
    async with asking(
        way,
        hosts,
        prices=PriceBook(prices=tuple(rows)),
        budget=unillm.Budget(Decimal("0.01")),
        max_tokens=100,
    ) as client:
        answer = await client.chat("hi")
        (state,) = await client.budgets()
    assert tried(answer) == [(1, "a", "first", "ok")]
    assert (state.reserved, state.spent) == (0, answer.cost.total)


async def test_both_are_in_the_ledger(way, hosts, tmp_path):
    hosts[0].enqueue(silent())
    async with asking(way, hosts, ledger=tmp_path / "l.db") as client:
        await client.chat("hi")
    with contextlib.closing(sqlite3.connect(tmp_path / "l.db")) as found:
        told = found.execute("SELECT number, provider, role, outcome FROM attempts ORDER BY number")
        assert told.fetchall() == [(1, "a", "first", "cancelled"), (2, "b", "hedge", "ok")]


@pytest.mark.parametrize("lost", [0, 1], ids=["first", "second"])
async def test_spans_are_of_the_attempts_they_are_named_after(way, hosts, lost):
    hosts[lost].enqueue(silent())
    hosts[1 - lost].enqueue(faults.get("slow-first-token"))
    listener = Listener()
    async with asking(way, hosts, telemetry=listener.telemetry()) as client:
        await client.chat("hi")
    found = {
        span.attributes["unillm.attempt.number"]: span.attributes["unillm.outcome"]
        for span in listener.spans("attempt")
    }
    assert found == {lost + 1: "cancelled", 2 - lost: "ok"}


async def test_places_are_given_back(way, hosts):
    store = MemoryHealth()
    hosts[0].enqueue(silent())
    async with asking(way, hosts, health=store) as client:
        await client.chat("hi")
    stats = store.look(store.keys(), time.monotonic())
    assert len(stats) == 2
    assert [one.in_flight for one in stats] == [0, 0]
    assert [one.failures for one in stats] == [0, 0]


@both_kinds
async def test_late_is_what_is_slower_than_most_were(way, hosts, streamed):
    async with asking(way, hosts, hedge=Hedge(after="p95", budget=1)) as client:
        hosts[0].enqueue(faults.get("slow-first-token"))
        unknown = await asked(client, streamed)
        assert tried(unknown) == [(1, "a", "first", "ok")]
        for _ in range(20):
            await asked(client, streamed)
        known = len(hosts[1].requests)
        hosts[0].enqueue(silent())
        answer = await asked(client, streamed)
    assert tried(answer) == [(1, "a", "first", "cancelled"), (2, "b", "hedge", "ok")]
    assert known <= 2


def test_a_share_of_the_calls_may_be_hedged():
    allowance = Allowance(0.05)
    taken = []
    for _ in range(1000):
        allowance.called()
        taken.append(allowance.take())
    assert sum(taken) == 50
    assert taken.index(True) == 19


@given(
    share=st.sampled_from([0.01, 0.03, 0.05, 1 / 3, 0.5, 1.0]),
    wanted=st.lists(st.sampled_from(["no", "yes", "given back"]), max_size=300),
)
def test_no_more_are_hedged_than_the_share(share, wanted):
    allowance, taken = Allowance(share), 0
    for number, want in enumerate(wanted, 1):
        allowance.called()
        if want != "no" and allowance.take():
            if want == "yes":
                taken += 1
            else:
                allowance.give_back()
        assert taken <= share * number + 1e-6


class Late(FakeTransport):
    def send(self, request, headers, limits):
        time.sleep(2 * TICK)  # the thread of the call is awake by then
        return super().send(request, headers, limits)


async def test_of_calls_that_all_are_late_a_share_is_hedged(way):
    transport = Late() if way.is_sync else AsyncFakeTransport()
    made = Route(["a:m", "b:m"], hedge=Hedge(after=1e-9, budget=0.05))
    providers = [
        unillm.Provider(name, base_url=f"http://{name}.test/v1", api_key=KEY) for name in "ab"
    ]
    roles = []
    async with way.client(
        None, providers=providers, routes={"r": made}, model="r", transport=transport
    ) as client:
        for _ in range(200):
            answer = await client.chat("hi")
            roles.append({attempt.role for attempt in answer.attempts})
    hedged = [number for number, found in enumerate(roles, 1) if "hedge" in found]
    assert 0 < len(hedged) <= 10
    assert hedged[0] >= 20


async def test_calls_and_their_arguments_come_from_the_one_that_won(way, hosts):
    def weather(city: str) -> str:
        return f"rain in {city}"

    hosts[0].enqueue(silent())
    hosts[1].enqueue(Answer(tool_calls=(FakeCall("weather", {"city": "Ulm"}),)))
    async with asking(way, hosts) as client, client.stream("hi", tools=[weather]) as stream:
        events = await read_all(stream)
    kinds = [type(event).__name__ for event in events]
    assert kinds.count("ToolCallStarted") == kinds.count("ToolCallReady") == 1
    assert stream.response.tool_calls[0].arguments == {"city": "Ulm"}


async def test_the_output_of_the_one_that_won_is_told_while_it_comes(way, hosts):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    hosts[0].enqueue(silent())
    hosts[1].enqueue(Answer('{"n": 12}'))
    async with asking(way, hosts) as client, client.stream("hi", output=schema) as stream:
        events = await read_all(stream)
    assert [event for event in events if isinstance(event, unillm.OutputDelta)]
    assert stream.response.output == {"n": 12}


async def test_whoever_is_asked_again_is_the_only_one_who_can(way, hosts):
    hosts[0].enqueue(Answer("not it"), faults.get("slow-first-token"))
    async with asking(way, hosts, names="ab", retry=QUICK) as client:
        with contextlib.suppress(unillm.UnillmError):
            await client.parse("hi", output={"type": "integer"}, max_retries=1)
    assert hosts[1].connections_total == 0


async def test_keys_are_in_nothing_that_is_told(way, hosts):
    told = []
    echo = b'{"error": {"message": "bad key ' + KEY.encode() + b'"}}'
    hosts[1].enqueue(Raw(status=500, segments=[echo], framing="chunked"))
    hosts[0].enqueue(faults.get("slow-first-token"))
    async with asking(way, hosts, observers=[told.append]) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [(2, "b", "hedge", "error"), (1, "a", "first", "ok")]
    assert "bad key" in told[0].attempts[0].error
    assert KEY not in repr(told)


def test_ctrl_c_leaves_nothing(hosts):
    records = []
    for host in hosts:
        host.enqueue(silent())
    store = MemoryHealth()
    with (
        ways.WAYS["sync"]
        .client(
            None,
            providers=[
                unillm.Provider(name, base_url=host.base_url, api_key=KEY)
                for name, host in zip("ab", hosts, strict=False)
            ],
            routes={"r": Route(["a:m", "b:m"], hedge=Hedge(after=SOON, budget=1))},
            model="r",
            health=store,
            observers=[records.append],
        )
        .inner as client
    ):
        with interrupted_soon(lambda: all(host.requests for host in hosts[:2])):
            client.chat("hi")
        assert all(host.wait(connections=0, in_flight=0) for host in hosts)
    (record,) = records
    assert record.outcome == "cancelled"
    assert [(it.role, it.outcome) for it in record.attempts] == [
        ("first", "cancelled"),
        ("hedge", "cancelled"),
    ]
    stats = store.look(store.keys(), time.monotonic())
    assert [one.in_flight for one in stats] == [0, 0]


def test_closing_from_another_thread_ends_the_wait(hosts):
    records = []
    for host in hosts:
        host.enqueue(silent())
    sync = ways.WAYS["sync"]
    client = asking(sync, hosts, observers=[records.append]).inner
    with client:
        stream = client.stream("hi")
        closer = threading.Timer(0.2, stream.close)
        closer.start()
        began = time.monotonic()
        with contextlib.suppress(unillm.UnillmError):
            list(stream)
        assert time.monotonic() - began < 5
        closer.join()
        assert all(host.wait(connections=0, in_flight=0) for host in hosts[:2])
    assert [len(record.attempts) for record in records] == [2]


def test_rows_that_are_called_off_end_at_once(hosts):
    for host in hosts:
        host.enqueue(*[silent()] * 4)
    client = asking(ways.WAYS["sync"], hosts).inner
    with client, client.map(["a", "b", "c"], concurrency=3) as rows:
        threading.Timer(0.2, rows.close).start()
        began = time.monotonic()
        assert not [row for row in rows if row.response is not None]
        assert time.monotonic() - began < 5
    assert all(host.wait(connections=0, in_flight=0) for host in hosts[:2])
