"""The book against genai-prices: each difference is one that docs/prices.md explains."""

import re
from datetime import UTC, datetime

from tests.house.sources import ROOT
from unillm.pricing import PriceBook, differences

PAGE = (ROOT / "docs" / "prices.md").read_text(encoding="utf-8")
SATURDAY, MONDAY, HOLIDAY = (
    datetime(2026, 11, 28, 2, 30, tzinfo=UTC),
    datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
    datetime(2026, 10, 1, 2, 30, tzinfo=UTC),
)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def found(at):
    return {(one.provider, one.model) for one in differences(PriceBook.default(), at)}


def explained():
    """Give the rows of the table of differences."""
    table = PAGE.partition("## Differences from genai-prices")[2]
    return set(re.findall(r"^\| `([\w.-]+)` \| `([\w./-]+)` \|", table, re.MULTILINE))


def test_each_difference_of_today_is_explained_and_nothing_else_is():
    assert found(NOON) == explained() - {
        ("deepseek", "deepseek-v4-pro"),
        ("deepseek", "deepseek-flash"),
    }


def test_in_peak_hours_the_two_agree_on_a_monday_and_not_on_free_days():
    deepseek = {("deepseek", "deepseek-v4-pro"), ("deepseek", "deepseek-flash")}
    assert found(MONDAY) & deepseek == set()
    assert found(SATURDAY) & deepseek == deepseek
    assert found(HOLIDAY) & deepseek == deepseek
    assert deepseek <= explained()


def test_a_difference_has_both_figures():
    theirs = [
        one for one in differences(PriceBook.default(), SATURDAY) if one.provider == "deepseek"
    ]
    assert {(one.kind, one.tier, str(one.ours), str(one.theirs)) for one in theirs} >= {
        ("input", "", "0.66", "1.32"),
        ("output", "", "0.60", "1.2"),
    }
