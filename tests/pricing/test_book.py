"""Rows of one's own, other currencies, prices by the hour, and what is asked wrongly."""

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

import unillm
from unillm import InvalidRequestError, Price, Usage
from unillm.pricing import ContextTier, PriceBook, PriceHours, ServiceTier, genai
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
    when = [datetime(2026, 8, day, tzinfo=UTC) for day in (20, 21, 22)]
    sol: Any = {"provider": "openai", "model": "gpt-5.6-sol"}
    found = [BOOK.find(at=at + timedelta(hours=20), **sol) for at in when]
    assert [len(rows) for rows in found] == [1, 2, 1]
    assert BOOK.price(at=when[1], **sol) == found[1][0]
    assert (found[1][0].input, found[1][0].output) == (Decimal(5), Decimal(30))
    reason = "the price changed between 2026-08-21 and 2026-08-22, and nobody says when"
    assert BOOK.cost(ONE, at=when[1], **sol).reason == reason


def test_in_a_gap_the_bounds_are_no_surer_than_the_rows():
    old = Price(
        provider="p",
        model="m",
        input=Decimal(2),
        output=Decimal(2),
        until=datetime(2026, 5, 1, tzinfo=UTC),
        perhaps_until=datetime(2026, 5, 3, tzinfo=UTC),
        verified=False,
        note="from memory",
    )
    new = Price(
        provider="p",
        model="m",
        input=Decimal(1),
        output=Decimal(1),
        perhaps_since=old.until,
        since=old.perhaps_until,
    )
    book = PriceBook(prices=(new, old))
    call: Any = {"provider": "p", "model": "m", "at": datetime(2026, 5, 2, tzinfo=UTC)}
    found = book.cost(ONE, **call)
    assert (found.state, found.low, found.high, found.price) == ("bounded", 2, 4, old)
    assert found.reason.endswith("nobody says when; from memory")
    free = book.cost(Usage(input_tokens=0, output_tokens=0), **call)
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
    ("a-string", {"input": "0.1", "output": Decimal(1)}, "Decimal\\(.0.15.\\), not '0.1'$"),
    ("a-prefix", {"model": "p:m", "gpu_hour": Decimal(1)}, "without its provider: 'm'"),
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
        BOOK.with_(Price(**{"provider": "p", "model": "m", **fields}))


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
    genai._data.cache_clear()
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    found = BOOK.cost(ONE, provider="openai", model="gpt-6-cyber", at=NOW)
    assert (found.state, found.total) == ("unknown", None)


def test_a_release_of_genai_prices_that_is_broken_makes_it_unknown(monkeypatch):
    def broken():
        raise RuntimeError("not as it was")

    monkeypatch.setattr("genai_prices.data_snapshot.get_snapshot", broken)
    found = BOOK.cost(ONE, provider="openai", model="gpt-6-cyber", at=NOW)
    assert (found.state, found.total) == ("unknown", None)


def test_the_first_of_some_names_that_has_a_price_is_found_and_the_books_own_come_first():
    call: Any = {"provider": "openai", "at": NOW}
    assert BOOK.name_among((None, "", "gpt-99", "gpt-5.5"), **call) == "gpt-5.5"
    assert BOOK.name_among(("gpt-6-cyber", "gpt-5.5"), **call) == "gpt-5.5"
    assert BOOK.name_among(("gpt-99", "gpt-6-cyber"), **call) == "gpt-6-cyber"
    assert BOOK.with_(fallback=False).name_among(("gpt-6-cyber",), **call) is None
    for _ in range(2):
        assert BOOK.name_among((None, "gpt-99"), **call) is None


def test_a_book_can_be_pickled_and_a_copy_is_itself():
    book = BOOK.with_(MINE, usd_per={"EUR": Decimal("1.10")})
    book.cost(ONE, provider="mybox", model="qwen3", at=NOW)
    back = pickle.loads(pickle.dumps(book))
    assert back == book
    assert back is not book
    assert hash(back) == hash(book)
    assert repr(back) == repr(book) == "PriceBook(1 price, over 151 others, fallback=True)"
    for model in ("qwen3", "gpt-5.5"):
        call: Any = {"provider": "mybox" if model == "qwen3" else "openai", "model": model}
        assert back.cost(ONE, at=NOW, **call) == book.cost(ONE, at=NOW, **call)
    with pytest.raises(TypeError):
        back.usd_per["EUR"] = Decimal(2)
    assert copy.copy(book) is copy.deepcopy(book) is book
    assert copy.deepcopy({"prices": book})["prices"] is book


