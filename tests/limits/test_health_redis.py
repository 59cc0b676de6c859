"""Health that several processes share: the arithmetic of one, places that lapse, and Redis away."""

import logging
import subprocess
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.limits import servers
from tests.limits.test_breaker import CALLERS, CANCELLED, FAILED, OK, failed
from unillm import InvalidRequestError
from unillm.limits import Entrant, MemoryHealth, RedisHealth, Report

WHO = Entrant(key="k", provider="p")
REPORTS = (OK, FAILED, CALLERS, CANCELLED, failed("quota"), failed("auth"), failed("rate"))
START = 1_000_000.0


class Hands:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock_by_hand():
    return Hands()


def store(prefix, clock=None, **options):
    return RedisHealth(servers.URL, prefix=prefix, timeout=10, clock=clock, **options)


def tell(one, report, times=1, now=0.0, who=WHO):
    for number in range(times):
        name = f"{id(one)}.{number}.{now}"
        assert one.admit(name, who, now).admitted
        one.report(name, who, report, now)


def test_what_one_finds_out_the_other_knows(prefix, clock_by_hand):
    one, other = (store(prefix, clock_by_hand) for _ in range(2))
    tell(one, FAILED, 5)
    tell(other, FAILED, 3)
    refused = one.admit("x", WHO, 50.0)
    assert (refused.admitted, refused.wait) == (False, 5.0)
    (stats,) = other.look(["k"], 1.0)
    assert (stats.state, stats.until, stats.failures) == ("open", 5.0, 8.0)
    assert other.look(["k"], 6.0)[0].state == "half_open"
    clock_by_hand.now += 5
    assert one.admit("p", WHO, 5.0).probe
    assert not other.admit("q", WHO, 5.0).admitted
    one.report("p", WHO, OK, 5.5)
    assert other.admit("q", WHO, 6.0).admitted
    assert other.look(["k"], 6.0)[0].state == "closed"


def test_look_asks_nobody_and_hears_of_the_others_with_the_next_call(prefix):
    one, other = store(prefix), store(prefix)
    tell(other, OK)
    tell(one, failed("quota"))
    assert other.look(["k"], 0.0)[0].state == "closed"
    other._refreshed = 0.0  # a second ago
    tell(other, OK, who=Entrant(key="else", provider="p"))
    assert other.look(["k"], 0.0)[0].state == "quota"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.booleans()),
        st.tuples(
            st.just("report"),
            st.integers(0, 50),
            st.sampled_from([*REPORTS, failed("rate", retry_after=3.5)]),
        ),
        st.tuples(st.just("wait"), st.sampled_from([0.25, 1.0, 4.0, 30.0, 130.0, 700.0])),
    ),
    max_size=60,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_it_says_what_the_arithmetic_in_memory_says(prefix, acts):
    """Whichever of two stores is asked: the script is held to the same rules, move for move."""
    clock, memory = Hands(), MemoryHealth()
    both = [store(prefix, clock, lease=1e6) for _ in range(2)]
    key, who = "k", Entrant(key="k", provider="p", limit=5)
    client = servers.require()
    servers.sweep(client, prefix)
    client.close()
    began = []
    for number, act in enumerate(acts):
        one, holder = both[number % 2], None
        if act[0] == "wait":
            clock.now += act[1]
        elif act[0] == "admit":
            entrant = Entrant(key=key, provider="p", limit=5, alone=act[1])
            said = one.admit(f"{number}", entrant, clock.now)
            expected = memory.admit(f"{number}", entrant, clock.now)
            assert (said.admitted, said.probe, said.reason) == (
                *(expected.admitted, expected.probe, expected.reason),
            )
            if said.wait is not None:
                assert said.wait == pytest.approx(expected.wait, abs=1e-4)
            if said.admitted:
                began.append((f"{number}", one))
        elif began:
            name, holder = began.pop(act[1] % len(began))
            holder.report(name, who, act[2], clock.now)
            memory.report(name, who, act[2], clock.now)
        if act[0] == "admit" or holder is not None:
            found, expected = (holder or one)._heard[key], memory.look([key], clock.now)[0]
            assert (found.in_flight, found.requests, found.failures) == (
                *(expected.in_flight, expected.requests, expected.failures),
            )
            assert (found.state, found.limit) == (expected.state, expected.limit)


