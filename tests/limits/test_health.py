"""How targets fare, as one process keeps it: places, limits of a provider, threads, forks."""

# pyright: reportArgumentType=false

import io
import os
import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm import RateLimit, RateLimits
from unillm._client.health import health_of, opened_health
from unillm.limits import Entrant, MemoryHealth, Report, Stats
from unillm.types.health import FRESH

OK = Report(outcome="ok", first_token=0.5, duration=2.5, output_tokens=101)
FAILED = Report(outcome="error", cooling="failure")
BUSY = Report(outcome="error", cooling="rate")
CANCELLED = Report(outcome="cancelled")


def entrant(key="k", **more):
    return Entrant(key=key, provider="p", **more)


def seen(store, key="k", now=0.0) -> Stats:
    (stats,) = store.look([key], now)
    return stats


def made(store, report, now=0.0, who=None):
    """Make an attempt and report it."""
    who = who or entrant()
    admission = store.admit(name := f"n{random.random()}", who, now)
    if admission.admitted:
        store.report(name, who, report, now)
    return admission


def test_what_answers_tell_is_known():
    store = MemoryHealth()
    assert store.look(["k"], 0.0) == [FRESH]
    store.admit("a", entrant(), 0.0)
    assert seen(store).in_flight == 1
    store.report("a", entrant(), OK, 2.5)
    stats = seen(store, now=2.5)
    assert (stats.in_flight, stats.requests, stats.failures) == (0, 1.0, 0.0)
    assert stats.first_token == pytest.approx(0.5)
    assert stats.per_token == pytest.approx(0.02)
    assert stats.output_tokens == 101
    assert store.quantile("k", 0.95, 2.5) is None, "one says nothing of how slow a twentieth is"
    for number in range(19):
        store.admit(f"b{number}", entrant(), 2.5)
        store.report(f"b{number}", entrant(), OK, 5.0)
    assert store.quantile("k", 0.95, 5.0) == pytest.approx(0.5, rel=0.03)
    assert store.quantile("k", 0.95, 5.0, whole=True) is None
    assert store.quantile("other", 0.95, 2.5) is None
    assert store.keys() == ("k",)


def test_a_report_counts_once_and_a_strangers_never():
    store = MemoryHealth()
    store.report("nobody", entrant(), FAILED, 0.0)
    store.admit("a", entrant(), 0.0)
    for _ in range(9):
        store.report("a", entrant(), FAILED, 0.0)
    assert (seen(store).in_flight, seen(store).failures) == (0, 1.0)


def test_as_many_at_once_as_a_provider_takes_and_fewer_when_it_complains():
    store = MemoryHealth()
    who = entrant(limit=5)
    for number in range(5):
        assert store.admit(f"{number}", who, 0.0).admitted
    refused = store.admit("more", who, 0.0)
    assert not refused.admitted
    assert "5 calls are under way" in refused.reason
    store.report("0", who, BUSY, 0.0)
    assert (seen(store).limit, seen(store).in_flight) == (4, 4)
    assert not store.admit("more", who, 0.0).admitted
    store.report("1", who, OK, 0.0)
    assert store.admit("more", who, 0.0).admitted


def test_who_is_alone_is_held_back_by_the_number_of_calls_only():
    store = MemoryHealth()
    who = entrant(bulkhead=2, alone=True)
    for _ in range(9):
        made(store, FAILED, who=who)
    full = entrant("full", limit=1, alone=True)
    assert store.admit("x", full, 0.0).admitted
    assert not store.admit("y", full, 0.0).admitted
    assert store.admit("a", who, 0.0).admitted
    assert store.admit("b", who, 0.0).admitted
    refused = store.admit("c", who, 0.0)
    assert not refused.admitted
    assert "max_concurrency" in refused.reason
    assert seen(store).in_flight == 2


def test_a_bulkhead_is_for_all_models_of_a_provider():
    store = MemoryHealth()
    one, other = entrant("one", bulkhead=2), entrant("other", bulkhead=2)
    assert store.admit("a", one, 0.0).admitted
    assert store.admit("b", other, 0.0).admitted
    assert not store.admit("c", one, 0.0).admitted
    assert store.admit("d", Entrant(key="k", provider="q", bulkhead=2), 0.0).admitted
    store.report("b", other, CANCELLED, 0.0)
    assert store.admit("e", one, 0.0).admitted


def test_where_nothing_is_left_of_rate_limits_it_says_when_there_is():
    store = MemoryHealth()
    told = RateLimits(
        limits=(RateLimit(of="requests", name="r", limit=10, remaining=0, reset=20.0),)
    )
    made(store, Report(outcome="ok", rate_limits=told))
    assert seen(store).headroom == 0.0
    refused = made(store, OK)
    assert (refused.admitted, refused.wait) == (False, pytest.approx(2.0))
    assert made(store, OK, who=entrant(alone=True)).admitted
    assert made(store, OK, now=20.0).admitted


def test_no_more_targets_are_kept_than_wanted_but_those_in_use():
    store = MemoryHealth(most=8)
    store.admit("mine", entrant("mine"), 0.0)
    for number in range(100):
        made(store, FAILED, who=entrant(f"k{number}"))
    assert len(store.keys()) <= 8
    assert seen(store, "mine").in_flight == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.booleans(),
            st.integers(0, 12),
            st.sampled_from([OK, FAILED, BUSY, CANCELLED]),
            st.floats(0, 20, allow_nan=False),
        ),
        max_size=120,
    )
)
def test_places_are_never_fewer_than_none_nor_more_than_allowed(steps):
    store, now, running = MemoryHealth(), 0.0, {}
    for key, begins, number, report, pause in steps:
        now += pause
        who = entrant(key, limit=4, bulkhead=6)
        name = f"{key}{number}"
        if begins and name not in running:
            if store.admit(name, who, now).admitted:
                running[name] = key
        else:
            store.report(name, who, report, now)
            running.pop(name, None)
        for stats, one in zip(store.look(["a", "b"], now), "ab", strict=True):
            assert stats.in_flight == list(running.values()).count(one) <= 4
        assert len(running) <= 6


