"""Weighted, fastest and least busy: who goes first how often."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.calls import call, candidate, names
from unillm import InvalidRequestError
from unillm.routing import Fastest, LeastBusy, Stats, Weighted
from unillm.routing.chance import spread, two_of

CALLS = 5_000


def drawn(seed=1, count=CALLS):
    """Return calls with draws of their own."""
    chance = random.Random(seed)
    return [call(draws=(chance.random(), chance.random())) for _ in range(count)]


def near(share, expected, *, count=CALLS):
    """Tell whether a share is within five standard deviations of what is expected."""
    return abs(share - expected) <= 5 * (expected * (1 - expected) / count) ** 0.5 + 1e-9


def test_each_goes_first_and_second_as_often_as_its_weight_says():
    weights = {"a": 1, "b": 2, "c": 5}
    those = [candidate(name) for name in weights]
    orders = [Weighted(weights)(request, those, {}).order for request in drawn()]
    pairs = Counter(order[:2] for order in orders)
    for first, second in itertools.permutations(weights, 2):
        expected = weights[first] / 8 * weights[second] / (8 - weights[first])
        assert near(pairs[first, second] / CALLS, expected), (first, second)


def test_weights_are_equal_where_none_is_given():
    those = [candidate(name) for name in names(4)]
    orders = Counter(Weighted()(request, those, {}).order for request in drawn())
    assert len(orders) == 24
    assert all(near(count / CALLS, 1 / 24) for count in orders.values())


def test_a_weight_of_0_is_asked_last():
    those = [candidate(name) for name in "abc"]
    orders = [Weighted({"b": 0})(request, those, {}).order for request in drawn(count=500)]
    assert {order[-1] for order in orders} == {"b"}


@pytest.mark.parametrize(
    "weights",
    [{"a": -1}, {"a": float("nan")}, {"a": float("inf")}, {"a": True}, {"a": "3"}, 3, None],
    ids=str,
)
def test_wrong_weights_are_refused(weights):
    with pytest.raises(InvalidRequestError, match="weights"):
        Weighted(weights)


@given(st.floats(0, 1), st.integers(0, 20))
def test_one_draw_gives_the_same_numbers_again(draw, count):
    numbers = spread(draw, count)
    assert numbers == spread(draw, count)
    assert all(0 < number <= 1 for number in numbers)


@given(st.floats(0, 1), st.integers(2, 40))
def test_two_places_are_two(draw, count):
    first, second = two_of(draw, count)
    assert first != second
    assert {first, second} <= {*range(count)}


@pytest.mark.parametrize("count", [1000, 1024, 5000])
def test_draws_at_regular_distances_are_as_good_as_any(count):
    those = [candidate("a"), candidate("b")]
    weighted = Weighted({"a": 9})
    requests = [call(draws=(at / count, 0.0)) for at in range(count)]
    firsts = Counter(weighted(request, those, {}).order[0] for request in requests)
    assert near(firsts["a"] / count, 0.9, count=count)


def test_all_pairs_are_as_likely():
    pairs = Counter(two_of((at + 0.5) / 1200, 4) for at in range(1200))
    assert {*pairs.values()} == {100}
    assert len(pairs) == 12


def measured(seconds, **more):
    """Return the figures of a target that takes so long."""
    return Stats(first_token=seconds, per_token=0.0, output_tokens=100, **more)


def test_nobody_gets_more_than_his_share_of_pairs_while_figures_are_stale():
    those = [candidate(name) for name in names(8)]
    stale = {one.name: measured(0.1 + at / 10) for at, one in enumerate(those)}
    firsts = Counter(Fastest()(request, those, stale).order[0] for request in drawn())
    assert near(firsts["m0"] / CALLS, 2 / 8)
    assert max(firsts.values()) == firsts["m0"]
    assert firsts["m7"] == 0  # the slowest loses to anybody
    assert firsts["m6"] > 0


def test_equals_share_equally_while_figures_are_stale():
    those = [candidate(name) for name in names(5)]
    stale = {one.name: measured(0.3) for one in those}
    firsts = Counter(Fastest()(request, those, stale).order[0] for request in drawn())
    assert len(firsts) == 5
    assert all(near(count / CALLS, 1 / 5) for count in firsts.values())


def test_a_crowd_with_old_figures_spreads_over_equals():
    # 400 calls begin; what is under way is seen only after every fiftieth.
    those = [candidate(name) for name in names(4)]
    under_way, seen = Counter[str](), {}
    for at, request in enumerate(drawn(count=400)):
        if at % 50 == 0:
            seen = {one.name: measured(1.0, in_flight=under_way[one.name]) for one in those}
        under_way[Fastest()(request, those, seen).order[0]] += 1
    assert max(under_way.values()) < 150  # 100 each is even; all fifty of a batch is a herd
    assert min(under_way.values()) > 50


def test_the_faster_of_the_pair_goes_first_and_the_others_follow_by_time():
    those = [candidate(name) for name in "abc"]
    stats = {
        "a": Stats(first_token=0.2, per_token=0.01, output_tokens=1000),
        "b": Stats(first_token=2.0, per_token=0.001, output_tokens=1000),
        "c": Stats(first_token=0.2, per_token=0.01, output_tokens=1000, in_flight=3),
    }
    ranked = Fastest()(call(draws=(0.0, 0.0)), those, stats)  # the pair is a and b
    assert ranked.order == ("b", "a", "c")
    assert ranked.scores == pytest.approx({"a": 10.2, "b": 3.0, "c": 40.8})
    assert Fastest(output_tokens=0)(call(), those, stats).order == ("a", "c", "b")
    assert Fastest(output_tokens=100)(call(), those, stats).scores["b"] == pytest.approx(2.1)


def test_who_was_never_measured_is_tried_while_nothing_is_under_way_there():
    those = [candidate(name) for name in "ab"]
    stats = {"a": measured(0.2)}
    ranked = Fastest()(call(), those, stats)
    assert ranked.order == ("b", "a")
    assert ranked.reasons == {"b": "not measured yet"}
    assert Fastest()(call(), those, stats | {"b": Stats(in_flight=1)}).order == ("a", "b")


def test_an_unknown_length_is_that_of_the_others():
    those = [candidate(name) for name in "ab"]
    stats = {
        "a": Stats(first_token=1.0, per_token=0.1),
        "b": Stats(first_token=1.0, per_token=0.1, output_tokens=50),
    }
    assert Fastest()(call(), those, stats).scores == pytest.approx({"a": 6.0, "b": 6.0})


def test_the_least_busy_has_most_of_its_room_left():
    those = [candidate(name) for name in "abc"]
    stats = {
        "a": Stats(in_flight=50, limit=100),
        "b": Stats(in_flight=60, limit=500),
        "c": Stats(in_flight=40),
    }
    ranked = LeastBusy()(call(), those, stats)
    assert ranked.order == ("c", "b", "a")  # c is taken to have room for 500
    assert ranked.scores == {"a": 0.5, "b": 0.12, "c": 0.08}


def test_without_limits_attempts_are_counted_and_equals_take_turns():
    those = [candidate(name) for name in "abc"]
    stats = {"a": Stats(in_flight=2)}
    firsts = Counter(LeastBusy()(request, those, stats).order[0] for request in drawn(count=600))
    assert {*firsts} == {"b", "c"}
    assert min(firsts.values()) > 100


def test_no_room_at_all_is_full():
    those = [candidate("a"), candidate("b")]
    stats = {"a": Stats(limit=0), "b": Stats(in_flight=9, limit=10)}
    assert LeastBusy()(call(), those, stats).order == ("b", "a")


@pytest.mark.parametrize("tokens", [-1, float("nan"), "many"])
def test_a_wrong_number_of_tokens_is_refused(tokens):
    with pytest.raises(InvalidRequestError, match="output_tokens must be a number"):
        Fastest(output_tokens=tokens)
