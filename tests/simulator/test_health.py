"""What becomes of targets that are dead, come back, are asked too much, or take so many at once."""

from itertools import pairwise

import pytest

from tests.simulator.hosts import Host, fixed
from tests.simulator.scene import Scene, won
from unillm import Route
from unillm.types.target import Target

THREE = Route(["a:m", "b:m", "c:m"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["503", "refused", "cut"])
def test_a_dead_target_costs_less_than_one_call_in_a_hundred(kind):
    dead = Host("a", outages=[(0.0, 1e9, kind)])
    scene = Scene([dead, Host("b", faults=0.1), Host("c")], THREE, seed=31)
    calls = scene.run(1_000, rate=10.0)
    assert won(calls) == 1_000, scene.told
    opened = dead.asked[7][0]  # of eight calls, all failed
    after = [at for at, _ in dead.asked if at > opened + 1.0]
    later = sum(call.began > opened for call in calls)
    assert 1 <= len(after) < 0.01 * later, (scene.told, len(after))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_recovery_is_found_within_one_probe_interval(seed):
    begins, ends = 1020.0, 1100.0
    host = Host("a", outages=[(begins, ends, "503")])
    scene = Scene([host, Host("b"), Host("c")], THREE, seed=seed)
    calls = scene.run(1_600, rate=8.0)
    assert won(calls) == 1_600, scene.told
    probes = [at for at, kind in host.asked if kind == "503"]
    found = next(at for at, kind in host.asked if at > ends and kind == "ok")
    # 5 s, 10 s, 20 s, 40 s after the last one, and a call that makes it within a second.
    spans = [later - at for at, later in pairwise(probes[-4:])]
    assert all(later > 1.9 * span for span, later in pairwise(spans)), (scene.told, spans)
    assert found - probes[-1] <= 2.1 * spans[-1] + 1.0, scene.told
    again = [at for at, _ in host.asked if at > found + 2.0]
    assert len(again) > 0.95 * sum(call.began > found + 2.0 for call in calls), scene.told


def test_a_target_that_says_when_is_left_alone_until_then():
    host = Host("a", outages=[(1005.0, 1005.6, "429")], retry_after=4.0)
    scene = Scene([host, Host("b")], Route(["a:m", "b:m"]), seed=6)
    calls = scene.run(600, rate=30.0)
    assert won(calls) == 600, scene.told
    refused = [at for at, kind in host.asked if kind == "429"]
    last = max(refused) + 0.02
    # Those that were on their way as the first was refused may be refused too; nobody after them.
    assert max(refused) <= min(refused) + 0.021, scene.told
    between = [at for at, _ in host.asked if last < at < last + 4.0]
    assert not between, scene.told
    assert any(at > last + 4.0 for at, _ in host.asked), scene.told


def test_all_put_by_are_asked_all_the_same():
    outage = [(1005.0, 1060.0, "503")]
    scene = Scene([Host(name, outages=outage) for name in "abc"], THREE, seed=7)
    calls = scene.run(800, rate=10.0)
    # Nobody waits for breakers, and as soon as they are well all calls are answered.
    assert max(call.lasted for call in calls) < 20.0, scene.told
    after = [call for call in calls if call.began > 1060.0]
    assert len(after) > 100
    assert won(after) == len(after), scene.told


@pytest.mark.slow
def test_a_limit_of_calls_at_once_is_found_and_kept(monkeypatch):
    # 20 are known to be allowed, as DeepSeek's 500 are; this account has 16, which nobody says.
    known = property(lambda target: 20 if target.provider == "a" else None)
    monkeypatch.setattr(Target, "concurrency", known)
    host = Host("a", limit=16, first=fixed(2.0), each=fixed(0.0))
    other = Host("b", first=fixed(2.0), each=fixed(0.0))
    scene = Scene([host, other], Route(["a:m", "b:m"]), seed=8)
    calls = scene.run(1_200, rate=12.0)  # 24 at once
    assert won(calls) == len(calls), scene.told
    assert 16 <= host.most_live <= 20, scene.told
    assert host.share("429") < 0.05, (scene.told, host.share("429"))
    key = host.name + ":m@http://a.test/v1"
    limit = scene.health[0].look([key], scene.world.now)[0].limit
    assert limit is not None
    assert 12 <= limit <= 18, (scene.told, limit)
    # It bears eight a second; the others went elsewhere without waiting.
    good = sum(kind == "ok" for _, kind in host.asked)
    assert good > 0.8 * 8 * (scene.world.now - 1000.0), (scene.told, good)
    assert max(call.lasted for call in calls) < 2.1, scene.told
