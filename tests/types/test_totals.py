"""Usage and cost of several exchanges together."""

from decimal import Context, Decimal, Inexact, localcontext
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import Cost, CostLine, Usage
from unillm.types.usage import nothing, total_cost, total_usage


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
        ([exact("0.1"), exact("0.2")], "0.3", None, None, "exact"),
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


def line(usd, kind: Any = "input", figure=1, reasoning=None):
    return CostLine(
        kind=kind,
        usd=Decimal(usd),
        tokens=int(Decimal(usd) * 10),
        per_million=Decimal(figure),
        reasoning_tokens=reasoning,
    )


def test_lines_of_one_kind_and_figure_are_joined():
    one = Cost(total=Decimal("0.3"), state="exact", lines=(line("0.1"), line("0.2", "output")))
    two = Cost(total=Decimal("0.6"), state="exact", lines=(line("0.1"), line("0.5", "output", 2)))
    assert (one + two).lines == (line("0.2"), line("0.2", "output"), line("0.5", "output", 2))
    thought = Cost(total=Decimal("0.2"), state="exact", lines=(line("0.2", "output", 1, 3),))
    (both,) = total_cost([thought, thought]).lines
    assert (both.usd, both.tokens, both.reasoning_tokens) == (Decimal("0.4"), 4, 6)


def test_what_has_a_lower_bound_and_no_upper_one_has_none_in_a_sum():
    guess = Cost(total=Decimal(2), low=Decimal(0), state="estimated")
    assert (exact(1) + guess).high is None
    assert (exact(1) + guess).low == 1
    assert (exact(1) + guess + BOUNDED).high is None


def test_a_sum_has_no_bounds_that_say_no_more_than_its_total():
    both = exact(1) + Cost(total=Decimal(2), state="estimated")
    assert (both.total, both.low, both.high, both.state) == (3, None, None, "estimated")
    again = both + BOUNDED
    assert (again.total, again.low, again.high) == (None, 4, 6)


def test_a_sum_says_why_it_is_not_exact():
    free, refused = nothing("it was refused"), nothing("it was not sent")
    assert (free + exact(1)).reason == ""
    assert (free + refused).reason == "it was refused; it was not sent"
    cut = Cost(low=Decimal(0), high=Decimal(1), state="bounded", reason="it was cut; it was long")
    assert (free + cut + cut).reason == "it was cut; it was long"
    assert (cut + Cost(reason="no price")).reason == "it was cut; it was long; no price"


def test_a_sum_of_very_many_stays_small():
    total = exact(0)
    for number in range(100):
        total += Cost(reason=f"reason {number}")
    assert total.reason.count(";") == 8
    assert total.reason.endswith("; and more")


@given(st.lists(st.decimals(0, 10, places=9).map(exact), min_size=1))
def test_the_order_of_a_sum_does_not_matter_nor_whose_context_it_is(many):
    whole = total_cost(many).total
    with localcontext(Context(prec=2, traps=[Inexact])):
        assert reduce(add, many).total == total_cost(reversed(many)).total == whole
        assert sum(many) == reduce(add, many)


@pytest.mark.parametrize("other", [1, 0.5, None, "one"], ids=str)
def test_a_cost_is_no_number(other):
    for pair in ((other, exact(1)), (exact(1), other)):
        with pytest.raises(TypeError):
            add(*pair)


@pytest.mark.parametrize(
    ("cost", "text", "brief"),
    [
        (exact("0.0123"), "$0.0123", "$0.0123"),
        (exact("1234.567"), "$1,234.57", "$1,234.57"),
        (exact("0.00042"), "$0.00042", "$0.00042"),
        (exact("0.5"), "$0.50", "$0.50"),
        (exact("0.0000001234"), "$0.000000123", "$0.000000123"),
        (nothing("it was refused"), "$0 (it was refused)", "$0"),
        (
            Cost(low=Decimal("0.0004"), high=Decimal("0.01199"), state="bounded", reason="cut"),
            "$0.0004\N{EN DASH}0.0120 (bounded: cut)",
            "$0.0004\N{EN DASH}0.0120 (bounded)",
        ),
        (
            Cost(low=Decimal(0), high=Decimal(3), state="bounded"),
            "$0\N{EN DASH}3.00 (bounded)",
            "$0\N{EN DASH}3.00 (bounded)",
        ),
        (ESTIMATE, "$2.00 (estimated)", "$2.00 (estimated)"),
        (Cost(reason="no price"), "unknown: no price", "cost unknown"),
        (Cost(), "unknown", "cost unknown"),
        (
            Cost(low=Decimal(1), reason="no bound"),
            "at least $1.00 (unknown: no bound)",
            "at least $1.00 (unknown)",
        ),
    ],
    ids=str,
)
def test_a_cost_as_people_read_it(cost, text, brief):
    assert (str(cost), cost.brief) == (text, brief)


def test_the_repr_of_a_cost_is_short():
    assert repr(exact("0.0123")) == "Cost($0.0123, exact)"
    assert repr(Cost(reason="no price")) == "Cost(unknown: no price)"


amounts = st.none() | st.decimals(0, 10, places=4)
costs = st.builds(Cost, total=amounts, state=st.sampled_from(["exact", "unknown"]))


@given(st.lists(costs, min_size=1))
def test_what_is_unknown_is_never_zero(many):
    summed = total_cost(many)
    assert (summed.total is None) is any(cost.total is None for cost in many)
    assert (summed.state == "exact") is all(cost.state == "exact" for cost in many)


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        (Cost(total=Decimal("-1234.5"), state="exact"), "-$1,234.50"),
        (Cost(total=Decimal("-0.00042"), state="exact"), "-$0.00042"),
        (
            Cost(low=Decimal("-19.3456"), high=Decimal("0.12"), state="bounded"),
            "-$19.346 to $0.120",
        ),
        (Cost(low=Decimal(-3), high=Decimal(-2), state="bounded"), "-$3.00 to -$2.00"),
        (Cost(low=Decimal(-3), high=Decimal(0), state="bounded"), "-$3.00 to $0.00"),
        (Cost(low=Decimal("0.5"), high=Decimal(1), state="bounded"), "$0.50\N{EN DASH}1.00"),
    ],
    ids=["amount", "small", "around nothing", "below", "to nothing", "above"],
)
def test_what_is_below_zero_has_its_sign_before_the_dollar(cost, shown):
    assert str(cost).removesuffix(" (bounded)") == shown
