"""Usage and cost of several exchanges together."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import Cost, Usage
from unillm.types.usage import total_cost, total_usage


def usage(given, made, cached=None):
    return Usage(input_tokens=given, output_tokens=made, cached_input_tokens=cached)


def exact(amount):
    return Cost(total=Decimal(amount), state="exact")


def test_tokens_are_added_and_what_nobody_reported_stays_unknown():
    assert total_usage([usage(1, 2, 3), None, usage(10, 20)]) == usage(11, 22, 3)
    assert total_usage([usage(1, 2), usage(1, 2)]) == usage(2, 4)
    assert total_usage([usage(0, 0, 0)]) == usage(0, 0, 0)


@pytest.mark.parametrize("nothing", [[], [None], [None, None]], ids=str)
def test_of_what_nobody_reported_nothing_is_known(nothing):
    assert total_usage(nothing) is None


BOUNDED = Cost(low=Decimal(1), high=Decimal(3), state="bounded")
ESTIMATE = Cost(total=Decimal(2), low=Decimal(1), high=Decimal(3), state="estimated")


@pytest.mark.parametrize(
    ("costs", "total", "low", "high", "state"),
    [
        ([], None, None, None, "unknown"),
        ([exact("0.1"), exact("0.2")], "0.3", "0.3", "0.3", "exact"),
        ([exact("0.1"), ESTIMATE], "2.1", "1.1", "3.1", "estimated"),
        ([exact(1), BOUNDED], None, 2, 4, "bounded"),
        ([exact(1), Cost()], None, 1, None, "unknown"),
        ([BOUNDED, Cost()], None, 1, None, "unknown"),
        ([Cost(), Cost()], None, None, None, "unknown"),
        ([Cost(low=Decimal(1)), exact(1)], None, 2, None, "unknown"),
    ],
    ids=["none", "exact", "estimated", "bounded", "unknown", "both", "all unknown", "low"],
)
def test_a_sum_is_no_surer_than_its_parts(costs, total, low, high, state):
    def amount(value):
        return None if value is None else Decimal(value)

    expected = Cost(total=amount(total), low=amount(low), high=amount(high), state=state)
    assert total_cost(costs) == expected


amounts = st.none() | st.decimals(0, 10, places=4)
costs = st.builds(Cost, total=amounts, state=st.sampled_from(["exact", "unknown"]))


@given(st.lists(costs, min_size=1))
def test_what_is_unknown_is_never_zero(many):
    summed = total_cost(many)
    assert (summed.total is None) is any(cost.total is None for cost in many)
    assert (summed.state == "exact") is all(cost.state == "exact" for cost in many)
