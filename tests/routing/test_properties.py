"""What holds of every strategy, whatever the candidates, their figures and the call."""

import math
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.calls import call, candidate
from unillm import InvalidRequestError
from unillm.routing import (
    Cascade,
    Cheapest,
    Expected,
    Fallback,
    Fastest,
    LeastBusy,
    MultiFactor,
    RouteTable,
    Rules,
    Shadow,
    Stats,
    Strategy,
    Table,
    UseCase,
    Weighted,
    strategies,
)

TABLE = RouteTable(
    tuple(
        Expected(task=task, model=f"m{at}", quality=at / 10, cost=at / 100 or None, calls=at)
        for task in ("math", "chat")
        for at in range(6)
    )
)
BY_NAME: dict[str, list[Strategy]] = {
    "fallback": [Fallback()],
    "weighted": [Weighted(), Weighted({"m0": 0, "m1": 3, "m2": 0.5})],
    "cheapest": [Cheapest()],
    "fastest": [Fastest(), Fastest(output_tokens=0), Fastest(output_tokens=500)],
    "least_busy": [LeastBusy()],
    "rules": [Rules([{"when": {"input_tokens": {"$gt": 10}}, "then": ["m3", "gone"]}], "m1")],
    "multi_factor": [
        MultiFactor(),
        MultiFactor(quality=0, max_cost=0.5, max_first_token=1, max_in_flight=2),
        MultiFactor(max_cost=0, on_none="first"),
    ],
    "use_case": [UseCase(), UseCase("sovereign"), UseCase("high_volume")],
    "cascade": [Cascade(), Cascade(in_order=True)],
    "table": [Table(TABLE), Table(TABLE, keep=0.9), Table(TABLE, cost="call", prior=0)],
    "shadow": [Shadow(["copy"], 0.5, Fastest()), Shadow(["m1"], 1, Cheapest())],
}
EVERY = [
    pytest.param(strategy, id=f"{name}-{at}")
    for name, several in BY_NAME.items()
    for at, strategy in enumerate(several)
]

figures = st.none() | st.floats(allow_nan=True, allow_infinity=True)
prices = (
    st.none()
    | st.decimals(min_value=-1, max_value=1, places=6)
    | st.sampled_from([Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), Decimal(0)])
)
candidates = st.lists(
    st.builds(
        candidate,
        st.sampled_from([f"m{at}" for at in range(9)]),
        prices,
        quality=figures,
    ),
    max_size=9,
    unique_by=lambda one: one.name,
)
standing = st.dictionaries(
    st.sampled_from([f"m{at}" for at in range(9)]),
    st.builds(
        Stats,
        in_flight=st.integers(0, 600),
        limit=st.none() | st.integers(0, 500),
        first_token=figures,
        per_token=figures,
        output_tokens=figures,
    ),
)
draws = st.tuples(*[st.floats(0, 1) for _ in range(2)])
calls = st.builds(
    call,
    draws=draws,
    task=st.sampled_from([None, "math", "chat", "other"]),
    worth=st.none() | st.floats(min_value=0, allow_nan=False),
    tokens=st.integers(0, 100),
)


def test_every_strategy_of_the_package_is_tried():
    assert {*BY_NAME} == {*strategies()}


@given(calls, candidates, standing, st.sets(st.integers(0, 8)))
def test_all_are_ranked_once_nothing_is_changed_and_who_is_left_out_stays_out(
    request_, those, stats, out
):
    before = repr((stats, [one.cost for one in those], those))
    left = [one for at, one in enumerate(those) if at not in out]
    for what, strategy in [(name, one) for name, several in BY_NAME.items() for one in several]:
        ranked = strategy(request_, those, stats)
        assert sorted(ranked.order) == sorted(one.name for one in those), what
        assert {*ranked.scores, *ranked.reasons} <= {*ranked.order}, what
        assert not any(math.isnan(score) for score in ranked.scores.values()), what
        assert strategy(request_, those, stats) == ranked, what
        assert {*strategy(request_, left, stats).order} == {one.name for one in left}, what
    assert repr((stats, [one.cost for one in those], those)) == before


@pytest.mark.parametrize("strategy", EVERY)
def test_none_and_one_candidate(strategy):
    assert strategy(call(), [], {}).order == ()
    assert strategy(call(), [candidate("m1")], {}).order == ("m1",)


@pytest.mark.parametrize("strategy", EVERY)
def test_a_name_twice_is_refused(strategy):
    twice = [candidate("a"), candidate("b"), candidate("a")]
    with pytest.raises(InvalidRequestError, match="two targets of the route are named 'a'"):
        strategy(call(), twice, {})


@pytest.mark.parametrize("strategy", EVERY)
def test_strategies_are_values(strategy):
    again = pickle.loads(pickle.dumps(strategy))
    assert again == strategy
    assert repr(again) == repr(strategy)
    those = [candidate(f"m{at}", at / 100, quality=at / 10) for at in range(4)]
    assert again(call(), those, {}) == strategy(call(), those, {})


@pytest.mark.parametrize(
    ("name", "sticks"),
    [
        ("fallback", True),
        ("weighted", True),
        ("cheapest", False),
        ("fastest", True),
        ("least_busy", True),
        ("rules", False),
        ("multi_factor", False),
        ("use_case", False),
        ("cascade", False),
        ("table", False),
        ("shadow", True),
    ],
)
def test_a_session_stays_where_nothing_but_its_cache_speaks_against_it(name, sticks):
    ranked = BY_NAME[name][0](call(), [candidate("m1"), candidate("m2")], {})
    assert ranked.sticks is sticks
