"""Amounts as people read them."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import Cost
from unillm.types.money import amount, between, shown

TO = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("0", "$0"),
        ("0.00", "$0"),
        ("700", "$700.00"),
        ("1234567.891", "$1,234,567.89"),
        ("1", "$1.00"),
        ("0.99999", "$1.00"),
        ("0.5", "$0.50"),
        ("0.0123456", "$0.0123"),
        ("0.00099", "$0.00099"),
        ("0.0000042", "$0.0000042"),
        ("0.00000000012345", "$0.000000000123"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_an_amount_shows_the_digits_that_matter(figure, text):
    assert amount(Decimal(figure)) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("0.0012", "0.045", f"$0.0012{TO}0.0450"),
        ("0.00125", "0.04501", f"$0.0012{TO}0.0451"),
        ("2", "2", "$2.00"),
        ("0", "3.001", f"$0{TO}3.01"),
        ("1.5", None, "at least $1.50"),
        (None, "1.501", "at most $1.51"),
        (None, None, "unknown"),
    ],
)
def test_a_range_holds_what_it_shows(low, high, text):
    assert between(low and Decimal(low), high and Decimal(high)) == text


@given(st.decimals(0, 10**9, places=12), st.decimals(0, 10**9, places=12))
def test_a_range_is_never_shown_narrower_than_it_is(one, other):
    low, high = sorted([one, other])
    with localcontext(prec=3):
        text = between(low, high)
    first, _, second = text.removeprefix("$").replace(",", "").partition(TO)
    assert low == high or Decimal(first) <= low
    assert low == high or Decimal(second) >= high


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (Cost(total=Decimal("0.5"), state="exact"), "$0.50"),
        (Cost(total=Decimal("0.5"), state="estimated"), "≈$0.50"),
        (Cost(low=Decimal(1), high=Decimal(2), state="bounded"), f"$1.00{TO}2.00"),
        (Cost(low=Decimal(1)), "at least $1.00"),
        (Cost(), "unknown"),
    ],
    ids=["exact", "estimated", "bounded", "partly", "unknown"],
)
def test_a_cost_says_how_sure_it_is(cost, text):
    assert shown(cost) == text