def test_a_book_is_shown_in_a_line():
    assert repr(BOOK) == f"PriceBook({len(BOOK.prices)} prices, fallback=True)"
    assert repr(PriceBook()) == "PriceBook(0 prices, fallback=False)"


def test_books_are_equal_if_what_is_in_them_is():
    book = BOOK.with_(MINE)
    book.cost(ONE, provider="mybox", model="qwen3", at=NOW)
    assert book == BOOK.with_(MINE) != BOOK
    assert {book, BOOK.with_(MINE)} == {book}
    assert book != BOOK.with_(MINE, fallback=False)
    assert book != BOOK.with_(MINE, usd_per={"EUR": Decimal(1)})
    assert replace(book, prices=()) == BOOK.with_()
    assert book != "a book"


def test_a_book_forgets_before_it_grows_without_end():
    book = PriceBook(prices=(MINE,))
    for number in range(3_000):
        assert book.cost(ONE, provider="mybox", model=f"m{number}", at=NOW).state == "unknown"
    assert len(book._tariffs) <= 1024
    assert book.cost(ONE, provider="mybox", model="qwen3", at=NOW).total == Decimal("0.25")


def test_threads_share_a_book():
    book = PriceBook(prices=BOOK.prices, calendars=BOOK.calendars)
    names = [("openai", "gpt-5.5"), ("deepseek", "deepseek-flash"), ("openai", "gpt-6-sol")]
    asked = [
        (*names[n % 3], NOW + timedelta(hours=n % 50), [None, "flex"][n % 2]) for n in range(3_000)
    ]

    def cost(call):
        provider, model, at, tier = call
        return book.cost(ONE, provider=provider, model=model, at=at, service_tier=tier)

    expected = [cost(call) for call in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(cost, asked)) == expected


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (("openai", "GPT-99", NOW), "no price of openai:GPT-99 is known"),
        (
            ("openai", "gpt-6-sol", datetime(2026, 5, 1, tzinfo=UTC)),
            "no price of openai:gpt-6-sol is known before 2026-09-22",
        ),
        (
            ("deepseek", "deepseek-chat", NOW),
            "no price of deepseek:deepseek-chat is known since 2026-07-24 15:59 UTC",
        ),
    ],
    ids=["never", "not-yet", "no-more"],
)
def test_why_there_is_no_price_is_the_same_at_each_call(call, reason):
    provider, model, at = call
    costs = [
        BOOK.cost(ONE, provider=provider, model=model, at=at + timedelta(seconds=n))
        for n in range(3)
    ]
    assert [cost.reason for cost in costs] == [reason] * 3
    assert costs[0] == costs[1] == costs[2]


def test_between_two_rows_there_may_be_none():
    first = replace(MINE, until=datetime(2026, 5, 1, tzinfo=UTC))
    then = replace(MINE, since=datetime(2026, 6, 1, 12, tzinfo=UTC))
    book = PriceBook(prices=(first, then))
    found = book.cost(ONE, provider="mybox", model="qwen3", at=datetime(2026, 5, 9, tzinfo=UTC))
    assert (
        found.reason == "no price of mybox:qwen3 is known from 2026-05-01 to 2026-06-01 12:00 UTC"
    )


def test_how_long_a_call_took_is_no_part_of_its_reason():
    book = PriceBook(prices=(BOX,))
    call: Any = {"provider": "mybox", "model": "qwen3", "at": NOW}
    reasons = {book.cost(None, duration=timedelta(seconds=n), **call).reason for n in (1, 2)}
    assert reasons == {"paid by the hour"}
    assert book.cost(None, duration=timedelta(seconds=-1), **call).state == "unknown"


def test_the_most_is_an_upper_bound_for_the_tier_and_for_the_standard_one():
    call: Any = {"provider": "openai", "model": "gpt-6.1-sol", "at": NOW}
    bounds: Any = {"input_tokens": 1_000, "output_tokens": 100}
    standard: Any = BOOK.most(**bounds, **call)  # 1000 written to the cache at 2.50, 100 at 10
    assert (standard.state, standard.low, standard.high) == ("bounded", 0, Decimal("0.0035"))
    assert (standard.total, standard.lines, standard.reason) == (None, (), "an upper bound")
    assert standard.price == BOOK.price(**call)
    assert BOOK.most(**bounds, service_tier="flex", **call).high == standard.high
    assert BOOK.most(**bounds, service_tier="priority", **call).high == 2 * standard.high
    assert BOOK.most(**bounds, service_tier="batch", **call).high == standard.high / 2


