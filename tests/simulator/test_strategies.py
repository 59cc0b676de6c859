"""What strategies do for many clients at once, over time."""

# pyright: reportOptionalOperand=false, reportOptionalMemberAccess=false

from decimal import Decimal
from random import Random

import pytest

from tests.simulator.hosts import Host, fixed, lognormal
from tests.simulator.intervals import interval
from tests.simulator.scene import Scene, quantile, won
from unillm import Price, Route
from unillm.pricing import PriceBook
from unillm.routing import Ranked

NAMES = "abcd"


def busy():
    """Return hosts that work on some calls at once and let others wait; one is slow."""
    return [
        Host(name, lognormal(0.4 * times, 0.4), lognormal(0.002, 0.2), servers=10)
        for name, times in zip(NAMES, (1.0, 1.0, 1.0, 3.0), strict=True)
    ]


def round_robin():
    places = iter(range(10**9))

    def ranked(_request, candidates, _stats):
        names = [candidate.name for candidate in candidates]
        at = next(places) % len(names)
        return Ranked((*names[at:], *names[:at]))

    return ranked


@pytest.mark.slow
def test_fastest_does_not_herd_and_beats_turns():
    figures = {}
    for label, strategy in (("turns", round_robin()), ("fastest", "fastest")):
        route = Route([f"{name}:m" for name in NAMES], strategy=strategy)
        # Eight clients, of which each sees an eighth of the calls: what they know is stale.
        scene = Scene(busy(), route, seed=41, clients=8, streamed=True)
        calls = scene.run(1_500, rate=45.0)
        assert won(calls) == 1_500, scene.told
        figures[label] = quantile((call.first_at - call.began for call in calls), 0.99)
        shares = [len(host.asked) / 1_500 for host in scene.hosts]
        if label == "fastest":
            # Two of four are looked at, so even the best is no more than every second call's.
            assert max(shares) <= 0.5, (scene.told, shares)
            assert shares[3] < min(shares[:3]), (scene.told, shares)
            for since in range(1005, 1030, 5):
                asked = [
                    sum(since <= at < since + 5 for at, _ in host.asked) for host in scene.hosts
                ]
                assert max(asked) <= 0.6 * sum(asked), (scene.told, since, asked)
    assert figures["fastest"] < 0.8 * figures["turns"], figures


def test_fastest_learns_from_answers_that_come_whole():
    hosts = [Host("a", fixed(2.0)), Host("b", fixed(0.2))]
    scene = Scene(hosts, Route(["a:m", "b:m"], strategy="fastest"), seed=3)
    scene.run(300, rate=2.0)
    assert len(hosts[1].asked) > 270, scene.told


@pytest.mark.parametrize("seed", range(3))
def test_cheapest_is_who_costs_least_of_all(seed):
    chance = Random(seed)
    book = PriceBook.default()
    rates = {}
    for name in NAMES:
        rates[name] = [Decimal(chance.randrange(1, 900)) / 100 for _ in range(2)]
        book = book.with_(
            Price(provider=name, model="m", input=rates[name][0], output=rates[name][1])
        )
    hosts = [Host(name, tokens=chance.randrange(2, 800)) for name in NAMES]
    route = Route([f"{name}:m" for name in NAMES], strategy="cheapest", sticky=False)
    scene = Scene(
        hosts, route, seed=seed, text="word " * chance.randrange(1, 3_000), options={"prices": book}
    )
    calls = scene.run(60, rate=0.5)
    for call in calls:
        decision = call.operation.decision
        assert decision is not None
        by_hand = sorted(decision.order, key=lambda name: decision.scores[name])
        assert decision.order == tuple(by_hand), scene.told
    # Of the last one all that matters is known: the tokens of its prompt, and of answers so far.
    known = {name: host.tokens if host.asked[:-1] else 500 for name, host in scene.named.items()}
    last = calls[-1].operation.decision
    assert last is not None
    prompt = (Decimal(str(last.scores["a:m"])) * 10**6 - rates["a"][1] * known["a"]) / rates["a"][0]
    costs = {
        f"{name}:m": (rates[name][0] * prompt + rates[name][1] * known[name]) / 10**6
        for name in NAMES
    }
    for name, usd in costs.items():
        assert abs(float(usd) - last.scores[name]) < 1e-9, (scene.told, name)
    assert last.order[0] == min(costs, key=costs.__getitem__), scene.told


def test_weights_are_shares_of_calls():
    weights = {"a:m": 6, "b:m": 3, "c:m": 1}
    route = Route([*weights], strategy={"name": "weighted", "weights": weights})
    scene = Scene([Host(name) for name in "abc"], route, seed=51)
    scene.run(1_200, rate=20.0)
    for host in scene.hosts:
        low, high = interval(len(host.asked), 1_200)
        assert low <= weights[f"{host.name}:m"] / 10 <= high, scene.told


def test_a_session_stays_with_who_answered_it():
    route = Route(["a:m", "b:m", "c:m"], strategy="weighted")
    hosts = [Host(name) for name in "abc"]
    scene = Scene(hosts, route, seed=61, session=lambda number: f"s{number % 40}")
    calls = scene.run(600, rate=4.0)
    answered = {}
    for call in calls:
        response = call.running.result
        answered.setdefault(call.operation.scope.session, set()).add(response.provider)
    assert len(answered) == 40
    assert all(len(providers) == 1 for providers in answered.values()), scene.told
    assert set.union(*answered.values()) == {"a", "b", "c"}, scene.told
