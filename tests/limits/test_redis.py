"""Budgets while Redis goes and comes back, and what is told of it."""

import logging
import signal
import socket
import threading
import time
from decimal import Decimal

import anyio
import pytest

import unillm
from tests.client.ways import async_client, read_all
from tests.limits import servers
from tests.limits.purses import billed, of, priced
from tests.limits.test_stores import claim
from unillm.limits import RedisStore, StoreAwayError

SECRET = "hush-hush-0451"


def shared(server, **options):
    given = {"name": "shared", "store": server.url, "soft": None}
    return unillm.Budget("1", **{**given, **options})


async def test_while_redis_is_away_calls_are_refused_and_nothing_is_sent(way, fake, own_redis):
    budget = shared(own_redis)
    async with way.client(fake, **priced(fake, budget)) as client:
        await client.chat("Hi")
        own_redis.stop()
        with pytest.raises(unillm.BudgetUnavailableError, match="when_down='open'") as caught:
            await client.chat("Hi")
        with pytest.raises(unillm.BudgetUnavailableError):
            await client.budgets()
        assert len(fake.requests) == 1
        own_redis.start()
        await client.chat("Hi")
    assert len(fake.requests) == 2
    assert isinstance(caught.value, unillm.BudgetExceededError)
    assert "redis at 127.0.0.1" in str(caught.value)


async def test_or_made_and_noted_and_counted_when_it_is_back(way, fake, own_redis, caplog):
    budget = shared(own_redis, when_down="open")
    own_redis.stop()
    async with way.client(fake, **priced(fake, budget)) as client:
        first = await client.chat("Hi")
        async with client.stream("Hi") as stream:
            await read_all(stream)
        assert [note.code for note in first.notes] == ["budget_unchecked"]
        assert [note.code for note in stream.response.notes] == ["budget_unchecked"]
        assert budget.kept["store"].waiting == 2
        own_redis.start()
        third = await client.chat("Hi")
        assert third.notes == ()
        state = of(budget, await client.budgets())
    assert state.spent == billed(fake)
    assert (state.reserved, budget.kept["store"].waiting) == (0, 0)
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert ["away" in one.message or "not answer" in one.message for one in told] == [True, False]


async def test_a_redis_that_goes_in_the_middle_of_a_call_is_told_later(way, fake, own_redis):
    budget = shared(own_redis, expired="spent")
    async with way.client(fake, **priced(fake, budget)) as client:
        async with client.stream("Hi") as stream:
            await anext(stream)
            own_redis.process.send_signal(signal.SIGSTOP)
            await read_all(stream)
        assert budget.kept["store"].waiting == 1
        own_redis.process.send_signal(signal.SIGCONT)
        state = of(budget, await client.budgets())
    assert state.spent == billed(fake)
    assert (state.reserved, state.expired) == (0, 0)


