"""What headers say of rate limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm import RateLimit, RateLimits
from unillm._wire.rates import rates_from

NOW = 1_764_000_000.0


def one(**headers):
    told = rates_from({name.replace("_", "-"): value for name, value in headers.items()}, NOW)
    assert told is not None
    (limit,) = told.limits
    return limit


def test_openai():
    told = rates_from(
        {
            "content-type": "application/json",
            "x-ratelimit-limit-requests": "60",
            "x-ratelimit-limit-tokens": "150000",
            "x-ratelimit-remaining-requests": "59",
            "x-ratelimit-remaining-tokens": "149984",
            "x-ratelimit-reset-requests": "1s",
            "x-ratelimit-reset-tokens": "6m0s",
        },
        NOW,
    )
    requests = RateLimit(of="requests", name="requests", limit=60, remaining=59, reset=1.0)
    tokens = RateLimit(of="tokens", name="tokens", limit=150_000, remaining=149_984, reset=360.0)
    assert told == RateLimits(limits=(requests, tokens))
    assert told is not None
    assert (told.requests, told.tokens) == (requests, tokens)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3s", 3_723.0),
        ("2m59.56s", 179.56),
        ("1d2h", 93_600.0),
        ("1m30.5s120ms", 90.62),
        ("17", 17.0),
        ("0", 0.0),
        (" 5 ", 5.0),
        (str(int(NOW) + 30), 30.0),
        (str(int(NOW + 90) * 1000), 90.0),
        (str(int(NOW) - 30), 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("ms", None),
        ("1.2.3s", None),
        ("5 s", None),
        ("9" * 400, None),
        ("٣s", None),
    ],
)
def test_resets(text, seconds):
    limit = one(x_ratelimit_remaining_requests="3", x_ratelimit_reset_requests=text)
    assert limit.reset == (None if seconds is None else pytest.approx(seconds, abs=1e-6))


@pytest.mark.parametrize("text", ["-1", "", "many", "1,000", "9" * 30])
def test_numbers_that_are_none(text):
    assert rates_from({"x-ratelimit-limit-tokens": text}, NOW) is None


def test_endings_of_others_are_limits_of_their_own():
    told = rates_from(
        {
            "X-RateLimit-Limit-Tokens-Prompt": "100",
            "X-RateLimit-Remaining-Tokens-Prompt": "90",
            "x-ratelimit-remaining-tokens-generated": "10",
            "x-ratelimit-limit-tokens-generated": "100",
            "x-ratelimit-remaining-requests-day": "5",
        },
        NOW,
    )
    assert told is not None
    assert [one.name for one in told.limits] == [
        "tokens-prompt",
        "tokens-generated",
        "requests-day",
    ]
    assert told.tokens is not None
    assert told.tokens.name == "tokens-generated"


def test_names_without_an_ending():
    told = rates_from({"x-ratelimit-remaining": "4", "x-tokenlimit-remaining": "5"}, NOW)
    assert told is not None
    assert [(one.of, one.remaining) for one in told.limits] == [("requests", 4), ("tokens", 5)]


def test_a_reset_alone_tells_nothing():
    assert rates_from({"x-ratelimit-reset-requests": "1s"}, NOW) is None


def test_they_survive_json():
    told = rates_from({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "1m"}, NOW)
    assert told is not None
    assert RateLimits.from_json(told.to_json()) == told


NAMES = st.sampled_from(
    [
        f"x-{family}limit-{what}{ending}"
        for family in ("rate", "token")
        for what in ("limit", "remaining", "reset")
        for ending in ("", "-requests", "-tokens", "-tokens-minute")
    ]
)
VALUES = st.one_of(st.text(), st.from_regex(r"[0-9.smhdu-]{0,12}", fullmatch=True))


@given(st.dictionaries(NAMES, VALUES))
def test_whatever_they_say_is_sound(headers):
    told = rates_from(headers, NOW)
    for limit in () if told is None else told.limits:
        assert all(n is None or n >= 0 for n in (limit.limit, limit.remaining))
        assert limit.reset is None or (limit.reset >= 0 and math.isfinite(limit.reset))
