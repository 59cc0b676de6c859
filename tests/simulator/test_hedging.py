"""A second attempt where the first token is late: what it gains, and what it costs."""

import pytest

from tests.simulator.hosts import Host, fixed, lognormal
from tests.simulator.scene import Scene, quantile, won
from unillm import Hedge, Route

CALLS = 1_500


def hosts():
    """Return hosts of which one call in fifty is ten times as slow as it should be."""

    def first(chance):
        usual = lognormal(0.4, 0.2)(chance)
        return usual * 10 if chance.random() < 0.02 else usual

    return [Host(name, first, fixed(0.01)) for name in "ab"]


@pytest.mark.slow
def test_it_cuts_the_slowest_at_no_more_cost_than_its_budget():
    slowest, asked = {}, {}
    for hedge in (None, Hedge(after="p95", budget=0.05)):
        scene = Scene(hosts(), Route(["a:m", "b:m"], hedge=hedge), seed=71, streamed=True)
        calls = scene.run(CALLS, rate=10.0)
        assert won(calls) == CALLS, scene.told
        first = [call.first_at - call.began for call in calls if call.first_at is not None]
        slowest[hedge is not None] = quantile(first, 0.99)
        asked[hedge is not None] = sum(len(host.asked) for host in scene.hosts)
        assert max(len(call.operation.attempts) for call in calls) <= 2, scene.told
    assert slowest[True] < 0.5 * slowest[False], slowest
    assert CALLS < asked[True] <= 1.05 * CALLS + 1, asked
    assert asked[False] == CALLS


@pytest.mark.parametrize("moment", [0.01, 0.1, 0.35, 0.45, 0.6])
def test_a_race_that_is_called_off_leaves_nothing(moment):
    slow = [Host(name, fixed(0.4 + place), fixed(0.01)) for place, name in enumerate("ab")]
    scene = Scene(slow, Route(["a:m", "b:m"], hedge=Hedge(after=0.3, budget=1.0)), streamed=True)

    def begun():
        call = scene.make()
        scene.world.at(scene.world.now + moment, call.call_off)
        call.go()

    scene.world.at(scene.world.now, begun)
    scene.world.run()
    scene.require_nothing_left()
    assert len(scene.calls[0].operation.attempts) == (1 if moment < 0.3 else 2)