def test_places_are_shared_and_lapse(prefix, clock_by_hand):
    one, other = (store(prefix, clock_by_hand, lease=30.0) for _ in range(2))
    who = Entrant(key="k", provider="p", limit=3, bulkhead=4)
    beside = Entrant(key="m", provider="p", bulkhead=4)
    for number in range(3):
        assert one.admit(f"{number}", who, 0.0).admitted
    assert "as it takes at once" in other.admit("x", who, 0.0).reason
    assert other.admit("y", beside, 0.0).admitted
    assert "max_concurrency" in other.admit("z", beside, 0.0).reason
    clock_by_hand.now += 31  # `one` has crashed
    assert other.admit("x", who, 31.0).admitted
    assert other.look(["k"], 31.0)[0].in_flight == 1
    one.report("0", who, FAILED, 32.0)  # or was only slow: it has no say any more
    other.report("x", who, CANCELLED, 33.0)
    (stats,) = other.look(["k"], 33.0)
    assert (stats.in_flight, stats.requests) == (0, 0.0)


def test_what_is_asked_twice_counts_once(prefix):
    """redis-py asks again where a connection broke after the script had run."""
    one = store(prefix)
    who = Entrant(key="k", provider="p", limit=2)
    assert one.admit("a", who, 0.0).admitted
    assert one.admit("a", who, 0.0).admitted
    assert one.look(["k"], 0.0)[0].in_flight == 1
    for _ in range(9):
        one.report("a", who, FAILED, 0.0)
    assert one.look(["k"], 0.0)[0].failures == 1.0


def test_while_redis_is_away_each_goes_by_what_it_sees(own_redis, caplog, monkeypatch):
    one = RedisHealth(own_redis.url)
    tell(one, FAILED, 6)
    assert one.admit("across", WHO, 0.0).admitted
    own_redis.stop()
    with caplog.at_level(logging.WARNING, "unillm"):
        tell(one, FAILED, 2)
        assert not one.admit("x", WHO, 0.0).admitted
        assert one.look(["k"], 0.0)[0].state == "open"
        one.report("across", WHO, CANCELLED, 0.0)
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        f"redis at 127.0.0.1:{own_redis.port} does not answer"
    ]
    own_redis.start()
    assert not one.admit("x", WHO, 0.0).admitted  # it is not asked again for some seconds
    monkeypatch.setattr(one, "_away_until", 0.0)
    assert one.admit("x", WHO, 0.0).admitted  # that Redis came back with nothing
    assert "answers again" in caplog.records[-1].getMessage()
    assert one.look(["k"], 0.0)[0].state == "closed"


def test_a_password_is_not_logged(caplog):
    one = RedisHealth(f"redis://user:hush-0451@127.0.0.1:{servers.free_port()}/0", timeout=0.2)
    assert one.admit("a", WHO, 0.0).admitted
    one.report("a", WHO, OK, 0.0)
    assert "hush" not in caplog.text + repr(one)
    assert "does not answer" in caplog.text


def test_what_it_takes():
    with pytest.raises(InvalidRequestError, match="RedisHealth takes a URL"):
        RedisHealth(object())
    with pytest.raises(InvalidRequestError, match="braces"):
        RedisHealth(servers.URL, prefix="{x}")


def test_threads_over_two_stores_leave_nothing_behind(prefix):
    both = [store(prefix) for _ in range(2)]
    who = Entrant(key="k", provider="p", limit=5, bulkhead=4)
    most = []

    def hammer(seed):
        one = both[seed % 2]
        for number in range(60):
            name = f"{seed}.{number}"
            if one.admit(name, who, 0.0).admitted:
                most.append(one.look(["k"], 0.0)[0].in_flight)
                one.report(name, who, (OK, CANCELLED)[number % 2], 0.0)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most
    assert max(most) <= 4
    for number in range(4):
        assert both[0].admit(f"x{number}", who, 0.0).admitted


PROGRAM = """
import sys
from unillm.limits import Entrant, RedisHealth, Report
store = RedisHealth(sys.argv[1], prefix=sys.argv[2], timeout=10)
who = Entrant(key="k", provider="p", limit=500)
for number in range(8):
    store.admit(f"theirs{number}", who, 0.0)
    store.report(f"theirs{number}", who, Report(outcome="error", cooling="failure"), 0.0)
print(store.look(["k"], 0.0)[0].state)
"""


def test_another_process_is_heard_of(prefix):
    one = store(prefix)
    assert one.admit("a", WHO, 0.0).admitted
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, servers.URL, prefix],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "open"
    assert not one.admit("b", WHO, 0.0).admitted
    one.report("a", WHO, Report(outcome="ok"), 0.0)
    assert one.look(["k"], 0.0)[0].state == "open"  # it began before the trouble


def test_keys_do_not_stay(prefix):
    one = store(prefix)
    who = Entrant(key="k", provider="p", limit=3, bulkhead=3)
    tell(one, failed("quota"), who=who)
    assert one.admit("a", Entrant(key="k", provider="p", bulkhead=3, alone=True), 0.0).admitted
    client = servers.require()
    keys = list(client.scan_iter(match=f"{{{prefix}}}*"))
    assert len(keys) == 4
    assert all(0 < client.ttl(key) <= 7_800 for key in keys)
    client.close()
