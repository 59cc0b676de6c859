"""What holds of every bill, whatever was used, when, and in which tier."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from unillm.pricing import PriceBook
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
