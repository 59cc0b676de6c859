"""Whom a route asks where those whose turn it is have no room, or are put by."""

# pyright: reportAttributeAccessIssue=false

import contextlib
from decimal import Decimal

import pytest

import unillm
from tests.client.test_fallback import asking, tried
from unillm import Route
from unillm.limits import Admission, Entrant, MemoryHealth
from unillm.pricing import Price, PriceBook
from unillm.testing import Answer, FakeProvider, Raw, faults

NOTHING_LEFT = {
    "x-ratelimit-limit-requests": "10",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "200s",
}
PATIENT = unillm.RetryPolicy(first_wait=30.0, max_wait=30.0)
"""Whoever waits that long fails by the time limits here."""


@pytest.fixture
def hosts():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(FakeProvider()) for _ in range(2)]


class Crowded(MemoryHealth):
    """A store in which a provider is crowded until it was asked about some times."""

    def __init__(self, provider, times):
        super().__init__()
        self.left = times
        self.provider = provider

    def admit(self, lease, entrant, now):
        if entrant.provider != self.provider:
            return super().admit(lease, entrant, now)
        self.left -= 1
        full = entrant.provider if self.left >= 0 else "nobody"
        super().admit("other", Entrant(key="other", provider=full, bulkhead=1), now)
        crowded = Entrant(key=entrant.key, provider=entrant.provider, bulkhead=1)
        given = super().admit(lease, crowded if self.left >= 0 else entrant, now)
        if self.left == 0:
            self._providers.clear()
        return given


@pytest.mark.parametrize("fault", ["status-401", "status-402"])
async def test_where_all_are_put_by_they_are_asked_all_the_same(way, hosts, fault):
    for host in hosts:
        host.enqueue(faults.get(fault))
    async with asking(way, hosts, timeout=unillm.Timeout(total=20)) as client:
        with pytest.raises(unillm.RouteExhaustedError):
            await client.chat("hi")
        assert {one.state for one in client.health()} <= {"open", "quota"}
        assert tried(await client.chat("hi")) == [("a", "first", "ok")]


async def test_where_all_are_put_by_no_more_is_asked_than_allowed(way, hosts):
    for host in hosts:
        host.enqueue(*[faults.get("status-401")] * 9)
    async with asking(way, hosts, timeout=unillm.Timeout(total=20)) as client:
        for _ in range(3):
            with pytest.raises(unillm.RouteExhaustedError) as caught:
                await client.chat("hi")
            assert [attempt.provider for attempt in caught.value.attempts] == ["a", "b"]


async def test_room_is_looked_for_where_it_may_come_first(way, hosts):
    """One is crowded for a moment, and the other out of rate limits for long."""
    hosts[1].enqueue(Answer("x", headers=NOTHING_LEFT))
    store = Crowded("a", 2)
    async with asking(way, hosts, health=store, timeout=unillm.Timeout(total=20)) as client:
        await client.chat("hi", model="b:m")
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "ok")]
    assert len(hosts[1].requests) == 1


async def test_one_that_failed_is_not_asked_again_at_once_where_the_next_has_no_room(way, hosts):
    hosts[0].enqueue(faults.get("status-500"))
    store = Crowded("b", 2)
    async with asking(way, hosts, health=store, retry=PATIENT) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "error"), ("b", "fallback", "ok")]


async def test_where_there_is_no_room_in_time_the_error_has_what_was_tried(way, hosts):
    hosts[0].enqueue(faults.get("status-401"))
    options = {"health": Crowded("b", 999), "timeout": unillm.Timeout(total=1)}
    async with asking(way, hosts, **options) as client:
        with pytest.raises(unillm.DeadlineExceededError, match="no room") as caught:
            await client.chat("hi")
    assert tried(caught.value) == [("a", "first", "error")]


def money(way, hosts, **options):
    """Give a client whose second target is too dear."""
    rows = [
        Price(provider="a", model="m", input=Decimal(1), output=Decimal(10)),
        Price(provider="b", model="m", input=Decimal(1000), output=Decimal(10_000)),
    ]
    book = PriceBook(prices=tuple(rows))
    budget = unillm.Budget(Decimal("0.02"))
    return asking(way, hosts, prices=book, budget=budget, max_tokens=100, **options)


def slow_down(seconds):
    answer = {"error": {"message": "too many"}}
    return Raw.of_json(answer, status=429, headers={"retry-after-ms": f"{seconds * 1000:.0f}"})


async def test_one_that_failed_is_waited_for_where_the_next_is_too_dear(way, hosts):
    hosts[0].enqueue(slow_down(0.3))
    async with money(way, hosts) as client:
        answer = await client.chat("hi")
    assert tried(answer) == [("a", "first", "error"), ("a", "retry", "ok")]
    assert answer.attempts[1].started_at - answer.attempts[0].started_at >= 0.25
    assert not hosts[1].requests


async def test_one_that_asks_for_long_is_not_asked_again_since_the_next_is_too_dear(way, hosts):
    hosts[0].enqueue(slow_down(100))
    async with money(way, hosts, retry=unillm.RetryPolicy(max_wait=5)) as client:
        with pytest.raises(unillm.RateLimitError, match="100 s") as caught:
            await client.chat("hi")
    assert tried(caught.value) == [("a", "first", "error")]
    assert isinstance(caught.value.__cause__, unillm.BudgetExceededError)
    assert len(hosts[0].requests) == 1


async def test_two_are_too_dear_and_the_first_error_is_kept(way, hosts):
    hosts[0].enqueue(faults.get("status-401"))
    async with money(way, hosts, route=Route(["a:m", "b:m"], max_attempts=5)) as client:
        with pytest.raises(unillm.BudgetExceededError) as caught:
            await client.chat("hi")
    assert tried(caught.value) == [("a", "first", "error")]
    assert isinstance(caught.value.__cause__, unillm.AuthenticationError)


class PutBy(MemoryHealth):
    """A store in which a target is put by as soon as it is its turn."""

    def admit(self, lease, entrant, now):
        if entrant.provider == "b" and not entrant.alone:
            return Admission(admitted=False, reason="it fails", wait=100.0)
        return super().admit(lease, entrant, now)


async def test_an_error_is_never_its_own_cause(way, hosts):
    hosts[0].enqueue(slow_down(100))
    options = {"health": PutBy(), "retry": unillm.RetryPolicy(max_wait=5)}
    async with asking(way, hosts, **options) as client:
        with pytest.raises(unillm.RateLimitError) as caught:
            await client.chat("hi")
    assert tried(caught.value) == [("a", "first", "error")]
    assert caught.value.__cause__ is not caught.value


async def test_a_row_waits_for_the_one_that_is_left(way, hosts):
    """The key of the other is no good: that is no reason not to wait."""
    hosts[0].enqueue(faults.get("status-401"))
    hosts[1].enqueue(faults.get("status-429"))
    async with asking(way, hosts) as client:
        (row,) = await client.map(["hi"]).collect()
    assert row.error is None
    assert tried(row.response)[:2] == [("a", "first", "error"), ("b", "fallback", "error")]
