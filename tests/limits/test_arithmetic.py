"""How fast, how many at once, how many again: read off the arithmetic, without a clock."""

# pyright: reportOptionalOperand=false, reportOperatorIssue=false, reportArgumentType=false

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import RateLimit, RateLimits
from unillm.routing import latency, retry_budget
from unillm.routing.bucket import Buckets
from unillm.routing.concurrency import CALM, Concurrency
from unillm.routing.latency import PeakMean, Spread
from unillm.routing.retry_budget import RetryBudget

seconds = st.floats(0.001, 600, allow_nan=False)


def test_a_mean_rises_at_once_and_falls_slowly():
    mean = PeakMean()
    assert mean.value(0.0) is None
    mean.add(1.0, 0.0)
    mean.add(9.0, 1.0)
    assert mean.value(1.0) == 9.0
    assert mean.value(1.0 + latency.DECAY) == pytest.approx(2.0 + 7.0 / math.e)
    assert mean.value(200.0) == pytest.approx(2.0)


def test_a_mean_comes_down_to_what_is_usual_now_and_is_forgotten():
    mean = PeakMean()
    for number in range(100):
        mean.add(5.0 if number < 10 else 1.0, float(number))
    assert mean.value(99.0) == pytest.approx(1.0, abs=0.01)
    assert mean.value(99.0 + latency.REMEMBERED + 1) is None
    mean.add(3.0, 10_000.0)
    assert mean.value(10_000.0) == 3.0


@given(st.lists(st.tuples(seconds, st.floats(0, 30, allow_nan=False)), min_size=1, max_size=60))
def test_a_mean_stays_within_its_samples(steps):
    mean, now, seen = PeakMean(), 0.0, []
    for sample, pause in steps:
        now += pause
        mean.add(sample, now)
        seen.append(sample)
        assert mean.value(now) >= sample * (1 - 1e-9)
        assert min(seen) * (1 - 1e-9) <= mean.value(now + 5) <= max(seen) * (1 + 1e-9)
        assert mean.value(now + 9) <= mean.value(now + 5)


@given(st.lists(seconds, min_size=1, max_size=300), st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_quantile_is_that_of_the_samples_within_three_hundredths(samples, share):
    spread = Spread()
    for sample in samples:
        spread.add(sample, 0.0)
    exact = sorted(samples)[math.ceil(share * len(samples)) - 1]
    assert spread.quantile(share, 0.0) == pytest.approx(exact, rel=0.03)


def test_a_spread_forgets_and_is_bounded():
    spread = Spread()
    assert spread.quantile(0.5, 0.0) is None
    spread.add(100.0, 0.0)
    spread.add(1.0, latency.PERIOD)
    assert spread.quantile(1.0, latency.PERIOD) == pytest.approx(100.0, rel=0.03)
    spread.add(1.0, 2 * latency.PERIOD)
    assert spread.quantile(1.0, 2 * latency.PERIOD) == pytest.approx(1.0, rel=0.03)
    assert spread.quantile(0.5, 9 * latency.PERIOD) is None
    for number in range(-2_000, 2_000):
        spread.add(1.02**number, 10_000.0)
    assert len(spread._new) < 400


def test_a_limit_grows_by_one_for_a_limitful_and_falls_by_a_fifth_once_in_a_while():
    limit = Concurrency(500)
    limit.shrink(0.0)
    limit.shrink(1.0)
    assert limit.allowed == 400
    limit.shrink(CALM)
    assert limit.allowed == 320
    for _ in range(330):
        limit.grow(320, 2 * CALM)
    assert limit.allowed == 321
    limit.grow(1, 2 * CALM)
    assert limit.allowed == 321


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.booleans(), st.floats(0, 20, allow_nan=False)), max_size=200),
)
def test_a_limit_stays_between_one_and_what_is_known(most, steps):
    limit, now = Concurrency(most), 0.0
    for good, pause in steps:
        now += pause
        before = limit.allowed
        if good:
            limit.grow(before, now)
            assert before <= limit.allowed <= before + 1
        else:
            limit.shrink(now)
            assert limit.allowed <= before
        assert 1 <= limit.allowed <= most


