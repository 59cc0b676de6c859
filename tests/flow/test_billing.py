"""What an attempt cost does not depend on how its tokens were reported."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from tests.flow.reading import TARGET, World
from unillm import Cost, RetryPolicy, UnillmError
from unillm._flow.attempt import Exchanged
from unillm._flow.billing import Billing
from unillm._flow.bounds import AROUND, BEFORE, bounds_of, most_tokens
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course
from unillm._flow.operation import Operation
from unillm._flow.quote import Quote
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.errors import ConnectError, ConnectTimeoutError
from unillm.pricing import Price, PriceBook, ServiceTier
from unillm.types.image import ImagePart
from unillm.types.messages import UserMessage
from unillm.types.policy import RepairPolicy, Timeout
from unillm.types.request import ChatRequest

ROW = Price(
    provider="deepseek",
    model="deepseek-v4-pro",
    input=Decimal(3),
    cached_input=Decimal("0.3"),
    output=Decimal(7),
    tiers=(ServiceTier(name="flex", times=Decimal("0.5")),),
)
BOOK = PriceBook(prices=(ROW,))
ONCE = RetryPolicy(max_attempts=1)


def usage(given_, made, cached):
    return {
        "prompt_tokens": given_,
        "completion_tokens": made,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def event(counts=None, finish=None, text=None):
    delta = {} if text is None else {"content": text}
    choices = [] if text is finish is None else [{"index": 0, "delta": delta}]
    if finish:
        choices[0]["finish_reason"] = finish
    return b"data: " + to_json({"id": "r", "choices": choices, "usage": counts}) + b"\n\n"


def streams(given_, words, cached):
    """Give one answer as hosts stream it: its usage at the end, on the last chunk, on each."""
    whole = usage(given_, len(words), cached)
    texts = [event(text=word) for word in words]
    counted = [
        event(usage(given_, number, cached), text=word) for number, word in enumerate(words, 1)
    ]
    done = b"data: [DONE]\n\n"
    return {
        "own chunk": b"".join([*texts, event(finish="stop", text=""), event(whole), done]),
        "last chunk": b"".join([*texts, event(whole, finish="stop", text=""), done]),
        "each chunk": b"".join([*counted, event(whole, finish="stop", text=""), done]),
        "each, and own": b"".join([*counted, event(finish="stop", text=""), event(whole), done]),
        "placeholders": b"".join(
            [event(usage(0, 0, 0), text=""), *texts, event(whole, finish="stop", text=""), done]
        ),
    }


def billed(*script, stream=True) -> Cost:
    """Give what an operation costs whose transport answers so."""
    what = exchanged(settings={"max_tokens": 64}, stream=stream)
    operation = Operation(
        id="op", target=TARGET, streamed=stream, timeout=Timeout(), billing=Billing(book=BOOK)
    )
    flow = chat(Course.direct(what), operation, ONCE, return_invalid_calls=False)
    with contextlib.suppress(UnillmError):
        World(flow, *script).run()
    return operation.cost


def in_pieces(data, cuts):
    places = sorted({cut % len(data) for cut in cuts} - {0})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


tokens = st.integers(1, 10**7)
answers = st.lists(st.sampled_from(["One ", "two ", "\u4e09 ", '"']), min_size=1, max_size=60)
splits = st.lists(st.integers(1, 10**6), max_size=8)


@given(tokens, answers, st.data(), splits)
def test_a_cost_is_the_same_however_usage_came(given_, words, data, cuts):
    cached = data.draw(st.integers(0, given_))
    expected = (3 * (given_ - cached) + Decimal("0.3") * cached + 7 * len(words)).scaleb(-6)
    for way, stream in streams(given_, words, cached).items():
        cost = billed(200, *in_pieces(stream, cuts), b"")
        assert (cost.total, cost.state) == (expected, "exact"), way
    body = {
        "choices": [{"message": {"content": "".join(words)}, "finish_reason": "stop"}],
        "usage": usage(given_, len(words), cached),
    }
    cost = billed(200, *in_pieces(to_json(body), cuts), b"", stream=False)
    assert (cost.total, cost.state) == (expected, "exact")


@given(st.integers(1, 50), answers, st.integers(0, 10**6), st.sampled_from([b"", ConnectError]))
def test_wherever_a_stream_is_cut_its_cost_is_within_the_bounds(given_, words, at, how):
    whole = (3 * given_ + 7 * len(words)) * Decimal("1e-6")
    for way, stream in streams(given_, words, 0).items():
        cut = stream[: at % (len(stream) + 1)]
        end = how("gone") if how is ConnectError else how
        cost = billed(200, *([cut] if cut else []), end)
        if cost.state == "exact":
            assert cost.total == whole, way
        else:
            assert cost.low <= whole <= cost.high, way
            assert cost.reason


@pytest.mark.parametrize("error", [ConnectError, ConnectTimeoutError])
def test_who_never_connected_paid_nothing(error):
    cost = billed(error("no"))
    assert (cost.total, cost.reason) == (0, "no connection was made")


def exchanged(*, content: Any = "Hi", target=TARGET, **fields):
    request = ChatRequest(messages=(UserMessage(content),), **fields)
    planned = plan(request, target)
    return Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for([]),
        repair=RepairPolicy(),
        keep_raw=False,
    )


@pytest.mark.parametrize(
    ("fields", "made"),
    [
        ({"settings": {"max_tokens": 7}}, 7),
        ({"settings": {"max_tokens": 7}, "extra_body": {"max_tokens": 5}}, 5),
        ({"extra_body": {"max_completion_tokens": 5, "best_of": 4}}, 20),
        ({"extra_body": {"max_tokens": -1}}, None),
        ({"extra_body": {"max_tokens": True}}, None),
        ({"settings": {"max_tokens": 7}, "extra_body": {"best_of": 0}}, 7),
        ({}, None),
    ],
    ids=["asked", "in the body", "several", "no limit", "no number", "none", "nothing"],
)
def test_an_answer_is_bounded_by_what_is_asked(fields, made):
    assert bounds_of(exchanged(**fields)).output_tokens == made


def test_a_prompt_is_bounded_by_its_bytes_if_it_is_text():
    text = exchanged(content="Gr\u00fc\u00dfe")
    assert bounds_of(text).input_tokens == len(text.wire.body) + BEFORE + AROUND
    picture = (ImagePart("https://example.com/a.png"),)
    elsewhere = exchanged(extra_body={"conversation": "c"})
    openai = replace(TARGET, provider="openai")
    for what in (exchanged(content=picture, target=openai), elsewhere):
        assert bounds_of(what).input_tokens is None
        missing = most_tokens(bounds_of(what), None)[1]
        assert missing == "nothing is known of how long the prompt can be"


def test_the_most_is_told_before_anything_is_sent():
    what = exchanged(settings={"max_tokens": 100})
    most = Billing(book=BOOK).ceiling(what).most(1.8e9)
    assert most.high == (3 * (len(what.wire.body) + BEFORE + AROUND) + 700) * Decimal("1e-6")
    assert Billing(book=BOOK).ceiling(exchanged()).most(1.8e9).high is None
    unpriced = Billing(book=PriceBook()).ceiling(what).most(1.8e9)
    assert (unpriced.high, unpriced.state) == (None, "unknown")


@pytest.mark.parametrize(
    ("served", "asked", "sure", "tiers"),
    [
        (None, None, True, [None]),
        ("flex", None, True, ["flex"]),
        ("default", "flex", True, ["default"]),
        (None, "default", False, [None]),
        (None, "flex", True, ["flex"]),
        (None, "flex", False, ["flex", None]),
        (None, "auto", True, [None, "flex"]),
        ("auto", "flex", True, ["flex"]),
        ("AUTO", "Auto", False, [None, "flex"]),
    ],
    ids=str,
)
def test_which_service_tiers_may_be_billed(served, asked, sure, tiers):
    quote = Quote.of(BOOK, TARGET, datetime(2026, 11, 28, tzinfo=UTC))
    assert quote.tiers(served, asked, sure=sure) == tiers