def test_the_most_is_unknown_where_nothing_is_known():
    bounds: Any = {"input_tokens": 1, "output_tokens": 1, "at": NOW}
    none = BOOK.most(provider="openai", model="gpt-99", **bounds)
    tier = BOOK.most(provider="openai", model="gpt-5.5", service_tier="scale", **bounds)
    hour = PriceBook(prices=(BOX,)).most(provider="mybox", model="qwen3", **bounds)
    odd = BOOK.most(provider="openai", model="gpt-5.5", **{**bounds, "input_tokens": -1})
    assert [one.state for one in (none, tier, hour, odd)] == ["unknown"] * 4
    assert [one.high for one in (none, tier, hour, odd)] == [None] * 4
    assert "'scale'" in tier.reason
    known = PriceBook(prices=(BOX,)).most(
        provider="mybox", model="qwen3", duration=timedelta(hours=1), **bounds
    )
    assert (known.high, known.state) == (Decimal("2.40"), "bounded")


def test_a_long_prompt_that_costs_less_does_not_lower_the_most():
    cheap = ContextTier(above=100, input=Decimal("0.1"), output=Decimal("0.1"))
    row = Price(provider="p", model="m", input=Decimal(1), output=Decimal(1), context=(cheap,))
    book = PriceBook(prices=(row,))
    call: Any = {"provider": "p", "model": "m", "at": NOW}
    bound = book.most(input_tokens=101, output_tokens=10, **call)
    short = book.cost(Usage(input_tokens=100, output_tokens=10), **call)
    assert short.total == Decimal("0.00011")
    assert bound.high == Decimal("0.000111")


def test_what_is_in_a_row_is_held_against_what_it_must_be():
    fine: Any = {"provider": "p", "model": "m", "input": Decimal(1), "output": Decimal(1)}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"context": (ContextTier(above=1, input=2.0),)}, "context: input is a Decimal"),  # type: ignore[arg-type]
        ({"tiers": ({"name": "flex"},)}, "tiers has .*, no ServiceTier"),
        ({"provider": ""}, "has no provider"),
        ({"model": None}, "has no model"),
        ({"since": NOW, "until": NOW}, "until is not after since"),
    ]
    for fields, words in wrong:
        with pytest.raises(InvalidRequestError, match=words):
            PriceBook(prices=(Price(**{**fine, **fields}),))


def test_a_usage_is_a_usage():
    with pytest.raises(InvalidRequestError, match=r"usage is an unillm\.Usage or None"):
        BOOK.cost({"input_tokens": 1}, provider="openai", model="gpt-5.5", at=NOW)  # type: ignore[arg-type]


def test_a_name_that_cannot_be_a_key_is_refused():
    for wrong in ({"provider": []}, {"model": {}}, {"service_tier": []}):
        call: Any = {"provider": "openai", "model": "gpt-5.5", "at": NOW, **wrong}
        with pytest.raises(InvalidRequestError):
            BOOK.cost(ONE, **call)


def test_a_cost_is_that_of_the_first_name_with_a_price_whenever_it_is_asked_for():
    used = replace(ONE, cached_input_tokens=1000)
    call: dict[str, Any] = {"provider": "openai", "at": NOW}
    for names in ((None, "", "gpt-5.5"), ("gpt-99", "gpt-5.5"), ("GPT-5.5", None)):
        for _ in range(2):
            cost = BOOK.cost_among(used, names, **call)
            assert cost == BOOK.cost(used, model="gpt-5.5", **call)
            assert cost is not None
            assert cost.lines == BOOK.cost(used, model="gpt-5.5", **call).lines != ()
    early = datetime(2001, 1, 1, tzinfo=UTC)
    assert BOOK.cost_among(used, ("gpt-5.5",), provider="openai", at=early) is None
    assert BOOK.cost_among(used, ("gpt-99", None), **call) is None
    assert BOOK.with_(fallback=False).cost_among(used, ("gpt-6-cyber",), **call) is None
    with pytest.raises(InvalidRequestError, match="time zone"):
        BOOK.cost_among(used, ("gpt-5.5", None), provider="openai", at=NAIVE)