def rates(remaining, *, of="requests", limit=100, reset=10.0):
    one = RateLimit(of=of, name=of, limit=limit, remaining=remaining, reset=reset)
    return RateLimits(limits=(one,))


def test_headroom_falls_with_calls_and_comes_back():
    buckets = Buckets()
    assert buckets.headroom(0.0) is None
    buckets.learn(buckets.begin(), 0.0, rates(20))
    assert buckets.headroom(0.0) == pytest.approx(0.2)
    for _ in range(20):
        buckets.begin()
    assert buckets.headroom(0.0) == 0.0
    assert buckets.wait(0.0) == pytest.approx(1 / 8)
    assert buckets.headroom(5.0) == pytest.approx(0.4)
    assert buckets.headroom(10.0) == 1.0


def test_a_large_call_waits_for_tokens_that_a_usual_one_does_not():
    buckets = Buckets()
    buckets.use(10)
    buckets.learn(buckets.begin(), 0.0, rates(50, of="tokens"))
    assert buckets.wait(0.0) == 0.0
    assert buckets.wait(0.0, tokens=90) == pytest.approx(8.0)
    assert buckets.wait(0.0, tokens=10**9) == pytest.approx(10.0)


@given(
    st.lists(
        st.tuples(
            st.integers(-1, 100),
            st.sampled_from([None, 0, 1, 100]),
            st.sampled_from([None, 0.0, 1.0, 60.0]),
            st.floats(0, 30, allow_nan=False),
        ),
        max_size=40,
    )
)
def test_headroom_is_a_share_and_waits_end(steps):
    buckets, now = Buckets(), 0.0
    for remaining, limit, reset, pause in steps:
        now += pause
        number = buckets.begin()
        buckets.learn(number, now, rates(remaining, limit=limit, reset=reset))
        room = buckets.headroom(now)
        assert room is None or 0.0 <= room <= 1.0
        wait = buckets.wait(now)
        assert 0.0 <= wait <= 60.0
        assert buckets.wait(now + 61.0) == 0.0


def taken(budget, share, now):
    count = 0
    while budget.take(share, now):
        count += 1
        assert count < 10_000
    return count


def test_few_retries_are_never_felt_and_many_are_a_share():
    budget = RetryBudget()
    free = retry_budget.BURST + retry_budget.PER_SECOND * retry_budget.WINDOW
    assert taken(budget, 0.1, 0.0) == free
    budget = RetryBudget()
    for _ in range(10_000):
        budget.count(0.0)
    assert taken(budget, 0.1, 0.0) == pytest.approx(free + 1_000, abs=1)
    assert taken(budget, 0.1, 0.0) == 0
    assert taken(budget, 0.0, 100.0) == pytest.approx(free, abs=1)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 2, allow_nan=False)), max_size=400))
def test_retries_are_what_brute_force_allows(steps):
    budget, now, requests, retries = RetryBudget(), 0.0, [], []
    for again, pause in steps:
        now += pause
        if not again:
            budget.count(now)
            requests.append(now)
            continue
        weights = [
            math.fsum(math.exp((at - now) / retry_budget.WINDOW) for at in moments)
            for moments in (retries, requests)
        ]
        free = retry_budget.BURST + retry_budget.PER_SECOND * retry_budget.WINDOW
        left = free + 0.1 * weights[1] - weights[0] - 1
        if budget.take(0.1, now):
            retries.append(now)
            assert left >= -1e-6
        else:
            assert left <= 1e-6


def test_the_share_holds_over_time():
    """A target that always fails, a hundred calls a second: what is asked again stays a share."""
    budget, retries = RetryBudget(), []
    for tick in range(60 * 100):
        now = tick / 100
        budget.count(now)
        retries.append(sum(budget.take(0.1, now) for _ in range(2)))
    a_second = [sum(retries[at : at + 100]) for at in range(2_000, 6_000, 100)]
    # 10 % of 100 calls and the 11 that are always free.
    assert statistics.mean(a_second) == pytest.approx(21, abs=1)