def test_threads_that_hammer_it_leave_nothing_behind():
    store, most = MemoryHealth(), []
    who = entrant(limit=7, bulkhead=9)

    def hammer(seed):
        draw = random.Random(seed)
        for number in range(400):
            name = f"{seed}.{number}"
            if store.admit(name, who, float(number)).admitted:
                most.append(seen(store, now=float(number)).in_flight)
                store.report(name, who, draw.choice([OK, BUSY, CANCELLED, FAILED]), float(number))
            store.may_retry(0.1, float(number))

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most
    assert max(most) <= 7
    assert seen(store, now=400.0).in_flight == 0
    for number in range(9):
        assert store.admit(f"x{number}", entrant(f"x{number}", bulkhead=9), 400.0).admitted


def test_a_forked_process_has_its_own_and_no_places_of_its_parents():
    store = MemoryHealth()
    who = entrant(bulkhead=1)
    assert store.admit("a", who, 0.0).admitted
    receiving, sending = os.pipe()
    with store._lock:  # as if another thread had it
        child = os.fork()
        if child == 0:
            told = f"{seen(store).in_flight} {store.admit('b', who, 0.0).admitted}"
            os.write(sending, told.encode())
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(receiving, 100) == b"0 True"
    assert seen(store).in_flight == 1
    os.close(receiving)
    os.close(sending)


def test_what_health_may_be():
    assert isinstance(opened_health(None, {}), MemoryHealth)
    store = MemoryHealth()
    assert opened_health(store, {}) is store
    pytest.importorskip("redis")
    assert "there:1" in repr(opened_health("redis", {"REDIS_URL": "redis://u:secret@there:1/0"}))
    assert "127.0.0.1:6379" in repr(opened_health("redis", {}))
    for wrong in (3, object(), {}):
        with pytest.raises(unillm.InvalidRequestError, match=r"health must be 'redis'"):
            opened_health(wrong, {})
    with pytest.raises(unillm.InvalidRequestError, match=r"health=… is no URL"):
        opened_health("nonsense", {})


@pytest.mark.parametrize("make", [unillm.Client, unillm.AsyncClient])
def test_clients_tell_it(make):
    store = MemoryHealth()
    client = make(health=store)
    assert str(client.health()) == "no target was asked yet"
    told = RateLimits(
        limits=(RateLimit(of="requests", name="r", limit=10, remaining=4, reset=60.0),)
    )
    who = entrant("p:m@http://h/v1", limit=500)
    now = unillm._io.clock.monotonic()
    store.admit("a", who, now)
    store.admit("b", who, now)
    store.report("b", who, Report(**{**told_ok(), "rate_limits": told}), now)
    report = client.with_options(model="p:m").health()
    one = report["p:m"]
    assert (one.in_flight, one.limit, one.requests) == (1, 500, 1.0)
    assert one.headroom == pytest.approx(0.4, abs=0.05)
    assert str(report).splitlines()[1].split() == [
        *("p:m@http://h/v1", "closed", "1/500", "0/1", "0.50", "s", "20.0", "ms", "40%"),
    ]
    assert repr(report) == str(report)
    assert report._repr_markdown_().splitlines()[2].startswith("| p:m@http://h/v1 | closed | 1/500")
    assert unillm.HealthReport.from_dict(report.to_dict()) == report
    with pytest.raises(KeyError):
        report["other"]


def told_ok():
    return {"outcome": "ok", "first_token": 0.5, "duration": 2.5, "output_tokens": 101}


def test_rich_shows_it_as_a_table():
    console = pytest.importorskip("rich.console")
    store = MemoryHealth()
    for _ in range(8):
        made(store, FAILED, now=unillm._io.clock.monotonic(), who=entrant("p:[m]@h"))
    shown = console.Console(width=120, record=True, file=io.StringIO())
    shown.print(health_of(store))
    text = shown.export_text()
    assert "p:[m]@h" in text
    assert "open, 5 s" in text
    assert "8/8" in text


def test_a_providers_places_are_in_its_target():
    client = unillm.Client(providers=[unillm.Provider("deepseek", api_key="k", max_concurrency=3)])
    target = client._config.target("deepseek:deepseek-v4-pro")
    assert (target.max_concurrency, target.concurrency) == (3, 500)
    assert client._config.target("deepseek:deepseek-flash").concurrency == 2_500
    more = unillm.Client(providers=[unillm.Provider("deepseek", api_key="k", max_concurrency=900)])
    assert more._config.target("deepseek:deepseek-v4-pro").concurrency == 900
    for wrong in (0, -1, True, 2.5, "3"):
        with pytest.raises(unillm.InvalidRequestError, match="max_concurrency"):
            unillm.Client(providers=[unillm.Provider("openai", max_concurrency=wrong)])


def test_the_limit_of_a_vendor_is_not_that_of_other_hosts():
    client = unillm.Client(
        providers=[unillm.Provider("box", base_url="http://h/v1", profile="vllm")]
    )
    assert client._config.target("box:deepseek-v4-pro").concurrency is None


@pytest.mark.parametrize("wrong", [-0.1, 1.1, True, "0.1"], ids=repr)
def test_a_retry_budget_is_a_share(wrong):
    with pytest.raises(unillm.InvalidRequestError, match="budget"):
        unillm.RetryPolicy(budget=wrong)
    assert unillm.RetryPolicy(budget=None).budget is None
