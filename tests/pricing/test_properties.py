"""What holds of every bill, whatever was used, when, and in which tier."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from unillm.pricing import Calendar, ContextTier, Price, PriceBook, PriceHours, ServiceTier
from unillm.pricing.bill import searched
from unillm.pricing.tariff import tariff, unchanged
from unillm.types.usage import Usage

BOOK = PriceBook.default()
NAMES = sorted({(row.provider, name) for row in BOOK.prices for name in (row.model, *row.ids)})
COUNTS = st.integers(0, 2_000_000)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda after: MARCH + after)
calls = st.fixed_dictionaries(
    {
        "named": st.sampled_from(NAMES),
        "at": instants,
        "service_tier": st.sampled_from([None, "auto", "flex", "batch", "priority", "fast"]),
    }
)
parts = st.tuples(COUNTS, COUNTS, COUNTS, COUNTS)
"""Tokens that were neither, that were cached, that were written, and of output."""


def usage_of(plain: int, cached: int, written: int, output: int) -> Usage:
    return Usage(
        input_tokens=plain + cached + written,
        output_tokens=output,
        cached_input_tokens=cached,
        cache_write_tokens=written,
    )


def cost(call, usage) -> Any:
    provider, model = call["named"]
    rest = {key: value for key, value in call.items() if key != "named"}
    return BOOK.cost(usage, provider=provider, model=model, **rest)


def bounds(found) -> Any:
    return (found.total, found.total) if found.total is not None else (found.low, found.high)


@given(calls, parts)
def test_a_cost_is_the_sum_of_its_lines_or_has_two_bounds(call, tokens):
    usage = usage_of(*tokens)
    found = cost(call, usage)
    assert found.state in {"exact", "estimated", "bounded", "unknown"}
    if found.total is not None:
        assert sum((line.usd for line in found.lines), Decimal(0)) == found.total
        assert sum(line.tokens for line in found.lines) == usage.total_tokens
        assert all(line.tokens * line.per_million == line.usd * 10**6 for line in found.lines)
        assert (found.low, found.high) == (None, None)
    elif found.state == "bounded":
        assert Decimal(0) <= found.low < found.high
    else:
        assert (found.low, found.high) == (None, None)
    assert found.state == "exact" or found.reason


@given(calls, parts, st.integers(0, 3), st.integers(1, 1_000_000))
@settings(max_examples=300)
def test_more_tokens_of_any_kind_never_cost_less(call, tokens, kind, more):
    grown = [count + (more if kind == place else 0) for place, count in enumerate(tokens)]
    low, high = bounds(cost(call, usage_of(*tokens)))
    low_after, high_after = bounds(cost(call, usage_of(*grown)))
    if low is not None:
        assert low <= low_after
        assert high <= high_after


@given(calls, parts, st.booleans(), st.booleans())
def test_what_is_not_reported_is_between_the_bounds_of_what_may_have_been(call, tokens, no_c, no_w):
    usage = usage_of(*tokens)
    blurred = Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=None if no_c else usage.cached_input_tokens,
        cache_write_tokens=None if no_w else usage.cache_write_tokens,
    )
    low, high = bounds(cost(call, usage))
    low_blurred, high_blurred = bounds(cost(call, blurred))
    assert (low is None) == (low_blurred is None)
    if low is not None:
        assert low_blurred <= low <= high <= high_blurred


@given(calls, parts, COUNTS)
def test_thinking_is_not_paid_twice(call, tokens, reasoning):
    usage = usage_of(*tokens)
    told = Usage.from_dict({**usage.to_dict(), "reasoning_tokens": reasoning})
    assert bounds(cost(call, told)) == bounds(cost(call, usage))


@given(calls, parts)
def test_a_cost_survives_json(call, tokens):
    found = cost(call, usage_of(*tokens))
    assert type(found).from_json(found.to_json()) == found


FIGURES = st.decimals(0, 100, places=4)
MARKS = tuple(datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(7))
CALENDAR = Calendar(
    name="cn",
    days=frozenset({MARKS[2].date()}),
    since=MARKS[0].date(),
    until=MARKS[5].date(),
    source="a test",
    checked="2026-11-28",
)
hours = st.builds(
    PriceHours,
    name=st.just("peak"),
    start=st.sampled_from([time(0), time(1), time(7, 30)]),
    end=st.sampled_from([time(9), time(20), time(23, 59, 59)]),
    times=FIGURES,
    days=st.sampled_from([(1, 2, 3, 4, 5), (6, 7), (1, 2, 3, 4, 5, 6, 7)]),
    holidays=st.sampled_from([None, "cn", "mars"]),
)
some = st.none() | FIGURES
tiers = st.builds(
    ServiceTier,
    name=st.sampled_from(["flex", "priority", "batch"]),
    times=FIGURES,
    input=some,
    cached_input=some,
    cache_write=some,
    output=some,
    since=st.none() | st.sampled_from(MARKS),
    long_context=st.booleans(),
)
contexts = st.builds(
    ContextTier,
    above=st.integers(0, 300),
    input=FIGURES,
    cached_input=FIGURES,
    cache_write=FIGURES,
    output=FIGURES,
)


@st.composite
def books(draw):
    """Draw a book of rows of one model, which follow each other, with or without a gap."""
    edges = sorted(draw(st.sets(st.sampled_from(MARKS), max_size=4)))
    rows = []
    for begin, end in zip([None, *edges], [*edges, None], strict=True):
        vague = end is not None and draw(st.booleans())
        rows.append(
            Price(
                provider="p",
                model="m",
                input=draw(FIGURES),
                output=draw(FIGURES),
                cached_input=draw(some),
                cache_write=draw(some),
                gpu_hour=draw(st.none() | FIGURES),
                currency=draw(st.sampled_from(["USD", "USD", "EUR", "CNY"])),
                since=begin,
                until=end,
                perhaps_until=end + timedelta(hours=5) if end and vague else None,
                context=tuple(sorted(draw(st.lists(contexts, max_size=2)), key=lambda c: c.above)),
                tiers=tuple(draw(st.lists(tiers, max_size=2))),
                hours=tuple(draw(st.lists(hours, max_size=2))),
                verified=draw(st.booleans()),
            )
        )
    rates = {"EUR": Decimal("1.1")}
    book = PriceBook(prices=tuple(rows), calendars=(CALENDAR,), usd_per=rates)
    return book.with_(*draw(st.lists(st.just(rows[0]), max_size=1)))


few = st.integers(0, 400)
usages = st.builds(
    Usage,
    input_tokens=few,
    output_tokens=few,
    cached_input_tokens=st.none() | few,
    cache_write_tokens=st.none() | few,
    reasoning_tokens=st.none() | few,
)
moments = st.lists(
    st.timedeltas(timedelta(0), timedelta(days=4)).map(lambda after: MARKS[0] + after)
    | st.sampled_from(MARKS).flatmap(
        lambda edge: st.sampled_from([edge, edge - timedelta(microseconds=1)])
    ),
    min_size=1,
    max_size=6,
)
asked = st.sampled_from([None, "flex", "priority", "batch", "fast", "scale"])


@given(books(), st.lists(usages, min_size=1, max_size=2), moments, asked)
def test_what_a_book_remembers_changes_no_digit_of_a_cost(book, used, instants, tier):
    """Ask one book again and again, and each time work it out anew beside it."""
    known: Any = {"provider": "p", "model": "m"}
    calendars = {calendar.name: calendar for calendar in book.calendars}
    for at in (*instants, *instants):
        for usage in used:
            rows = book.find(at=at, **known)
            anew = tariff(
                rows,
                at=at,
                during=(at, at),
                service_tier=tier,
                calendars=calendars,
                usd_per=book.usd_per,
            )
            minute = timedelta(minutes=1)
            plain = searched(anew, usage, minute)
            found = book.cost(usage, at=at, service_tier=tier, duration=minute, **known)
            assert repr(found) == repr(plain)
            assert str(found.total) == str(plain.total)
            assert (found, found.price) == (plain, plain.price)
            assert [str(line.usd) for line in found.lines] == [str(li.usd) for li in plain.lines]
            named = (None, "x", "m")
            asked = {"provider": "p", "at": at, "service_tier": tier, "lasted": 60.0}
            among = book.cost_among(usage, named, **asked)
            assert (among, str(among.total)) == (found, str(found.total))


@given(books(), moments, usages)
def test_nothing_changes_as_long_as_a_book_says(book, instants, usage):
    known: Any = {"provider": "p", "model": "m"}
    rows = book.history(**known)
    for at in instants:
        begin, end = unchanged(rows, at)
        assert begin <= at < end
        costs = [
            book.with_(fallback=False).cost(usage, at=when, service_tier="flex", **known)
            for when in (begin, at, end - timedelta(microseconds=1))
            if MARKS[0] <= when <= MARKS[-1] + timedelta(days=30)
        ]
        assert all(replace(one, reason="") == replace(costs[0], reason="") for one in costs)


@given(books(), moments, asked, st.tuples(few, few), st.data())
def test_no_call_costs_more_than_the_most(book, instants, tier, most, data):
    """Hold it of any usage within the bounds, in the tier asked for or the standard one."""
    most_in, most_out = most
    known: Any = {"provider": "p", "model": "m", "at": instants[0]}
    minute = timedelta(minutes=1)
    bound = book.most(
        input_tokens=most_in, output_tokens=most_out, service_tier=tier, duration=minute, **known
    )
    assert bound.total is None
    assert bound.reason
    given_in = data.draw(st.integers(0, most_in))
    cached = data.draw(st.integers(0, given_in))
    usage = Usage(
        input_tokens=given_in,
        output_tokens=data.draw(st.integers(0, most_out)),
        cached_input_tokens=data.draw(st.sampled_from([None, cached])),
        cache_write_tokens=data.draw(st.none() | st.integers(0, given_in - cached)),
    )
    served = tier if tier == "batch" else data.draw(st.sampled_from([tier, None]))
    shorter = data.draw(st.timedeltas(timedelta(0), minute))
    cost = book.cost(usage, service_tier=served, duration=shorter, **known)
    if bound.high is None:
        assert (bound.state, bound.low) == ("unknown", None)
    else:
        assert cost.state != "unknown"
        assert (cost.total if cost.high is None else cost.high) <= bound.high


@given(calls, parts, st.data())
def test_of_the_rows_of_the_package_a_cost_without_parts_is_a_bound_too(call, tokens, data):
    most = usage_of(*tokens)
    whole = Usage(input_tokens=most.input_tokens, output_tokens=most.output_tokens)
    _, high = bounds(cost(call, whole))
    given_in = data.draw(st.integers(0, most.input_tokens))
    cached = data.draw(st.integers(0, given_in))
    written = data.draw(st.integers(0, given_in - cached))
    output = data.draw(st.integers(0, most.output_tokens))
    _, actual = bounds(cost(call, usage_of(given_in - cached - written, cached, written, output)))
    assert (high is None) == (actual is None)
    assert high is None or actual <= high


@given(calls, parts, st.timedeltas(timedelta(0), timedelta(seconds=1)))
def test_a_reason_does_not_tell_calls_apart_that_are_equal(call, tokens, later):
    usage = usage_of(*tokens)
    one, other = cost(call, usage), cost({**call, "at": call["at"] + later}, usage)
    if one.state == other.state and (one.total, one.low) == (other.total, other.low):
        assert one.reason == other.reason or one.price != other.price
