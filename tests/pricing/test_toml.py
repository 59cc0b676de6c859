"""Rows of one's own as a text, and what is said of each mistake in it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from unillm import InvalidRequestError, Usage
from unillm.pricing import PriceBook

BOOK = PriceBook.default()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = Usage(input_tokens=10**6, output_tokens=10**6, cached_input_tokens=0, cache_write_tokens=0)
MINE = """
[usd_per]
EUR = "1.08"

[[calendars]]
name = "ours"
days = ["2026-12-24..2026-12-26", "2026-11-24"]
since = 2026-01-01
until = 2027-01-01
source = "our works council"
checked = "2026-11-28"

[shared.hours]
nights = [
    { name = "night", start = 00:00:00, end = 06:00:00, times = 0.5 },
    { name = "day", start = 06:00:00, end = 20:00:00, times = 2, days = [1, 2], holidays = "ours" },
]

[shared.like]
contract = { source = "our contract of September", checked = "2026-09-30" }

[[prices]]
like = "@contract"
provider = "openai"
model = "gpt-5.5"
ids = ["our-gpt"]
since = 2026-10-01
until = 2027-01-01T00:00:00+01:00
input = "4"
cached_input = 0.40
output = 24
context = [{ above = 272_000, input = "2", output = "1.5" }]
tiers = [{ name = "batch", times = "0.5", since = 2026-11-01 }]
verified = false
note = "as we read it"

[[prices]]
provider = "ovh"
model = "m"
currency = "EUR"
input = "1"
output = "2"
hours = "@nights"

