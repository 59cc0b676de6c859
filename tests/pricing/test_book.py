"""Rows of one's own, other currencies, prices by the hour, and what is asked wrongly."""

import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

import unillm
from unillm import InvalidRequestError, Price, Usage
from unillm.pricing import ContextTier, PriceBook, PriceHours, ServiceTier
from unillm.types.usage import total_cost

BOOK = PriceBook.default()
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)
ONE = Usage(input_tokens=10**6, output_tokens=10**6, cached_input_tokens=0, cache_write_tokens=0)
MINE = Price(provider="mybox", model="qwen3", input=Decimal("0.05"), output=Decimal("0.20"))
BOX = Price(provider="mybox", model="qwen3", gpu_hour=Decimal("2.40"))


def test_the_default_book_is_one_and_cannot_be_changed():
    assert PriceBook.default() is unillm.pricing.PriceBook.default()
    with pytest.raises(FrozenInstanceError):
        BOOK.prices = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        BOOK.by_name["x", "y"] = ()  # type: ignore[index]


def test_a_private_deployment_has_a_price_of_its_own():
    book = BOOK.with_(MINE)
    assert book.cost(ONE, provider="mybox", model="qwen3", at=NOW).total == Decimal("0.25")
    assert book.cost(ONE, provider="mybox", model="mybox:QWEN3", at=NOW).total == Decimal("0.25")
    assert book.price(provider="mybox", model="qwen3", at=NOW) == MINE
    assert book.price(provider="openai", model="gpt-5.5", at=NOW) is not None
    assert BOOK.price(provider="mybox", model="qwen3", at=NOW) is None


def test_a_row_of_ones_own_goes_over_the_one_beneath_as_long_as_it_holds():
    ours: Any = Price(
        provider="openai",
        model="gpt-5.5",
        input=Decimal(4),
        output=Decimal(24),
        since=datetime(2026, 6, 1, tzinfo=UTC),
        until=datetime(2026, 12, 1, tzinfo=UTC),
        source="our contract",
    )
    book: Any = BOOK.with_(ours)
    known = {"provider": "openai", "model": "gpt-5.5-2026-04-23"}
    assert book.price(at=NOW, **known) == ours
    assert book.price(at=ours.until, **known).input == Decimal(5)
    assert book.price(at=ours.since - timedelta(microseconds=1), **known).input == Decimal(5)
    assert book.history(**known) == (ours, *BOOK.history(**known))
    again = book.with_(MINE)
    assert again.price(at=NOW, **known) == ours


def test_two_rows_may_hold_where_a_change_is_not_dated():
    when = [datetime(2026, 4, day, tzinfo=UTC) for day in (24, 25, 26)]
    found = [
        BOOK.find(provider="deepseek", model="deepseek-v4-pro", at=at + timedelta(hours=20))
        for at in when
    ]
    assert [len(rows) for rows in found] == [1, 2, 1]
    assert BOOK.price(provider="deepseek", model="deepseek-v4-pro", at=when[1]) == found[1][0]
    assert (found[1][0].input, found[1][0].output) == (Decimal("1.74"), Decimal("3.48"))


def test_in_a_gap_the_bounds_are_no_surer_than_the_rows():
    call: Any = {"provider": "deepseek", "model": "deepseek-v4-pro"}
    at = datetime(2026, 4, 25, tzinfo=UTC)
    assert "a quarter of 0.145" in BOOK.cost(ONE, at=at, **call).reason
    nothing = Usage(input_tokens=0, output_tokens=0)
    free = BOOK.cost(nothing, at=at, **call)
    assert (free.total, free.state) == (0, "estimated")


def test_another_currency_is_not_converted_silently():
    euro = Price(provider="ovh", model="m", input=Decimal(1), output=Decimal(2), currency="EUR")
    book = PriceBook(prices=(euro,))
    found = book.cost(ONE, provider="ovh", model="m", at=NOW)
    assert (found.state, found.total, found.price) == ("unknown", None, euro)
    assert found.reason == "the price is in EUR, which is not converted"
    told = book.with_(usd_per={"EUR": Decimal("1.10")})
    found = told.cost(ONE, provider="ovh", model="m", at=NOW)
    assert (found.state, found.total) == ("estimated", Decimal("3.30"))
    assert found.lines[0].per_million == Decimal("1.10")
    assert found.reason == "converted from EUR"


def test_a_machine_of_ones_own_is_paid_by_the_hour():
    book = PriceBook(prices=(BOX,))
    call = {"provider": "mybox", "model": "qwen3", "at": NOW}
    found = book.cost(None, duration=timedelta(minutes=6), **call)
    assert (found.state, found.total) == ("estimated", Decimal("0.24"))
    assert [(line.kind, line.tokens) for line in found.lines] == [("gpu_time", None)]
    assert book.cost(ONE, duration=timedelta(0), **call).total == 0
    unknown = book.cost(ONE, **call)
    assert (unknown.state, unknown.total) == ("unknown", None)
    assert "how long it took was not told" in unknown.reason
    second = book.cost(None, duration=timedelta(seconds=1), **call).total
    assert second == Decimal("0.000666666667")
    days = book.cost(None, duration=timedelta(days=1, microseconds=3), **call).total
    assert days == Decimal("57.600000002")


