"""Sums that grow call by call are those of all calls at once."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import Cost, CostLine, Price, Usage
from unillm.types.sums import Sum, between, shown
from unillm.types.usage import UNSENT, highest, lowest, total_cost, total_usage

ROW = Price(provider="p", model="m", input=Decimal(1), output=Decimal(2))
OTHER = Price(provider="p", model="n", input=Decimal(1), output=Decimal(2))

amounts = st.decimals(0, 10**6, places=12)
counts = st.integers(0, 10**9)
usages = st.none() | st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cached_input_tokens=st.none() | counts,
    cache_write_tokens=st.none() | counts,
    reasoning_tokens=st.none() | counts,
)
prices = st.sampled_from([None, ROW, OTHER])
lines = st.lists(
    st.builds(
        CostLine,
        kind=st.sampled_from(["input", "output"]),
        usd=amounts,
        tokens=counts,
        per_million=st.sampled_from([Decimal(1), Decimal(2)]),
        reasoning_tokens=st.none() | counts,
        tier=st.sampled_from(["", "flex"]),
    ),
    max_size=3,
)


@st.composite
def known(draw):
    made = tuple(draw(lines))
    with localcontext(prec=60):
        total = sum((line.usd for line in made), Decimal(0))
    state = draw(st.sampled_from(["exact", "estimated"]))
    low = draw(st.none() | st.just(Decimal(0))) if state == "estimated" else None
    return Cost(total=total, low=low, state=state, lines=made, price=draw(prices), reason="e")


@st.composite
def bounded(draw):
    low, high = sorted([draw(amounts), draw(amounts)])
    return Cost(low=low, high=high, state="bounded", price=draw(prices), reason="b")


@st.composite
def counted(draw):
    """Draw an estimate: it may cost nothing, and there may be no bound of the most."""
    made = tuple(draw(lines))
    with localcontext(prec=60):
        total = sum((line.usd for line in made), Decimal(0))
        high = total + draw(amounts)
    some = draw(st.sampled_from([None, high]))
    return Cost(total=total, low=Decimal(0), high=some, state="estimated", lines=made, reason="c")


costs = (
    known() | bounded() | counted() | st.builds(Cost, low=st.none() | amounts, reason=st.just("u"))
)


def added(calls):
    total = Sum()
    for usage, cost in calls:
        total.add(usage, cost)
    return total


@given(st.lists(st.tuples(usages, costs), min_size=1, max_size=12))
def test_a_growing_sum_is_the_sum(calls):
    total = added(calls)
    with localcontext(prec=60):
        expected = total_cost(cost for _, cost in calls)
    cost = total.cost()
    assert total.usage == total_usage(usage for usage, _ in calls)
    assert (total.count, total.costs) == (len(calls), len(calls))
    assert (cost.total, lowest(cost), highest(cost)) == (
        expected.total,
        lowest(expected),
        highest(expected),
    )
    assert (cost.state, cost.price) == (expected.state, expected.price)
    if cost.total is not None:
        with localcontext(prec=60):
            assert sum((line.usd for line in cost.lines), Decimal(0)) == cost.total
        assert len(calls) == 1 or len(cost.lines) <= 8  # kinds, prices and tiers, not calls
    else:
        assert cost.lines == ()


def test_an_estimate_without_an_upper_bound_leaves_the_sum_without_one():
    guess = Cost(total=Decimal(5), low=Decimal(3), state="estimated", reason="counted")
    cost = added([(None, guess), (None, guess)]).cost()
    assert (cost.total, cost.low, cost.high) == (10, 6, None)
    assert cost.high == total_cost([guess, guess]).high


@given(st.lists(st.tuples(usages, costs), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_calls_makes_no_difference(calls, random):
    shuffled = list(calls)
    random.shuffle(shuffled)
    one, other = added(calls), added(shuffled)
    assert one.usage == other.usage
    for name in ("total", "state", "price"):
        assert getattr(one.cost(), name) == getattr(other.cost(), name)
    assert (lowest(one.cost()), highest(one.cost())) == (
        lowest(other.cost()),
        highest(other.cost()),
    )


@given(st.lists(st.tuples(usages, costs), max_size=8), st.tuples(usages, costs))
def test_a_copy_goes_on_by_itself(calls, more):
    first = added(calls)
    before = (first.usage, first.cost())
    second = first.copy()
    second.add(*more)
    assert (first.usage, first.cost()) == before
    expected = added([*calls, more])
    assert (second.usage, second.cost()) == (expected.usage, expected.cost())


def test_what_sent_nothing_cost_nothing():
    total = added([(None, None), (None, None)])
    assert (total.count, total.costs, total.usage) == (2, 0, None)
    assert total.cost() == UNSENT
    assert (total.cost().total, total.cost().state) == (0, "exact")


def test_the_callers_context_rounds_nothing():
    with localcontext(prec=3):
        total = added([(None, Cost(total=Decimal("1.000000000001"), state="exact"))] * 3)
    assert total.cost().total == Decimal("3.000000000003")


EXACT = Cost(total=Decimal(1), state="exact")
GUESS = Cost(total=Decimal(1), state="estimated", reason="a guess")


@pytest.mark.parametrize(
    ("costs", "reason"),
    [
        ([EXACT, EXACT], ""),
        ([Cost(reason="no price of x")], "no price of x"),
        ([GUESS], "a guess"),
        ([EXACT, Cost()], "what 1 of 2 calls cost is not known"),
        (
            [Cost(reason="no price of x"), GUESS, Cost(reason="no price of y"), EXACT],
            (
                "what 2 of 4 calls cost is not known, for one: no price of x; "
                "what 1 of 4 calls cost is an estimate, for one: a guess"
            ),
        ),
        (
            [EXACT, Cost(low=Decimal(1), high=Decimal(2), state="bounded", reason="cut")],
            "only bounds are known of what 1 of 2 calls cost, for one: cut",
        ),
    ],
    ids=["exact", "one", "guess", "silent", "several", "bounded"],
)
def test_a_sum_says_how_many_are_not_exact(costs, reason):
    assert added([(None, cost) for cost in costs]).cost().reason == reason


TO = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("0.0012", "0.045", f"$0.0012{TO}0.0450"),
        ("0.00125", "0.04501", f"$0.0012{TO}0.0451"),
        ("2", "2", "$2.00"),
        ("0", "3.001", f"$0{TO}3.01"),
        ("1.5", None, "at least $1.50"),
        ("0", None, "unknown"),
        (None, "1.5", "at most $1.50"),
        (None, None, "unknown"),
    ],
)
def test_a_range_holds_what_it_shows(low, high, text):
    assert between(low and Decimal(low), high and Decimal(high)) == text


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (Cost(total=Decimal("0.5"), state="exact"), "$0.50"),
        (Cost(total=Decimal("0.5"), state="estimated"), "$0.50 (estimated)"),
        (Cost(low=Decimal(1), high=Decimal(2), state="bounded"), f"$1.00{TO}2.00"),
        (Cost(low=Decimal(1)), "at least $1.00"),
        (Cost(), "unknown"),
    ],
    ids=["exact", "estimated", "bounded", "partly", "unknown"],
)
def test_a_cost_says_how_sure_it_is(cost, text):
    assert shown(cost) == text