[[prices]]
provider = "rented"
model = "deepseek-v4-pro"
gpu_hour = "19.20"
"""


def cost(book: Any, name: str, at=NOW, **options: Any) -> Any:
    provider, _, model = name.partition(":")
    return book.cost(ONE, provider=provider, model=model, at=at, **options)


def test_a_text_goes_over_the_book():
    book = BOOK.with_toml(MINE)
    row: Any = book.price(provider="openai", model="our-gpt", at=NOW)
    assert (row.input, row.cached_input, row.output) == (4, Decimal("0.40"), 24)
    assert (row.source, row.checked) == ("our contract of September", "2026-09-30")
    assert row.since == datetime(2026, 10, 1, tzinfo=UTC)
    assert row.until == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert cost(book, "openai:gpt-5.5").total == 8 + 36
    assert cost(book, "openai:gpt-5.5", service_tier="batch").total == 4 + 18
    assert cost(book, "openai:gpt-5.5", service_tier="flex").state == "unknown"
    before = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
    assert cost(book, "openai:gpt-5.5", before).total == cost(BOOK, "openai:gpt-5.5", before).total
    assert cost(book, "deepseek:deepseek-flash").total == Decimal("0.75")
    hour = cost(book, "rented:deepseek-v4-pro", duration=timedelta(minutes=30))
    assert hour.total == Decimal("9.6")


def test_holidays_and_currencies_of_the_text_count():
    book = BOOK.with_toml(MINE)
    tuesday, holiday, night = (
        datetime(2026, 11, day, h, tzinfo=UTC) for day, h in ((17, 12), (24, 12), (24, 1))
    )
    found = [cost(book, "ovh:m", at).total for at in (tuesday, holiday, night)]
    assert found == [Decimal("6.48"), Decimal("3.24"), Decimal("1.62")]
    assert cost(book, "ovh:m").reason == "converted from EUR"
    kept = {calendar.name for calendar in book.calendars}
    assert kept == {"cn", "ours"}
    ours = next(calendar for calendar in book.calendars if calendar.name == "ours")
    assert ours.days == {date(2026, 11, 24), *(date(2026, 12, day) for day in (24, 25, 26))}


def test_a_figure_is_read_as_it_is_written():
    text = '[[prices]]\nprovider = "p"\nmodel = "m"\ninput = 0.1\noutput = 0.30000000000000000001\n'
    row: Any = PriceBook().with_toml(text).price(provider="p", model="m", at=NOW)
    assert (str(row.input), str(row.output)) == ("0.1", "0.30000000000000000001")


def test_the_text_of_the_package_has_the_same_form():
    from unillm.pricing.load import packaged

    assert packaged("prices.toml")["prices"][0]["provider"] == "openai"
    assert PriceBook().with_toml("") == PriceBook(beneath=PriceBook())


ROW = '[[prices]]\nprovider = "p"\nmodel = "m"\n'
DAYS = (
    '[[calendars]]\nname = "c"\nsource = "s"\nchecked = "c"\n'
    "since = 2026-01-01\nuntil = 2027-01-01\n"
)
BOTH = ROW + "input = 1\noutput = 1\n"
WRONG = [
    ("no-toml", "prices = [", "the prices are no TOML: "),
    ("no-text", 7, "read from a text, not from int"),
    ("table", "[prizes]", "the prices has no field 'prizes': 'prices'?"),
    ("a-path", "prices.toml", "it is the text that is wanted, not the name of a file"),
    ("one-table", '[prices]\nprovider = "p"', r"prices are written as tables \[\[prices\]\]"),
    ("field", BOTH + "outputs = 1", r"price 1 \(p:m\) has no field 'outputs': 'output'\?"),
    ("far-field", BOTH + "zzz = 1", r"has no field 'zzz'; it may have provider, model"),
    ("missing", '[[prices]]\nmodel = "m"', r"price 1 \(\?:m\) has no provider"),
    ("missing-both", "[[prices]]\ninput = 1", "has no provider and no model"),
    (
        "no-number",
        ROW + 'input = "1,5"\noutput = 1',
        "input is a number, such as .0.15., not '1,5'",
    ),
    ("a-truth", ROW + "input = true\noutput = 1", "input is a number"),
    ("not-finite", ROW + 'input = "nan"\noutput = 1', "input is a Decimal from 0 on"),
    ("below-zero", ROW + "input = -1\noutput = 1", "input is a Decimal from 0 on"),
    ("half", ROW + "input = 1", "the price of p:m needs input and output, or gpu_hour"),
    ("naive", BOTH + "since = 2026-04-25T00:00:00", "since: .* has no time zone; end it with Z"),
    ("no-instant", BOTH + 'since = "soon"', "since is a day or an instant, such as 2026-04-25"),
    ("backwards", BOTH + "since = 2026-05-01\nuntil = 2026-05-01", "ends before it begins"),
    ("no-list", BOTH + 'ids = "x"', "ids is a list, not 'x'"),
    ("no-name", ROW.replace('"m"', "7") + "input = 1\noutput = 1", "model is a text, not 7"),
    ("empty-name", BOTH.replace('"m"', '""'), "has no model"),
    ("no-shared", BOTH + 'source = "@x"', r"there is no 'x' in \[shared.source\]"),
    ("no-like", BOTH + 'like = "@x"', r"there is no 'x' in \[shared.like\]"),
    ("odd-like", BOTH + 'like = "x"', r"like is a name in \[shared.like\]"),
    ("verified", BOTH + 'verified = "yes"', "verified is true or false, not 'yes'"),
    ("context", BOTH + "context = [{ input = 2 }]", "context has no above"),
    ("above", BOTH + "context = [{ above = true }]", "context: above is a whole number, not True"),
    ("tier", BOTH + "tiers = [7]", "tiers is a table, not 7"),
    ("tier-field", BOTH + 'tiers = [{ name = "flex", time = 2 }]', "no field 'time': 'times'"),
    ("tier-figure", BOTH + 'tiers = [{ name = "flex", times = -2 }]', "tiers: times is a Decimal"),
    ("hours", BOTH + 'hours = [{ name = "x", start = 1 }]', "hours has no end and no times"),
    (
        "span",
        DAYS + 'days = ["x"]',
        "'x' is no span of days",
    ),
    ("rates", "usd_per = 7", r"usd_per and shared are tables, such as \[usd_per\]"),
    ("rate", '[usd_per]\nEUR = "x"', r"usd_per.EUR is a number"),
    ("twice", BOTH + BOTH, "two prices of p:m hold at any time: give the older one its until"),
    (
        "overlap",
        BOTH + "until = 2026-06-01\n" + BOTH + "since = 2026-05-01\n",
        "two prices of p:m hold since 2026-05-01",
    ),
]


@pytest.mark.parametrize(("text", "words"), [pytest.param(*w[1:], id=w[0]) for w in WRONG])
def test_a_mistake_is_named_with_its_place(text, words):
    with pytest.raises(InvalidRequestError, match=words):
        BOOK.with_toml(text)
