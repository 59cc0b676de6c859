"""Copies of calls: nobody waits for them, they change no answer, and they are on the bill."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
from decimal import Decimal

import pytest

import unillm
from tests.client.test_fallback import asking, tried
from tests.client.ways import KEY, read_all
from unillm import Constraints, Route
from unillm._client import copies
from unillm.pricing import Price, PriceBook
from unillm.routing import Shadow
from unillm.testing import Answer, FakeProvider, Raw, faults

ONE = Decimal(1)
ROUTE = Route(["a:m"], strategy=Shadow(["b:m"]))


def of(records):
    """Give the records of calls, and those of copies."""
    shadows = [one for one in records if one.attempts and one.attempts[0].role == "shadow"]
    return [one for one in records if one not in shadows], shadows


async def copied(way, records, number=1):
    await way.until(lambda: len(of(records)[1]) == number)
    return of(records)[1]


async def test_the_mirror_gets_a_copy_and_the_caller_his_answer(way, hosts):
    records = []
    hosts[0].enqueue(Answer("mine"))
    hosts[1].enqueue(Answer("its"))
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        answer = await client.chat("hi", temperature=0.5)
        (shadow,) = await copied(way, records)
    assert answer.text == "mine"
    assert tried(answer) == [("a", "first", "ok")]
    assert answer.decision.mirror == ("b:m",)
    assert shadow.response.text == "its"
    assert (shadow.provider, shadow.outcome) == ("b", "ok")
    assert shadow.decision.route == "r"
    assert shadow.decision.order == ("b:m",)
    assert "copy" in shadow.decision.reasons["b:m"]
    assert shadow.operation != of(records)[0][0].operation
    sent, copy = hosts[0].requests[0].json, hosts[1].requests[0].json
    assert sent == copy


async def test_streams_outputs_and_rows_are_copied_too(way, hosts):
    records = []
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        async with client.stream("hi") as stream:
            await read_all(stream)
        await copied(way, records, 1)
        hosts[0].enqueue(Answer('{"a": 1}'))
        hosts[1].enqueue(Answer("no JSON at all"))
        await client.parse("hi", output={"type": "object"})
        shadows = await copied(way, records, 2)
        assert [one.outcome for one in shadows] == ["ok", "error"]
        await client.map(["hi", "ho"]).collect()
        await copied(way, records, 4)
    assert [one.attempts[0].number for one in of(records)[1]] == [1, 1, 1, 1]
    assert all(len(one.attempts) == 1 for one in of(records)[1])


@pytest.mark.parametrize("fault", ["status-500", "status-400", "cut-in-body", "html-page"])
async def test_its_failure_is_nobodys(way, hosts, fault, caplog):
    records = []
    hosts[1].enqueue(faults.get(fault), faults.get(fault))
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        answer = await client.chat("hi")
        (shadow,) = await copied(way, records)
    assert answer.provider == "a"
    assert shadow.outcome == "error"
    assert KEY not in caplog.text


async def test_nobody_waits_for_it_and_closing_ends_it(way, hosts):
    records = []
    hosts[1].enqueue(Raw(segments=[b"data: {"], end="stall"))
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        assert (await client.chat("hi")).provider == "a"
        await way.until(lambda: hosts[1].requests)
    (shadow,) = of(records)[1]
    assert shadow.outcome in {"cancelled", "error"}
    await way.settles(hosts[1], connections=0)
    assert not [one for one in threading.enumerate() if one.name == "unillm-copies"]


async def test_a_client_made_of_another_leaves_its_copies_alone(way, hosts):
    records = []
    hosts[1].enqueue(Answer("one two three", pace=0.02))
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        async with client.with_options(temperature=0) as other:
            await other.chat("hi")
        (shadow,) = await copied(way, records)
    assert shadow.outcome == "ok"


async def test_constraints_hold_for_copies(way, hosts):
    denied = Constraints(deny_providers={"b"})
    async with asking(way, hosts, ROUTE, constraints=denied) as client:
        answer = await client.chat("hi")
    assert answer.decision.mirror == ()
    assert [(one.name, one.by) for one in answer.decision.excluded] == [("b:m", "constraint")]
    assert hosts[1].connections_total == 0


async def test_a_copy_counts_under_the_budget_and_needs_room_in_it(way, hosts):
    records = []
    budget = unillm.Budget(usd=Decimal("0.01"))
    rows = [Price(provider=name, model="m", input=ONE, output=ONE) for name in "ab"]
    prices = PriceBook(prices=tuple(rows))
    options = {"budget": budget, "prices": prices, "observers": [records.append]}
    async with asking(way, hosts, ROUTE, **options) as client:
        answer = await client.chat("hi", max_tokens=10)
        (shadow,) = await copied(way, records)
        (state,) = await client.budgets()
        assert state.spent == answer.cost.total + shadow.cost.total
        hosts[0].clear()
        tight = client.with_options(budget=unillm.Budget(usd=Decimal("0.000000001")))
        with pytest.raises(unillm.BudgetExceededError):
            await tight.chat("hi", max_tokens=10)
    assert len(hosts[1].requests) == 1


async def test_too_many_are_dropped_and_counted(way, hosts, monkeypatch, caplog):
    monkeypatch.setattr(copies, "WAITING", 2)
    monkeypatch.setattr(copies, "AT_ONCE", 1)
    for _ in range(8):
        hosts[1].enqueue(Raw(segments=[b"data: {"], end="stall"))
    async with asking(way, hosts, ROUTE) as client:
        for _ in range(8):
            assert (await client.chat("hi")).provider == "a"
        inner = client.inner if way.is_sync else client
        assert inner._connection.copies.dropped >= 5
    assert "were not made" in caplog.text


async def test_a_share_of_calls_is_copied(way, hosts):
    route = Route(["a:m"], strategy=Shadow(["b:m"], share=0.0))
    async with asking(way, hosts, route) as client:
        assert (await client.chat("hi")).decision.mirror == ()
    assert hosts[1].connections_total == 0


async def test_tasks_have_copies_on_their_bill(way, hosts):
    records = []
    async with asking(way, hosts, ROUTE, observers=[records.append]) as client:
        with unillm.task("t") as task:
            await client.chat("hi")
        await copied(way, records)
    assert len(task.operations) == 2


def test_a_route_within_another_may_not_have_copies_sent():
    with pytest.raises(unillm.InvalidRequestError, match=r"copies.*b:m.*outermost.*'r'"):
        unillm.Client(
            providers=[unillm.Provider(name, base_url="http://127.0.0.1:9") for name in "ab"],
            routes={"r": Route([ROUTE, "a:other"])},
        )


PROGRAM = """
    import sys, os
    import unillm
    from unillm.routing import Shadow
    a, b = sys.argv[1:]
    client = unillm.Client(
        providers=[unillm.Provider("a", base_url=a, api_key="k"),
                   unillm.Provider("b", base_url=b, api_key="k")],
        routes={"r": unillm.Route(["a:m"], strategy=Shadow(["b:m"]))}, model="r")
    assert client.chat("hi").provider == "a"
    if FORK:
        child = os.fork()
        if child == 0:
            assert client.chat("hi").provider == "a"
            client.close()
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client.close()
    print("over")
"""


@pytest.mark.parametrize("fork", [False, True], ids=["exit", "fork"])
def test_an_interpreter_ends_and_forks_whatever_is_being_copied(fork):
    with contextlib.ExitStack() as stack:
        a, b = (stack.enter_context(FakeProvider()) for _ in range(2))
        for _ in range(4):
            b.enqueue(Raw(segments=[b"data: {"], end="stall"))
        program = f"FORK = {fork}\n{textwrap.dedent(PROGRAM)}"
        ended = subprocess.run(
            [sys.executable, "-c", program, a.base_url, b.base_url],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        assert (ended.returncode, ended.stdout.strip()) == (0, "over"), ended.stderr
        assert ended.stderr == ""