def test_hours_need_no_holidays_and_a_calendar_nobody_knows_leaves_a_doubt():
    def book(holidays):
        hours = PriceHours(
            name="night",
            start=time(0),
            end=time(6),
            times=Decimal("0.5"),
            holidays=holidays,
        )
        row = Price(provider="p", model="m", input=Decimal(1), output=Decimal(1), hours=(hours,))
        return PriceBook(prices=(row,))

    call = {"provider": "p", "model": "m", "at": datetime(2026, 11, 28, 5, 59, 59, tzinfo=UTC)}
    assert book(None).cost(ONE, **call).total == 1
    doubtful = book("mars").cost(ONE, **call)
    assert (doubtful.state, doubtful.low, doubtful.high) == ("bounded", 1, 2)
    assert "'mars'" in doubtful.reason


def test_the_longest_context_tier_that_is_reached_counts():
    tiers = (
        ContextTier(above=10, input=Decimal(2)),
        ContextTier(above=100, input=Decimal(3), output=Decimal(2)),
    )
    row = Price(provider="p", model="m", input=Decimal(1), output=Decimal(1), context=tiers)
    book: Any = PriceBook(prices=(row,))

    def micros(tokens):
        usage = Usage(input_tokens=tokens, output_tokens=1)
        return book.cost(usage, provider="p", model="m", at=NOW).total * 10**6

    assert [micros(n) for n in (10, 11, 100, 101)] == [11, 23, 201, 305]


def test_a_figure_of_a_tier_counts_where_the_row_has_none():
    tier = ServiceTier(name="flex", cached_input=Decimal("0.1"))
    row = Price(provider="p", model="m", input=Decimal(1), output=Decimal(1), tiers=(tier,))
    usage = Usage(input_tokens=10**6, output_tokens=0, cached_input_tokens=10**6)
    call = {"provider": "p", "model": "m", "at": NOW}
    book = PriceBook(prices=(row,))
    assert book.cost(usage, service_tier="FLEX", **call).total == Decimal("0.1")
    assert book.cost(usage, **call).total == 1


def test_a_sum_of_costs_joins_lines_and_keeps_a_common_price():
    costs = [BOOK.cost(ONE, provider="openai", model="gpt-5.5", at=NOW) for _ in range(2)]
    both = total_cost(costs)
    assert (both.total, both.state, len(both.lines)) == (Decimal(110), "exact", 2)
    assert both.price == costs[0].price
    other = BOOK.cost(ONE, provider="openai", model="gpt-6-sol", at=NOW)
    assert total_cost([*costs, other]).price is None
    unknown = total_cost([*costs, BOOK.cost(None, provider="openai", model="gpt-5.5", at=NOW)])
    assert (unknown.total, unknown.lines, unknown.low) == (None, (), Decimal(110))
    assert unknown.reason == "no usage was reported"


WRONG = [
    ("a-float", {"input": 0.1, "output": Decimal(1)}, "a float has no exact cents"),
    ("a-string", {"input": "0.1", "output": Decimal(1)}, "input is a Decimal"),
    ("below-zero", {"input": Decimal(-1), "output": Decimal(1)}, "input is a Decimal"),
    ("no-number", {"input": Decimal("NaN"), "output": Decimal(1)}, "input is a Decimal"),
    ("half", {"input": Decimal(1)}, "needs input and output, or gpu_hour"),
    ("nothing", {}, "needs input and output, or gpu_hour"),
    ("half-and-hour", {"output": Decimal(1), "gpu_hour": Decimal(1)}, "needs input and output"),
    (
        "naive",
        {"input": Decimal(1), "output": Decimal(1), "since": NAIVE},
        "since is a datetime with its time zone",
    ),
]


@pytest.mark.parametrize(("fields", "words"), [pytest.param(*w[1:], id=w[0]) for w in WRONG])
def test_a_row_that_cannot_be_is_refused(fields, words):
    with pytest.raises(InvalidRequestError, match=words):
        BOOK.with_(Price(provider="p", model="m", **fields))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"at": NAIVE}, "at is a datetime with its time zone"),
        ({"at": date(2026, 4, 25)}, "at is a datetime"),
        ({"at": "2026-04-25"}, "at is a datetime"),
        ({"provider": ""}, "provider is a name"),
        ({"model": None}, "model is a name"),
        ({"service_tier": 1}, "service_tier is a string"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_is_asked_wrongly_is_refused(given, words):
    call = {"provider": "openai", "model": "gpt-5.5", "at": NOW, **given}
    with pytest.raises(InvalidRequestError, match=words):
        BOOK.cost(ONE, **call)


def test_other_things_that_cannot_be_are_refused():
    with pytest.raises(InvalidRequestError, match=r"is no unillm\.Price"):
        BOOK.with_({"provider": "p"})  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match=r"usd_per\['EUR'\]"):
        BOOK.with_(usd_per={"EUR": 1.1})  # type: ignore[dict-item]


def test_models_that_the_book_does_not_have_are_asked_of_genai_prices():
    call = {"provider": "openai", "model": "gpt-6-cyber", "at": NOW}
    found: Any = BOOK.cost(ONE, **call)
    assert found.state == "estimated"
    assert found.price.source.startswith("genai-prices ")
    assert BOOK.with_(fallback=False).cost(ONE, **call).state == "unknown"
    tiered = BOOK.cost(ONE, provider="openai", model="gpt-6-rosalind", at=NOW)
    assert {line.tier for line in tiered.lines} == {"over 272,000"}


@pytest.mark.parametrize("name", ["gpt-live-1", "gpt-nothing-at-all"])
def test_what_is_not_paid_by_the_token_alone_or_not_there_is_unknown(name):
    assert BOOK.cost(ONE, provider="openai", model=name, at=NOW).state == "unknown"


def test_without_genai_prices_it_is_unknown(monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    found = BOOK.cost(ONE, provider="openai", model="gpt-6-cyber", at=NOW)
    assert (found.state, found.total) == ("unknown", None)
