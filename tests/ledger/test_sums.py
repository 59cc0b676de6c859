"""Sums are exact to the last digit, and the daily ones are always those of the rows."""

import tempfile
from contextlib import closing, contextmanager
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.made import NOON, attempt, exact, record
from unillm.ledger import money, queries, store
from unillm.ledger.held import held
from unillm.ledger.periods import Period
from unillm.ledger.rows import Bookkeeper
from unillm.ledger.sqlite import opened
from unillm.types.decision import Decision
from unillm.types.response import Role
from unillm.types.usage import Cost, Usage


def _guess(usds, ends):
    low, usd, high = sorted(usds)
    low, high = (None if ends == "high" else low), (None if ends == "low" else high)
    return Cost(total=usd, low=low, high=high, state="estimated", reason="x")


DOLLARS = st.decimals(min_value=0, max_value=100, places=15)
COUNTS = st.integers(0, 10**6)
COSTS = st.one_of(
    DOLLARS.map(lambda usd: Cost(total=usd, state="exact")),
    DOLLARS.map(lambda usd: Cost(total=usd, state="estimated", reason="x")),
    st.tuples(DOLLARS, DOLLARS).map(
        lambda two: Cost(low=min(two), high=max(two), state="bounded", reason="x")
    ),
    # An estimate may have bounds, or one of them alone.
    st.tuples(DOLLARS, DOLLARS, DOLLARS, st.sampled_from(["both", "low", "high"])).map(
        lambda four: _guess(four[:3], four[3])
    ),
    st.just(Cost()),
    DOLLARS.map(lambda usd: Cost(low=usd, state="unknown")),
)
USAGES = st.none() | st.builds(
    Usage,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    cached_input_tokens=st.none() | COUNTS,
    cache_write_tokens=st.none() | COUNTS,
    reasoning_tokens=st.none() | COUNTS,
)
NAMES = st.sampled_from(["a", "b", "", "é\U0001f600", "x:y", "a > b"])
ATTEMPTS = st.builds(
    attempt,
    COSTS,
    provider=NAMES,
    model=NAMES,
    usage=USAGES,
    reported_cost=st.none() | DOLLARS,
    outcome=st.sampled_from(["ok", "error"]),
    role=st.sampled_from(get_args(Role)),
)
DECISIONS = st.builds(Decision, route=st.none() | NAMES, strategy=NAMES, order=st.just(()))
RECORDS = st.builds(
    lambda attempts, **more: record(attempts=tuple(attempts), **more),
    st.lists(ATTEMPTS, max_size=3),
    provider=NAMES,
    model=NAMES,
    at=st.floats(NOON, NOON + 3 * 86_400),
    outcome=st.sampled_from(["ok", "error", "cancelled"]),
    user=st.none() | NAMES,
    session=st.none() | NAMES,
    tasks=st.lists(NAMES, max_size=3).map(tuple),
    tags=st.dictionaries(NAMES, NAMES, max_size=3),
    decision=st.none() | DECISIONS,
)
GROUPINGS = [
    *("model", "provider", "day", "task", "subtask", "user", "route", "strategy", "role", "all"),
]


@contextmanager
def new():
    """Give a connection to a ledger that is gone afterwards: one for each example."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(opened(Path(folder) / "l.db", durable=False)) as connection,
    ):
        yield connection


@given(st.lists(RECORDS, max_size=12), st.integers(1, 5), st.booleans())
def test_daily_sums_are_those_of_the_rows(records, size, twice):
    books = Bookkeeper()
    booked = [books.booked(held(one, content=False)) for one in records]
    with new() as connection:
        for _ in range(1 + twice):
            for at in range(0, len(booked), size):
                with connection.transaction():
                    store.write(connection, booked[at : at + size])
        for name in [*GROUPINGS, *(f"tag:{key}" for key in ("a", "é\U0001f600", "none"))]:
            by = queries.by_of(name)
            summed, counted = {}, {}
            queries._read_days(connection, by, (0, 10**6), summed, by_day=True)
            queries._read_rows(connection, by, Period(), counted, by_day=True)
            assert summed == counted, name
        whole = queries.summed(connection, queries.by_of("all"), Period())
    assert queries.total(whole).calls == len(records)


@given(
    st.lists(RECORDS, max_size=8),
    st.floats(NOON, NOON + 3 * 86_400),
    st.floats(NOON, NOON + 3 * 86_400),
)
def test_a_period_is_the_sum_of_its_parts(records, first, second):
    since, until = sorted((first, second))
    books = Bookkeeper()
    with new() as connection:
        with connection.transaction():
            store.write(connection, [books.booked(held(r, content=False)) for r in records])
        by = queries.by_of("all")
        parts = [Period(0, since), Period(since, until), Period(until, 10**11)]
        found = [queries.total(queries.summed(connection, by, part)) for part in parts]
        whole = queries.total(queries.summed(connection, by, Period()))
    assert found[1].calls == sum(since <= one.started_at < until for one in records)
    for part in found[1:]:
        found[0].add(part)
    assert found[0] == whole


@given(st.lists(st.decimals(min_value=0, max_value=10**5, places=12), max_size=50))
def test_amounts_are_rounded_once_each_and_summed_exactly(amounts):
    tried = [attempt(exact(usd), number=n) for n, usd in enumerate(amounts, start=1)]
    booked = Bookkeeper().booked(held(record(attempts=tuple(tried)), content=False))
    rounded = [usd.quantize(Decimal("1e-9"), ROUND_HALF_EVEN) for usd in amounts]
    (measures,) = booked.days.values() if amounts else [booked.days.popitem()[1]]
    at = queries.NAMES.index("cost")
    assert Decimal(measures[at]).scaleb(-9) == sum(rounded, Decimal(0))
    assert abs(sum(rounded, Decimal(0)) - sum(amounts, Decimal(0))) <= len(amounts) * Decimal(
        "0.5e-9"
    )


@given(st.decimals(min_value=-(10**6), max_value=10**6, allow_nan=False))
def test_bounds_stay_bounds_when_they_are_rounded(usd):
    exactly = Fraction(usd) * 10**9
    low, high, near = money.nano_low(usd), money.nano_high(usd), money.nano(usd)
    assert low is not None
    assert high is not None
    assert near is not None
    assert low <= exactly <= high
    assert abs(near - exactly) <= Fraction(1, 2)
    assert high - low <= 1


def test_what_does_not_fit_is_not_known():
    for odd in ("1000000.000000001", "1e400", "NaN", "Infinity", "-Infinity", "sNaN"):
        assert money.nano(Decimal(odd)) is None, odd
    assert money.nano(None) is None
    assert money.nano(Decimal(1000000)) == 10**15
    assert money.nano(Decimal("1e-4000")) == 0
    assert money.nano_high(Decimal("1e-4000")) == 1
    assert money.usd(None) is None
