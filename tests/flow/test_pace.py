"""How fast a target may be asked: read off the arithmetic, without a clock."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import OverloadedError, RateLimit, RateLimitError, RateLimits, ServerError
from unillm._flow.pace import MOST_PAUSE, TIMES, Pace, pause_before
from unillm.routing.bucket import LONGEST


def told(remaining: Any, *, of: Any = "requests", limit: Any = 60, reset: Any = 60.0):
    one = RateLimit(of=of, name=of, limit=limit, remaining=remaining, reset=reset)
    return RateLimits(limits=(one,))


def answered(pace, now=0.0, rates=None, tokens=None):
    pace.answer(pace.begin(), now, rates, tokens)


def refused(pace, now=0.0, **options):
    pace.fail(pace.begin(), now, RateLimitError("slower", **options))


def test_no_more_run_than_are_wanted():
    pace = Pace(2)
    pace.begin()
    assert pace.wait(0.0) == 0.0
    pace.begin()
    assert pace.wait(0.0) == math.inf
    pace.drop()
    assert pace.wait(0.0) == 0.0


def test_what_is_left_is_used_and_not_more():
    pace = Pace(10)
    answered(pace, rates=told(2))
    assert pace.wait(0.0) == 0.0
    pace.begin()
    pace.begin()
    # 58 of 60 come back in 60 s.
    assert pace.wait(0.0) == pytest.approx(60 / 58)
    assert pace.wait(60 / 58) == pytest.approx(0.0, abs=1e-9)
    assert pace.wait(61.0) == 0.0


def test_an_older_answer_does_not_undo_a_newer_one():
    pace = Pace(10)
    first, second = pace.begin(), pace.begin()
    pace.answer(second, 0.0, told(0), None)
    pace.answer(first, 0.0, told(50), None)
    assert pace.wait(0.0) > 0


def test_tokens_are_reckoned_by_what_calls_used():
    pace = Pace(10)
    answered(pace, rates=told(1_500, of="tokens", limit=6_000), tokens=1_000)
    assert pace.wait(0.0) == 0.0
    pace.begin()
    assert pace.wait(0.0) == pytest.approx(500 / (4_500 / 60))


def test_a_call_larger_than_the_limit_waits_for_all_of_it_only():
    pace = Pace(10)
    answered(pace, rates=told(0, of="tokens", limit=100, reset=10.0), tokens=1_000)
    assert pace.wait(0.0) == pytest.approx(10.0)
    assert pace.wait(10.0) == 0.0


@pytest.mark.parametrize("rates", [told(0, reset=None), told(None), told(0, reset=0.0)])
def test_what_does_not_say_how_long_holds_nobody(rates):
    pace = Pace(10)
    answered(pace, rates=rates)
    assert pace.wait(0.0) == 0.0


def test_without_a_limit_it_waits_until_the_reset():
    pace = Pace(10)
    answered(pace, rates=told(0, limit=None, reset=7.0))
    assert pace.wait(1.0) == 6.0
    assert pace.wait(7.0) == 0.0


def test_a_reset_too_far_away_is_tried_by_one_call_at_a_time():
    pace = Pace(10)
    answered(pace, rates=told(0, reset=1e12))
    assert pace.wait(0.0) == 0.0
    pace.begin()
    assert pace.wait(0.0) == math.inf
    pace.drop()
    assert pace.wait(0.0) == 0.0


def test_a_limit_of_nothing_that_came_with_an_answer_is_none():
    pace = Pace(10)
    answered(pace, rates=told(0, limit=0))
    assert pace.wait(0.0) == 0.0


def test_a_pause_that_is_asked_for_holds_all():
    pace = Pace(10)
    refused(pace, now=5.0, retry_after=3.0)
    assert pace.wait(5.0) == 3.0
    assert pace.wait(8.0) == 0.0


def test_a_pause_too_long_holds_nobody():
    pace = Pace(10)
    refused(pace, retry_after=LONGEST + 1)
    assert pace.wait(0.0) == 0.0


def test_trouble_halves_the_calls_at_once_for_all_that_met_it():
    pace = Pace(16)
    numbers = [pace.begin() for _ in range(16)]
    for number in numbers:
        pace.fail(number, 0.0, OverloadedError("full"))
    assert pace.allowed == 7
    refused(pace)
    assert pace.allowed == 7
    refused(pace)
    # One was running then: it cannot be that more than one is too many.
    assert pace.allowed == 1


def test_trouble_once_in_a_round_may_be_chance():
    pace = Pace(4)
    for _ in range(5):
        refused(pace)
        for _ in range(4):
            answered(pace)
        assert pace.allowed == 4


def test_good_answers_raise_it_by_one_a_round():
    pace = Pace(4)
    refused(pace)
    refused(pace)
    assert pace.allowed == 1
    answered(pace)
    assert pace.allowed == 2
    for _ in range(20):
        answered(pace)
    assert pace.allowed == 4


@pytest.mark.parametrize(
    "error", [ServerError("broken"), RateLimitError("never", retryable=False)], ids=["500", "no"]
)
def test_other_errors_change_nothing(error):
    pace = Pace(4)
    pace.fail(pace.begin(), 0.0, error)
    assert (pace.allowed, pace.running, pace.wait(0.0)) == (4, 0, 0.0)


def test_a_pause_of_nothing_is_none_that_was_asked_for():
    assert pause_before(RateLimitError("slower", retry_after=0.0), 3, 0.5, 0.5) == 2.0


def test_pauses_of_a_row():
    error = RateLimitError("slower")
    assert pause_before(error, 0, 0.5, 1.0) == 0.5
    assert pause_before(error, 3, 0.5, 0.5) == 2.0
    assert pause_before(error, TIMES - 1, 9.0, 1.0) == MOST_PAUSE
    assert pause_before(error, TIMES, 0.5, 1.0) is None
    assert pause_before(RateLimitError("x", retry_after=9.0), 0, 0.5, 0.0) == 9.0
    assert pause_before(RateLimitError("x", retry_after=LONGEST + 1), 0, 0.5, 0.0) is None
    assert pause_before(RateLimitError("x", retryable=False), 0, 0.5, 0.0) is None
    assert pause_before(ServerError("x"), 0, 0.5, 0.0) is None


SECONDS = st.floats(0, 1e6)
COUNTS = st.integers(0, 10**9)
MAYBE = st.one_of(st.none(), COUNTS)
LIMITS = st.builds(
    RateLimit,
    of=st.sampled_from(["requests", "tokens"]),
    name=st.sampled_from("ab"),
    limit=MAYBE,
    remaining=MAYBE,
    reset=st.one_of(st.none(), SECONDS),
)
RATES = st.one_of(st.none(), st.builds(RateLimits, limits=st.tuples(LIMITS, LIMITS)))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "answer", "limit", "overload", "other", "drop"]),
        SECONDS,
        RATES,
        MAYBE,
        st.one_of(st.none(), SECONDS),
    ),
    max_size=40,
)


@given(st.integers(1, 20), STEPS)
def test_whatever_happens_it_goes_on_again(most, steps):
    pace, running, now = Pace(most), [], 0.0
    for kind, passed, rates, tokens, retry_after in steps:
        now += passed
        if kind == "begin":
            if pace.wait(now) == 0.0:
                running.append(pace.begin())
            continue
        if not running:
            continue
        number = running.pop()
        if kind == "answer":
            pace.answer(number, now, rates, tokens)
        elif kind == "drop":
            pace.drop()
        else:
            made = {"limit": RateLimitError, "overload": OverloadedError, "other": ServerError}
            error = made[kind]("no", retry_after=retry_after)
            error.rate_limits = rates
            pace.fail(number, now, error)
        assert pace.running == len(running) <= most
        assert 1 <= pace.allowed <= most
        assert pace.wait(now) >= 0
    for _ in running:
        pace.drop()
    # No hold lasts longer than the longest pause or reset told.
    assert pace.wait(now) <= max(LONGEST, 1e6)
    assert pace.wait(now + 1e6 + LONGEST) == 0.0
