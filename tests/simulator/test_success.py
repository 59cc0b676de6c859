"""How many calls are answered, with how many attempts, when targets fail at random."""

import pytest

from tests.effort import ALL
from tests.simulator.hosts import Host, fixed
from tests.simulator.intervals import interval
from tests.simulator.scene import Scene, won
from unillm import RetryPolicy, Route, RouteExhaustedError, Timeout

CALLS = 3_000 if ALL else 1_500


def hosts(*faults, **more):
    return [Host(name, faults=share, **more) for name, share in zip("abcdef", faults, strict=False)]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["fallback", "weighted", "fastest"])
def test_three_targets_two_of_them_faulty_answer_nearly_always(strategy):
    route = Route(["a:m", "b:m", "c:m"], strategy=strategy, max_attempts=3)
    scene = Scene(hosts(0.3, 0.3, 0.0), route, seed=11)
    calls = scene.run(CALLS, rate=20.0)
    assert won(calls) / CALLS >= 0.999, scene.told


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22])
def test_three_faulty_targets_answer_as_three_independent_attempts_would(seed):
    route = Route(["a:m", "b:m", "c:m"], max_attempts=3)
    scene = Scene(hosts(0.3, 0.3, 0.3), route, seed=seed)
    calls = scene.run(CALLS, rate=20.0)
    low, high = interval(won(calls), CALLS)
    assert low <= 1 - 0.3**3 <= high, scene.told
    # And the first target is still the first: that it fails at times is no reason to leave it.
    assert len(scene.hosts[0].asked) > 0.9 * CALLS, scene.told


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", [1, 2])
def test_there_are_never_more_attempts_than_the_policy_allows(most, seed):
    route = Route(["a:m", "b:m", "c:m"], max_attempts=most)
    scene = Scene(hosts(0.8, 0.7, 0.9), route, seed=seed)
    calls = scene.run(300, rate=10.0)
    made = [len(call.operation.attempts) for call in calls]
    assert max(made) == most, scene.told
    assert sum(made) == sum(len(host.asked) for host in scene.hosts), scene.told
    for call in calls:
        errors = call.error.errors if isinstance(call.error, RouteExhaustedError) else None
        assert errors is None or len(errors) == len(call.operation.attempts), scene.told


@pytest.mark.slow
def test_in_an_outage_of_all_the_retry_budget_bounds_further_attempts():
    dead = [(0.0, 1e9, "503")]
    route = Route(["a:m", "b:m"], max_attempts=10)
    scene = Scene(hosts(0.0, 0.0, outages=dead), route, seed=4)
    calls = scene.run(1_000, rate=100.0)
    asked = sum(len(host.asked) for host in scene.hosts)
    retries = sum(attempt.role == "retry" for call in calls for attempt in call.operation.attempts)
    assert not won(calls), scene.told
    # Some ten a second are free, those of ten seconds at once; and a tenth of all that is asked.
    seconds = scene.world.now - 1000.0
    assert 100 < retries <= 0.1 * asked + 11 * seconds + 110, (scene.told, retries, asked)
    unbounded = Scene(
        hosts(0.0, 0.0, outages=dead),
        route,
        seed=4,
        options={"retry": RetryPolicy(budget=None, max_wait=0.1)},
    )
    unbounded.run(50, rate=100.0)
    assert sum(len(host.asked) for host in unbounded.hosts) == 50 * 10, scene.told


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_deadlines_hold(streamed):
    kinds = ("hang", "cut", "500", "429")
    slow = hosts(0.5, 0.5, 0.5, kinds=kinds, first=fixed(2.0), retry_after=3.0)
    timeout = Timeout(total=5.0, first_token=2.5, idle=1.0)
    scene = Scene(slow, seed=5, streamed=streamed, options={"timeout": timeout})
    calls = scene.run(400, rate=10.0)
    assert max(call.lasted for call in calls) <= 5.0 + 1e-6, scene.told
    assert 0 < won(calls) < 400, scene.told


def test_the_same_seed_gives_the_same_world():
    told = []
    for _ in range(2):
        scene = Scene(hosts(0.4, 0.4), seed=9)
        scene.run(200, rate=10.0)
        told.append([host.asked for host in scene.hosts])
    assert told[0] == told[1]
