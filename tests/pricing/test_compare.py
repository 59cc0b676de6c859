"""The book against genai-prices, figure by figure."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from unillm import Price
from unillm.pricing import Difference, PriceBook, differences
from unillm.pricing.compare import Reason

BOOK = PriceBook.default()
SATURDAY, MONDAY, HOLIDAY = (
    datetime(2026, 11, 28, 2, 30, tzinfo=UTC),
    datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
    datetime(2026, 10, 1, 2, 30, tzinfo=UTC),
)


def found(at):
    return {(one.provider, one.model) for one in differences(BOOK, at)}


def test_in_peak_hours_the_two_agree_on_a_monday_and_not_on_free_days():
    deepseek = {("deepseek", "deepseek-v4-pro"), ("deepseek", "deepseek-flash")}
    assert found(MONDAY) & deepseek == set()
    assert found(SATURDAY) & deepseek == deepseek
    assert found(HOLIDAY) & deepseek == deepseek


def test_a_difference_has_both_figures_and_says_why():
    theirs = [one for one in differences(BOOK, SATURDAY) if one.provider == "deepseek"]
    assert {(one.kind, one.tier, str(one.ours), str(one.theirs)) for one in theirs} >= {
        ("input", "", "0.66", "1.32"),
        ("output", "", "0.60", "1.2"),
    }
    assert all("weekends" in one.why and "dsh-plugin-hub#945" in one.source for one in theirs)


def test_a_difference_that_nobody_explains_is_told_without_a_reason():
    dear = Price(provider="openai", model="gpt-5.5", input=Decimal(6), output=Decimal(30))
    book: Any = PriceBook(prices=(dear,))
    told = {(one.kind, one.tier): one for one in differences(book, MONDAY)}
    assert told["input", ""].why == told["input", ""].source == ""
    assert (told["input", ""].ours, told["input", ""].theirs) == (6, 5)


FOUND = Difference(
    provider="p", model="m-1", kind="input", tier="flex, long", ours=None, theirs=None
)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"model": "m-*", "kind": "input", "tier": "flex*"}, True),
        ({"since": MONDAY, "until": MONDAY + timedelta(seconds=1)}, True),
        ({"provider": "q"}, False),
        ({"model": "n*"}, False),
        ({"kind": "output"}, False),
        ({"tier": "flex"}, False),
        ({"since": MONDAY + timedelta(seconds=1)}, False),
        ({"until": MONDAY}, False),
    ],
    ids=str,
)
def test_a_reason_fits_what_it_names(fields, fits):
    reason = Reason(**{"provider": "p", "why": "w", "source": "s", **fields})
    assert reason.fits(FOUND, MONDAY) is fits
