"""Bills worked out by hand, exact to the last digit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest

from unillm.pricing import PriceBook
from unillm.types.usage import Usage

BOOK = PriceBook.default()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def used(
    given: int, out: int, cached: int | None = 0, written: int | None = 0, reasoning=None
) -> Usage:
    return Usage(
        input_tokens=given,
        output_tokens=out,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=reasoning,
    )


def cost(name: str, usage: Usage | None, when: str, **options: Any) -> Any:
    provider, _, model = name.partition(":")
    return BOOK.cost(usage, provider=provider, model=model, at=at(when), **options)


ONE = used(1_000_000, 1_000_000)
MIX = used(10_000, 2_000, cached=6_000, reasoning=1_500)
FULL = used(10_000, 1_000, cached=4_000, written=5_000)
SHORT, LONG = used(272_000, 1_000), used(272_001, 1_000)
NOW = "2026-11-24T12:00:00"

EXACT = [
    # The article's table of 2026-04-25 (V4-Pro is apart, below: an estimate).
    ("flash-at-launch", "deepseek:deepseek-v4-flash", ONE, "2026-04-25T00:00:00", {}, "0.42"),
    ("gpt-5.5", "openai:gpt-5.5", ONE, "2026-04-25T00:00:00", {}, "55"),
    ("gpt-5.5-pro-long", "openai:gpt-5.5-pro", ONE, "2026-04-25T00:00:00", {}, "330"),
    ("gpt-5.4-short", "openai:gpt-5.4", SHORT, "2026-04-25T00:00:00", {}, "0.695"),
    ("pro-at-launch", "deepseek:deepseek-v4-pro", ONE, "2026-04-24T23:59:59", {}, "5.22"),
    # Mixes: 4000 x 1.74 + 6000 x 0.145 + 2000 x 3.48, in millionths; thinking is in the output.
    ("mix", "deepseek:deepseek-v4-pro", MIX, "2026-04-24T12:00:00", {}, "0.01479"),
    ("nano-dollars", "deepseek:deepseek-flash", used(1, 0, cached=1), NOW, {}, "0.000000003"),
    # 1000 x 2 + 4000 x 0.10 + 5000 x 2.50 + 1000 x 10
    ("written", "openai:gpt-6.1-sol", FULL, NOW, {}, "0.0249"),
    ("written-flex", "openai:gpt-6.1-sol", FULL, NOW, {"service_tier": "flex"}, "0.01245"),
    ("written-batch", "openai:gpt-6.1-sol", FULL, NOW, {"service_tier": "batch"}, "0.01245"),
    ("written-fast", "openai:gpt-6.1-sol", FULL, NOW, {"service_tier": "fast"}, "0.0498"),
    ("written-priority", "openai:gpt-6.1-sol", FULL, NOW, {"service_tier": "priority"}, "0.0498"),
    ("default-tier", "openai:gpt-6.1-sol", FULL, NOW, {"service_tier": "default"}, "0.0249"),
    ("6.2-astra", "openai:gpt-6.2-astra", FULL, NOW, {}, "0.0996"),
    # 12-digit prompts are one request above the line, or exactly on it.
    ("on-the-line", "openai:gpt-5.5", SHORT, NOW, {}, "1.39"),
    ("above-the-line", "openai:gpt-5.5", LONG, NOW, {}, "2.76501"),
    ("long-flex", "openai:gpt-5.5", LONG, NOW, {"service_tier": "flex"}, "1.382505"),
    ("long-cached", "openai:gpt-5.5", used(300_000, 0, cached=200_000), NOW, {}, "1.2"),
    ("long-fast", "openai:gpt-6-sol", LONG, NOW, {"service_tier": "fast"}, "2.206008"),
    # Published figures that are no multiple: 0.13 for a million cached tokens, long 0.25.
    (
        "flex-rounded",
        "openai:gpt-5.4",
        used(1_000, 0, cached=1_000),
        NOW,
        {"service_tier": "flex"},
        "0.00013",
    ),
    (
        "flex-long",
        "openai:gpt-5.4",
        used(300_000, 0, cached=300_000),
        NOW,
        {"service_tier": "flex"},
        "0.075",
    ),
    ("priority-2.5", "openai:gpt-5.5", SHORT, NOW, {"service_tier": "priority"}, "3.475"),
    (
        "batch-cached",
        "openai:gpt-4.1",
        used(1_000, 0, 1_000),
        NOW,
        {"service_tier": "batch"},
        "0.0005",
    ),
    ("own-figures", "openai:gpt-4o-mini", ONE, NOW, {"service_tier": "priority"}, "1.25"),
    # Names: a dated snapshot, a short one, the provider before it, the host's own.
    ("alias", "openai:gpt-5.5-2026-04-23", SHORT, NOW, {}, "1.39"),
    ("short-name", "openai:gpt-5.6", SHORT, "2026-09-01T00:00:00", {}, "1.108"),
    ("prefixed", "openai:openai:gpt-5.5", SHORT, NOW, {}, "1.39"),
    ("host-id", "together:deepseek-ai/DeepSeek-V4-Pro-0813", ONE, NOW, {}, "5.28"),
    ("catalog-id-at-host", "together:deepseek-v4-pro", ONE, NOW, {}, "5.28"),
    ("host-flash", "fireworks:accounts/fireworks/models/deepseek-v4p1-flash", ONE, NOW, {}, "1.5"),
    ("host-tier", "fireworks:deepseek-v4-pro", ONE, NOW, {"service_tier": "priority"}, "6.6"),
    (
        "router",
        "fireworks:accounts/fireworks/routers/deepseek-v4p1-flash-1017-ultrafast",
        ONE,
        NOW,
        {},
        "12",
    ),
    # DeepSeek's hours. 2026-11-23 is a Monday; off-peak is 0.66 + 1.98, peak twice that.
    ("before-peak", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T00:59:59", {}, "2.64"),
    ("peak-begins", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T01:00:00", {}, "5.28"),
    ("peak-last", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T03:59:59", {}, "5.28"),
    ("peak-ends", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T04:00:00", {}, "2.64"),
    ("between", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T05:59:59", {}, "2.64"),
    ("second-peak", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T06:00:00", {}, "5.28"),
    ("second-last", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T09:59:59.999999", {}, "5.28"),
    ("second-ends", "deepseek:deepseek-v4-pro", ONE, "2026-11-23T10:00:00", {}, "2.64"),
    ("friday", "deepseek:deepseek-flash", ONE, "2026-11-27T09:59:59", {}, "1.5"),
    ("saturday", "deepseek:deepseek-flash", ONE, "2026-11-28T02:30:00", {}, "0.75"),
    ("sunday", "deepseek:deepseek-flash", ONE, "2026-11-29T07:00:00", {}, "0.75"),
    ("day-before-holidays", "deepseek:deepseek-v4-pro", ONE, "2026-09-30T02:00:00", {}, "5.28"),
    ("national-day", "deepseek:deepseek-v4-pro", ONE, "2026-10-01T02:00:00", {}, "2.64"),
    ("last-holiday", "deepseek:deepseek-v4-pro", ONE, "2026-10-07T02:00:00", {}, "2.64"),
    ("after-holidays", "deepseek:deepseek-v4-pro", ONE, "2026-10-08T02:00:00", {}, "5.28"),
    ("before-mid-autumn", "deepseek:deepseek-flash", ONE, "2026-09-24T02:00:00", {}, "1.5"),
    ("after-mid-autumn", "deepseek:deepseek-flash", ONE, "2026-09-28T02:00:00", {}, "1.5"),
    ("mid-autumn", "deepseek:deepseek-flash", ONE, "2026-09-25T02:00:00", {}, "0.75"),
    ("made-up-sunday", "deepseek:deepseek-flash", ONE, "2026-09-20T02:00:00", {}, "0.75"),
    ("made-up-saturday", "deepseek:deepseek-flash", ONE, "2026-10-10T02:00:00", {}, "0.75"),
    # Hours, tiers and long prompts at once do not meet: DeepSeek has neither of the others.
    ("peak-mix", "deepseek:deepseek-flash", MIX, "2026-11-23T02:00:00", {}, "0.003636"),
    # Around each change, the last second before it and the first after.
    ("pro-launch", "deepseek:deepseek-v4-pro", ONE, "2026-04-24T00:00:00", {}, "5.22"),
    ("pro-hits-after-one", "deepseek:deepseek-v4-pro", ONE, "2026-04-26T12:15:00", {}, "1.305"),
    ("flash-flat-last", "deepseek:deepseek-v4-flash", ONE, "2026-08-16T15:59:59", {}, "0.42"),
    ("flash-hours-first", "deepseek:deepseek-v4-flash", ONE, "2026-08-16T16:00:00", {}, "0.88"),
    ("flash-monday-daily", "deepseek:deepseek-v4-flash", ONE, "2026-08-17T02:00:00", {}, "1.76"),
    ("pro-daily-last", "deepseek:deepseek-v4-pro", ONE, "2026-08-22T15:59:59", {}, "2.64"),
    ("pro-weekdays-first", "deepseek:deepseek-v4-pro", ONE, "2026-08-22T16:00:00", {}, "2.64"),
    ("flash-daily-last", "deepseek:deepseek-v4-flash", ONE, "2026-08-22T15:59:59", {}, "0.88"),
    ("flash-weekdays-first", "deepseek:deepseek-v4-flash", ONE, "2026-08-22T16:00:00", {}, "0.88"),
    ("flash-still-daily", "deepseek:deepseek-v4-flash", ONE, "2026-08-22T09:59:59", {}, "1.76"),
    ("flash-free-sunday", "deepseek:deepseek-v4-flash", ONE, "2026-08-23T09:59:59", {}, "0.88"),
    (
        "vision-last",
        "deepseek:deepseek-v4-flash-vision-exp",
        ONE,
        "2026-09-10T03:59:59",
        {},
        "1.76",
    ),
    (
        "vision-first",
        "deepseek:deepseek-v4-flash-vision-exp",
        ONE,
        "2026-09-10T04:00:00",
        {},
        "0.75",
    ),
    ("chat-last-v3.2", "deepseek:deepseek-chat", ONE, "2026-04-23T23:59:59", {}, "0.7"),
    ("chat-first-flash", "deepseek:deepseek-chat", ONE, "2026-04-27T00:00:00", {}, "0.42"),
    ("reasoner-last", "deepseek:deepseek-reasoner", ONE, "2026-07-24T15:58:59", {}, "0.42"),
    ("reasoner-v3.2", "deepseek:deepseek-reasoner", ONE, "2026-04-23T23:59:59", {}, "0.7"),
    ("reasoner-first", "deepseek:deepseek-reasoner", ONE, "2026-04-27T00:00:00", {}, "0.42"),
    ("sol-last-promised", "openai:gpt-5.6-sol", SHORT, "2026-11-21T23:59:59", {}, "1.108"),
    ("terra-before", "openai:gpt-5.6-terra", SHORT, "2026-07-29T23:59:59", {}, "0.695"),
    ("terra-after", "openai:gpt-5.6-terra", SHORT, "2026-07-31T00:00:00", {}, "0.556"),
    (
        "together-before",
        "together:deepseek-ai/DeepSeek-V4-Pro",
        ONE,
        "2026-06-08T23:59:59",
        {},
        "6.5",
    ),
    ("july-last", "fireworks:deepseek-v4-flash-0731", ONE, "2026-08-04T23:59:59", {}, "0.42"),
    ("august-first", "fireworks:deepseek-v4-flash-0731", ONE, "2026-08-22T00:00:00", {}, "0.88"),
    ("v4p1-first-day", "fireworks:deepseek-flash", ONE, "2026-09-10T23:59:59", {}, "0.88"),
    ("v4p1-now", "fireworks:deepseek-flash", ONE, "2026-11-09T00:00:00", {}, "1.5"),
    # The first second of a tier, the last of a model.
    (
        "flex-first",
        "openai:gpt-5.1",
        SHORT,
        "2026-10-12T00:00:00",
        {"service_tier": "flex"},
        "0.175",
    ),
    (
        "priority-first",
        "openai:gpt-5.1",
        SHORT,
        "2026-10-12T00:00:00",
        {"service_tier": "priority"},
        "0.7",
    ),
    (
        "batch-first",
        "openai:gpt-5.1",
        SHORT,
        "2026-10-14T00:00:00",
        {"service_tier": "batch"},
        "0.175",
    ),
    (
        "host-priority",
        "fireworks:deepseek-flash",
        ONE,
        "2026-11-28T00:00:00",
        {"service_tier": "priority"},
        "1.875",
    ),
    (
        "priority-1.8",
        "openai:gpt-5-mini",
        SHORT,
        NOW,
        {"service_tier": "priority"},
        "0.126",
    ),
    ("priority-1.7", "openai:gpt-4o", SHORT, NOW, {"service_tier": "priority"}, "1.173"),
    ("priority-1.75", "openai:o3", SHORT, NOW, {"service_tier": "priority"}, "0.966"),
    ("nano-last", "openai:gpt-4.1-nano", SHORT, "2026-10-22T23:59:59", {}, "0.0276"),
    ("o1-pro-last", "openai:o1-pro", SHORT, "2026-10-22T23:59:59", {}, "41.4"),
    ("hits-before", "deepseek:deepseek-v4-flash", MIX, "2026-04-26T12:14:59", {}, "0.001288"),
    ("hits-after", "deepseek:deepseek-v4-flash", MIX, "2026-04-26T12:15:00", {}, "0.0011368"),
    ("pro-hits-after", "deepseek:deepseek-v4-pro", MIX, "2026-04-26T12:15:00", {}, "0.00350175"),
    ("promotion-end", "deepseek:deepseek-v4-pro", ONE, "2026-05-31T16:00:00", {}, "1.305"),
    ("flat-last", "deepseek:deepseek-v4-pro", ONE, "2026-08-16T15:59:59", {}, "1.305"),
    ("hours-first", "deepseek:deepseek-v4-pro", ONE, "2026-08-16T16:00:00", {}, "2.64"),
    ("saturday-still-peak", "deepseek:deepseek-v4-pro", ONE, "2026-08-22T02:00:00", {}, "5.28"),
    ("first-free-sunday", "deepseek:deepseek-v4-pro", ONE, "2026-08-23T02:00:00", {}, "2.64"),
    ("flash-last", "deepseek:deepseek-v4-flash", ONE, "2026-09-10T03:59:59", {}, "1.76"),
    ("v4.1-first", "deepseek:deepseek-v4-flash", ONE, "2026-09-10T04:00:00", {}, "0.75"),
    ("chat-as-flash", "deepseek:deepseek-chat", ONE, "2026-07-24T15:58:59", {}, "0.42"),
    ("chat-as-v3.2", "deepseek:deepseek-reasoner", ONE, "2026-04-10T00:00:00", {}, "0.7"),
    ("sol-before", "openai:gpt-5.6-sol", SHORT, "2026-08-20T23:59:59", {}, "1.39"),
    ("sol-after", "openai:gpt-5.6-sol", SHORT, "2026-08-22T00:00:00", {}, "1.108"),
    ("luna-before", "openai:gpt-5.6-luna", SHORT, "2026-07-29T23:59:59", {}, "0.278"),
    ("luna-after", "openai:gpt-5.6-luna", SHORT, "2026-07-31T00:00:00", {}, "0.0556"),
    ("fireworks-july", "fireworks:deepseek-v4-flash-0731", ONE, "2026-08-04T00:00:00", {}, "0.42"),
    ("fireworks-now", "fireworks:deepseek-v4-flash-0731", ONE, NOW, {}, "0.88"),
    ("nothing-used", "openai:gpt-5.5", used(0, 0), NOW, {}, "0"),
]


@pytest.mark.parametrize(
    ("name", "usage", "when", "options", "expected"),
    [pytest.param(*row[1:], id=row[0]) for row in EXACT],
)
def test_a_bill_is_exact(name, usage, when, options, expected):
    found = cost(name, usage, when, **options)
    assert (found.state, found.total) == ("exact", Decimal(expected)), found
    assert sum((line.usd for line in found.lines), Decimal(0)) == found.total
    assert (found.low, found.high, found.reason) == (None, None, "")
    assert found.price is not None
    assert found.price.source


@pytest.mark.parametrize(
    ("name", "given", "out", "state"),
    [
        ("deepseek:deepseek-v4-pro", "1.74", "3.48", "estimated"),
        ("deepseek:deepseek-v4-flash", "0.14", "0.28", "exact"),
        ("openai:gpt-5.5", "5", "30", "exact"),
        ("openai:gpt-5.5-pro", "30", "180", "exact"),
        ("openai:gpt-5.4", "2.5", "15", "exact"),
    ],
)
@pytest.mark.parametrize("hour", ["00:00:00", "12:00:00", "23:59:59"])
def test_the_articles_table_holds_on_2026_04_25(name, given, out, state, hour):
    provider, _, model = name.partition(":")
    when = f"2026-04-25T{hour}"
    row = BOOK.price(provider=provider, model=model, at=at(when))
    assert row is not None
    assert (row.input, row.output) == (Decimal(given), Decimal(out))
    found = cost(name, used(200_000, 100_000), when)
    assert found.total == Decimal(given) / 5 + Decimal(out) / 10
    assert found.state == state


def test_the_promotion_of_v4_pro_begins_with_2026_04_26_and_the_doubt_is_told():
    ends = ("2026-04-24T23:59:59", "2026-04-25T23:59:59", "2026-04-26T00:00:00")
    found = [cost("deepseek:deepseek-v4-pro", ONE, when) for when in ends]
    assert [one.total for one in found] == [Decimal("5.22"), Decimal("5.22"), Decimal("1.305")]
    assert [one.state for one in found] == ["exact", "estimated", "estimated"]
    assert "seen on this day (Hmbown/Codewhale#20)" in found[1].reason


BOUNDED = [
    # Between two instants nobody says when it changed: the first second, and the last.
    ("chat", "deepseek:deepseek-chat", ONE, "2026-04-24T00:00:00", {}, "0.42", "0.7"),
    ("chat-last", "deepseek:deepseek-chat", ONE, "2026-04-26T23:59:59", {}, "0.42", "0.7"),
    ("reasoner", "deepseek:deepseek-reasoner", ONE, "2026-04-24T00:00:00", {}, "0.42", "0.7"),
    ("reasoner-last", "deepseek:deepseek-reasoner", ONE, "2026-04-26T23:59:59", {}, "0.42", "0.7"),
    ("sol", "openai:gpt-5.6-sol", SHORT, "2026-08-21T00:00:00", {}, "1.108", "1.39"),
    ("sol-last", "openai:gpt-5.6-sol", SHORT, "2026-08-21T23:59:59", {}, "1.108", "1.39"),
    ("terra", "openai:gpt-5.6-terra", SHORT, "2026-07-30T00:00:00", {}, "0.556", "0.695"),
    ("terra-last", "openai:gpt-5.6-terra", SHORT, "2026-07-30T23:59:59", {}, "0.556", "0.695"),
    ("luna", "openai:gpt-5.6-luna", SHORT, "2026-07-30T00:00:00", {}, "0.0556", "0.278"),
    ("luna-last", "openai:gpt-5.6-luna", SHORT, "2026-07-30T23:59:59", {}, "0.0556", "0.278"),
    ("july", "fireworks:deepseek-v4-flash-0731", ONE, "2026-08-05T00:00:00", {}, "0.42", "0.88"),
    (
        "july-last",
        "fireworks:deepseek-v4-flash-0731",
        ONE,
        "2026-08-21T23:59:59",
        {},
        "0.42",
        "0.88",
    ),
    ("v4p1", "fireworks:deepseek-flash", ONE, "2026-09-11T00:00:00", {}, "0.88", "1.5"),
    ("v4p1-last", "fireworks:deepseek-flash", ONE, "2026-11-08T23:59:59", {}, "0.88", "1.5"),
    (
        "together",
        "together:deepseek-ai/DeepSeek-V4-Pro",
        ONE,
        "2026-06-09T00:00:00",
        {},
        "5.22",
        "6.5",
    ),
    (
        "together-last",
        "together:deepseek-ai/DeepSeek-V4-Pro",
        ONE,
        "2026-06-09T23:59:59",
        {},
        "5.22",
        "6.5",
    ),
    # Cached tokens that were not reported: all of them, or none.
    ("cached", "deepseek:deepseek-flash", used(1_000_000, 0, None), NOW, {}, "0.003", "0.15"),
    ("written", "openai:gpt-6.1-sol", used(1_000, 0, 0, None), NOW, {}, "0.002", "0.0025"),
    ("both", "openai:gpt-6.1-sol", used(1_000, 0, None, None), NOW, {}, "0.0001", "0.0025"),
    ("rest", "openai:gpt-6.1-sol", used(1_000, 0, 400, None), NOW, {}, "0.00124", "0.00154"),
    # Long prompts in tiers of which only short ones are published.
    ("fast", "openai:gpt-5.5", LONG, NOW, {"service_tier": "fast"}, "3.4750125", "6.912525"),
    ("pro-flex", "openai:gpt-5.5-pro", LONG, NOW, {"service_tier": "flex"}, "4.170015", "8.29503"),
    # Nobody has said yet what the holidays of 2027 are; at other hours that does not matter.
    ("next-year", "deepseek:deepseek-flash", ONE, "2027-01-04T02:00:00", {}, "0.75", "1.5"),
]


@pytest.mark.parametrize(
    ("name", "usage", "when", "options", "bounds"),
    [pytest.param(*row[1:-2], row[-2:], id=row[0]) for row in BOUNDED],
)
def test_what_is_not_known_is_bounded(name, usage, when, options, bounds):
    found = cost(name, usage, when, **options)
    assert (found.state, found.total, found.lines) == ("bounded", None, ())
    assert (found.low, found.high) == tuple(map(Decimal, bounds))
    assert found.reason


def test_at_other_hours_a_holiday_makes_no_difference():
    found = cost("deepseek:deepseek-flash", ONE, "2027-01-04T12:00:00")
    assert (found.state, found.total) == ("exact", Decimal("0.75"))


def test_where_cached_tokens_cost_the_same_it_does_not_matter_how_many_there_were():
    usage = Usage(input_tokens=1_000, output_tokens=0)
    assert cost("openai:gpt-5.5-pro", usage, NOW).total == Decimal("0.03")


UNKNOWN = [
    ("no-usage", "openai:gpt-5.5", None, NOW, {}, "no usage was reported"),
    ("no-model", "openai:gpt-99", ONE, NOW, {}, "no price of openai:gpt-99"),
    ("no-provider", "nobody:gpt-5.5", ONE, NOW, {}, "no price of nobody:gpt-5.5"),
    ("before-its-time", "openai:gpt-6-sol", ONE, "2026-09-21T23:59:59", {}, "no price of"),
    ("before-the-book", "openai:gpt-5.4", ONE, "2026-03-31T23:59:59", {}, "no price of"),
    ("retired", "deepseek:deepseek-chat", ONE, "2026-07-24T15:59:00", {}, "no price of"),
    ("new-name-then", "deepseek:deepseek-flash", ONE, "2026-05-01T00:00:00", {}, "no price of"),
    ("nano-gone", "openai:gpt-4.1-nano", ONE, "2026-10-23T00:00:00", {}, "since 2026-10-23"),
    ("o1-pro-gone", "openai:o1-pro", ONE, "2026-10-23T00:00:00", {}, "since 2026-10-23"),
    (
        "pro-not-yet",
        "deepseek:deepseek-v4-pro",
        ONE,
        "2026-04-23T23:59:59",
        {},
        "before 2026-04-24",
    ),
    ("no-tier", "openai:gpt-5.5", ONE, NOW, {"service_tier": "scale"}, "'scale'"),
    ("no-flex", "openai:gpt-6.2-sol", ONE, NOW, {"service_tier": "flex"}, "'flex'"),
    (
        "tier-too-early",
        "openai:gpt-5.1",
        ONE,
        "2026-10-11T23:59:59",
        {"service_tier": "flex"},
        "'flex'",
    ),
    (
        "batch-too-early",
        "openai:gpt-5.1",
        ONE,
        "2026-10-13T23:59:59",
        {"service_tier": "batch"},
        "'batch'",
    ),
    (
        "host-tier-too-early",
        "fireworks:deepseek-flash",
        ONE,
        "2026-11-27T23:59:59",
        {"service_tier": "priority"},
        "'priority'",
    ),
    ("too-many-cached", "openai:gpt-5.5", used(10, 0, 11), NOW, {}, "contradicts itself"),
    ("below-zero", "openai:gpt-5.5", used(10, -1), NOW, {}, "contradicts itself"),
]


@pytest.mark.parametrize(
    ("name", "usage", "when", "options", "reason"),
    [pytest.param(*row[1:], id=row[0]) for row in UNKNOWN],
)
def test_what_nobody_knows_is_unknown_and_not_zero(name, usage, when, options, reason):
    found = cost(name, usage, when, **options)
    assert (found.state, found.total, found.low, found.high) == ("unknown", None, None, None)
    assert reason in found.reason


ESTIMATED = [
    ("atlas", "atlascloud:deepseek-v4-pro", ONE, NOW, {}, "5.28"),
    ("hyperbolic", "hyperbolic:deepseek-ai/DeepSeek-V3", ONE, NOW, {}, "0.5"),
    ("sol-after-promise", "openai:gpt-5.6-sol", SHORT, "2026-11-22T00:00:00", {}, "1.108"),
    ("sol-long", "openai:gpt-5.6-sol", ONE, NOW, {}, "38"),
    ("pro-list", "deepseek:deepseek-v4-pro", ONE, "2026-04-25T00:00:00", {}, "5.22"),
    ("pro-list-last", "deepseek:deepseek-v4-pro", ONE, "2026-04-25T23:59:59", {}, "5.22"),
    ("promotion", "deepseek:deepseek-v4-pro", ONE, "2026-04-26T00:00:00", {}, "1.305"),
    ("promotion-mix", "deepseek:deepseek-v4-pro", MIX, "2026-04-26T12:14:59", {}, "0.0036975"),
    (
        "together-mail",
        "together:deepseek-ai/DeepSeek-V4-Pro",
        ONE,
        "2026-06-10T00:00:00",
        {},
        "5.22",
    ),
    # Azure: the version that a response names; its own tiers; its own day of a cut.
    ("azure", "azure:gpt-5.5-2026-04-24", SHORT, NOW, {}, "1.39"),
    ("azure-priority", "azure:gpt-5.5", SHORT, NOW, {"service_tier": "priority"}, "3.475"),
    ("azure-long", "azure:gpt-5.5", LONG, NOW, {"service_tier": "priority"}, "5.53002"),
    ("azure-sol-before", "azure:gpt-5.6-sol", SHORT, "2026-08-31T23:59:59", {}, "1.39"),
    ("azure-sol-after", "azure:gpt-5.6-sol", SHORT, "2026-09-01T00:00:00", {}, "1.108"),
    ("azure-deepseek", "azure:DeepSeek-V4-Pro", MIX, NOW, {}, "0.01479"),
    ("openrouter", "openrouter:openai/gpt-5.5", LONG, NOW, {}, "2.76501"),
    ("openrouter-catalog", "openrouter:gpt-6-sol", FULL, NOW, {}, "0.0253"),
]


@pytest.mark.parametrize(
    ("name", "usage", "when", "options", "total"),
    [pytest.param(*row[1:], id=row[0]) for row in ESTIMATED],
)
def test_a_row_that_is_not_verified_makes_an_estimate(name, usage, when, options, total):
    found = cost(name, usage, when, **options)
    assert (found.state, found.total) == ("estimated", Decimal(total))
    assert found.reason == found.price.note


CHANGES = sorted(
    {
        (row.provider, name, edge)
        for row in BOOK.prices
        for name in (row.model, *row.ids)
        for following in BOOK.history(provider=row.provider, model=name)
        if row is not following and row.until == (following.perhaps_since or following.since)
        for edge in (row.until, row.perhaps_until or row.until)
    },
    key=str,
)


@pytest.mark.parametrize(("provider", "name", "edge"), CHANGES, ids=str)
def test_each_change_has_a_bill_on_both_sides(provider, name, edge):
    told = {
        (BOOK.price(provider=who.partition(":")[0], model=who.partition(":")[2], at=at(when)), when)
        for _, who, _, when, *_ in (*EXACT, *BOUNDED, *ESTIMATED)
    }
    for moment in (edge, edge - timedelta(seconds=1)):
        row = BOOK.price(provider=provider, model=name, at=moment)
        assert (row, f"{moment:%Y-%m-%dT%H:%M:%S}") in told, (name, moment)


def test_a_bill_names_its_lines_and_its_tier():
    usage = used(300_000, 100, cached=200_000, written=50_000, reasoning=60)
    found = cost("openai:gpt-6-astra", usage, NOW, service_tier="flex")
    assert [(line.kind, line.tokens, line.per_million, line.usd) for line in found.lines] == [
        ("input", 50_000, Decimal(10), Decimal("0.5")),
        ("cached_input", 200_000, Decimal(1), Decimal("0.2")),
        ("cache_write", 50_000, Decimal("12.5"), Decimal("0.625")),
        ("output", 100, Decimal("37.5"), Decimal("0.00375")),
    ]
    assert {line.tier for line in found.lines} == {"flex, over 272,000"}
    assert [line.reasoning_tokens for line in found.lines] == [None, None, None, 60]


def test_the_start_of_a_request_decides_in_any_time_zone():
    beijing = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
    found = BOOK.cost(ONE, provider="deepseek", model="deepseek-v4-pro", at=beijing)
    assert found.total == Decimal("5.28")
    assert found.lines[0].tier == "peak"


def test_the_callers_own_decimal_context_changes_nothing():
    with localcontext() as context:
        context.prec = 2
        found = cost("deepseek:deepseek-v4-pro", MIX, "2026-04-24T12:00:00")
    assert found.total == Decimal("0.01479")


def test_weekdays_of_beijing_and_of_utc_are_the_same_in_each_peak_hour():
    monday = at("2026-11-23T00:00:00")
    for hours in range(168):
        now = monday + timedelta(hours=hours)
        if 1 <= now.hour < 4 or 6 <= now.hour < 10:
            assert now.weekday() == (now + timedelta(hours=8)).weekday()