async def test_a_slow_redis_holds_a_call_up_for_no_longer_than_its_limit(way, fake):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        store = RedisStore(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", timeout=0.05)
        budget = unillm.Budget(1, name="slow", store=store, when_down="open")
        async with way.client(fake, **priced(fake, budget)) as client:
            r = await client.chat("Hi")
    assert [note.code for note in r.notes] == ["budget_unchecked"]
    assert r.attempts[0].duration < 2


async def test_a_redis_that_has_forgotten_the_script_is_given_it_again(way, fake, own_redis):
    redis = pytest.importorskip("redis")
    budget = shared(own_redis)
    with redis.Redis.from_url(own_redis.url) as direct:
        async with way.client(fake, **priced(fake, budget)) as client:
            await client.chat("Hi")
            direct.script_flush()
            await client.chat("Hi")
            direct.client_kill_filter(_type="normal", skipme=True)
            await client.chat("Hi")
            state = of(budget, await client.budgets())
    assert state.spent == billed(fake)
    assert state.reserved == 0


async def test_a_budget_closed_and_one_open_are_both_kept(way, fake, own_redis):
    budget = shared(own_redis, when_down="open")
    own = unillm.Budget("0.003", name="own")
    own_redis.stop()
    async with way.client(fake, **priced(fake, [budget, own])) as client:
        await client.chat("Hi")
        with pytest.raises(unillm.BudgetExceededError, match="own"):
            await client.chat("Hi", max_tokens=10_000)
    assert len(fake.requests) == 1
    assert own.kept["store"].read([claim("", 0)])[0].reserved == 0
    assert budget.kept["store"].waiting == 2  # the call, and that the other came to nothing


def test_every_key_expires_with_its_window(own_redis):
    redis = pytest.importorskip("redis")
    store = RedisStore(own_redis.url, prefix="mine")
    with redis.Redis.from_url(own_redis.url) as direct:
        now = direct.time()[0]
        day = claim("2026", 1, until=now + 100)
        store.reserve("h.1", [day, claim("ever", 1)])
        ends = {key.decode(): direct.expiretime(key) for key in direct.scan_iter("*")}
    assert ends == {
        "{mine}:budget:b|2026": now + 100 + 100 + 3_600,
        "{mine}:budget:b|2026:leases": now + 100 + 100 + 3_600,
        "{mine}:budget:b|ever": -1,
        "{mine}:budget:b|ever:leases": -1,
    }


def test_leases_go_by_the_clock_of_redis(own_redis):
    store = RedisStore(own_redis.url)
    store.reserve("h.1", [claim("k", 300, lease=0.001)])
    waited = threading.Event()
    for _ in range(200):
        if store.read([claim("k", 0)])[0].expired:
            break
        waited.wait(0.005)
    assert store.read([claim("k", 0)])[0].expired == 300


def test_a_cluster_takes_several_accounts_at_once(tmp_path):
    redis = pytest.importorskip("redis")
    bus = str(servers.free_port())  # else ten thousand above the other, where there may be none
    with servers.Server(tmp_path, "--cluster-enabled", "yes", "--cluster-port", bus) as node:
        with redis.Redis.from_url(node.url) as direct:
            direct.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            while direct.cluster("INFO")["cluster_state"] != "ok":
                threading.Event().wait(0.01)
        cluster = redis.RedisCluster.from_url(node.url)
        store = RedisStore(cluster)
        claims = [claim(key, 10) for key in "abc"]
        assert [one.room for one in store.reserve("h.1", claims)] == [True] * 3
        assert [one.spent for one in store.settle("h.1", claims, 7)] == [7] * 3
        cluster.close()


def test_no_password_is_shown_anywhere(own_redis, caplog):
    url = f"redis://user-{SECRET}:{SECRET}@127.0.0.1:{own_redis.port}/0"
    budget = unillm.Budget(1, name="b", store=url)
    store = RedisStore(url)
    with pytest.raises(StoreAwayError) as caught:
        store.reserve("h.1", [claim("k", 1)])
    shown = f"{budget!r} {store!r} {caught.value} {caplog.text}"
    assert SECRET not in shown
    assert caught.value.__cause__ is None
    assert f"127.0.0.1:{own_redis.port}" in shown


@pytest.mark.parametrize(
    "url", ["http://x", "127.0.0.1:6379", "redis://h:port/0"], ids=["scheme", "none", "port"]
)
def test_what_is_no_url_is_refused_without_showing_it(url):
    with pytest.raises(unillm.InvalidRequestError, match="redis://host") as caught:
        unillm.Client(budget=unillm.Budget(1, name="b", store=url))
    assert url not in str(caught.value)


def test_an_async_client_of_redis_is_refused():
    redis = pytest.importorskip("redis")
    with pytest.raises(unillm.InvalidRequestError, match="not async"):
        RedisStore(redis.asyncio.Redis())


def test_the_environment_names_the_redis(monkeypatch, own_redis):
    monkeypatch.setenv("REDIS_URL", own_redis.url)
    budget = unillm.Budget("2.5", name="b", store="redis")
    with unillm.Client(budget=budget) as client:
        (state,) = client.budgets()
    assert state.left == Decimal("2.5")
    assert str(own_redis.port) in repr(budget.kept["store"])


def test_budgets_of_one_url_are_asked_together(own_redis):
    one, other = (shared(own_redis, name=name) for name in ("one", "other"))
    with unillm.Client(budget=one) as client:
        client.with_options(budget=other)
    assert one.kept["store"] is other.kept["store"]


def test_what_waits_is_bounded(own_redis, monkeypatch, caplog):
    monkeypatch.setattr("unillm.limits.redis.WAITING", 3)
    store = RedisStore(own_redis.url)
    own_redis.stop()
    for number in range(5):
        store.settle(f"h.{number}", [claim("k", 1)], 1, unheld=True)
    assert store.waiting == 3
    assert caplog.text.count("is not counted") == 2
    own_redis.start()
    store.flush()
    assert store.read([claim("k", 0)])[0].spent == 3


async def test_a_client_that_is_closed_tells_what_waits(way, fake, own_redis):
    budget, of_call = (shared(own_redis, name=name, when_down="open") for name in ("b", "call"))
    own_redis.stop()
    async with way.client(fake, **priced(fake, budget)) as client:
        await client.chat("Hi", budget=of_call)
        stores = [one.kept["store"] for one in (budget, of_call)]
        assert sum(store.waiting for store in stores) > 0
        own_redis.start()
    assert [store.waiting for store in stores] == [0, 0]
    async with way.client(None, **priced(fake, [budget, of_call])) as client:
        states = await client.budgets()
    assert [state.spent for state in states] == [billed(fake)] * 2


async def test_closing_waits_for_no_redis_that_is_away(way, fake, own_redis, caplog):
    budget = shared(own_redis, when_down="open")
    own_redis.stop()
    async with way.client(fake, **priced(fake, budget)) as client:
        await client.chat("Hi")
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert budget.kept["store"].waiting == 1
    assert "is not all told: redis at 127.0.0.1" in caplog.text


def test_a_close_that_is_cancelled_tells_it_too(fake, own_redis):
    budget = shared(own_redis, when_down="open")
    own_redis.stop()

    async def body():
        async with async_client(fake, **priced(fake, budget)) as client:
            await client.chat("Hi")
            own_redis.start()
            with anyio.CancelScope() as scope:
                scope.cancel()
                await client.close()

    anyio.run(body, backend="trio")
    assert budget.kept["store"].waiting == 0


def test_flushing_ends_when_its_time_is_over(own_redis, monkeypatch):
    store = RedisStore(own_redis.url)
    own_redis.stop()
    for number in range(500):
        store.settle(f"h.{number}", [claim("k", 1)], 1, unheld=True)
    own_redis.start()
    store.flush(0.0)
    assert store.waiting == 500
    store.flush(30.0)
    assert store.waiting == 0
    assert store.read([claim("k", 0)])[0].spent == 500


def test_what_redis_refuses_holds_up_nothing_else(own_redis, caplog):
    redis = pytest.importorskip("redis")
    store = RedisStore(own_redis.url)
    with redis.Redis.from_url(own_redis.url) as direct:
        direct.set("{unillm}:budget:b|bad", "text")
        for number in range(5):
            assert store.settle(f"h{number}.1", [claim("bad", 1)], 1, unheld=True) == ()
        with pytest.raises(StoreAwayError, match=r"refuses: .*WRONGTYPE"):
            store.reserve("h.2", [claim("bad", 1)])
        assert store.reserve("h.3", [claim("good", 1)])[0].room
        assert store.settle("h.3", [claim("good", 1)], 1)[0].spent == 1
        assert store.waiting == 5
        direct.delete("{unillm}:budget:b|bad")
        store.flush()
    assert store.read([claim("bad", 0)])[0].spent == 5
    assert "not answer" not in caplog.text


def test_an_account_outlives_a_clock_that_is_behind(own_redis):
    store, window = RedisStore(own_redis.url), time.time() - 10 * 3_600
    for number, room in enumerate([True, False]):
        one = [claim("w", 600, until=window)]
        assert store.reserve(f"h{number}.1", one)[0].room is room
        store.settle(f"h{number}.1", one, 600)
    assert store.read([claim("w", 0)])[0].spent == 600
