"""Usage that was not reported is told where it was counted, and never as fact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from unillm import AssistantMessage, Attempt, ChatResponse, Cost, CostLine, Usage
from unillm._wire.serve.figures import chat_usage, cost_told, messages_usage, responses_usage

PRICE = Decimal("0.000001")
COUNTED = Cost(
    total=11 * PRICE,
    state="estimated",
    lines=(
        CostLine(kind="input", usd=8 * PRICE, tokens=8),
        CostLine(kind="output", usd=3 * PRICE, tokens=3),
        CostLine(kind="gpu_time", usd=Decimal(0)),
    ),
)
TRIED = Attempt(
    number=2, provider="p", model="m", outcome="ok", cost=COUNTED, started_at=0.0, duration=1.0
)
FAILED = replace(TRIED, number=1, outcome="error", cost=Cost(low=Decimal(0), state="bounded"))


def answered(*attempts: Attempt, cost: Cost = COUNTED, usage: Usage | None = None) -> ChatResponse:
    return ChatResponse(
        message=AssistantMessage("Hi"),
        finish_reason="stop",
        usage=usage,
        provider="p",
        model="m",
        cost=cost,
        attempts=attempts,
    )


@pytest.mark.parametrize("attempts", [(), (TRIED,), (FAILED, TRIED)])
def test_what_the_cost_was_estimated_by_is_told_with_a_mark(attempts: Any) -> None:
    response = answered(*attempts)
    chat = chat_usage(response, estimates=True)
    assert chat == {
        "prompt_tokens": 8,
        "completion_tokens": 3,
        "total_tokens": 11,
        "estimated": True,
    }
    over = responses_usage(response, estimates=True)
    for told in (over, messages_usage(response)):
        assert told is not None
        assert (told["input_tokens"], told["output_tokens"]) == (8, 3)
        assert told["estimated"] is True
        assert "cost" not in told


def test_callers_in_this_process_are_told_none() -> None:
    assert chat_usage(answered(TRIED)) is None
    assert responses_usage(answered(TRIED)) is None


@pytest.mark.parametrize(
    "response",
    [
        answered(cost=Cost()),
        answered(cost=replace(COUNTED, state="bounded")),
        answered(cost=replace(COUNTED, lines=COUNTED.lines[2:])),
        answered(FAILED, replace(TRIED, role="continuation")),
        answered(replace(TRIED, cost=Cost())),
        answered(FAILED, cost=Cost()),
    ],
)
def test_what_was_not_counted_is_not_told(response: ChatResponse) -> None:
    assert chat_usage(response, estimates=True) is None
    assert responses_usage(response, estimates=True) is None
    told = messages_usage(response)
    assert (told["input_tokens"], told["output_tokens"]) == (0, 0)
    assert "estimated" not in told


def test_what_was_reported_is_told_without_a_mark() -> None:
    response = answered(TRIED, usage=Usage(input_tokens=1, output_tokens=2))
    for told in (chat_usage(response, estimates=True), messages_usage(response)):
        assert told is not None
        assert "estimated" not in told
        assert 8 not in told.values()


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0.000011880", "0.00001188"),
        ("1E-9", "0.000000001"),
        ("0E-6", "0"),
        ("0", "0"),
        ("10", "10"),
        ("1E+2", "100"),
        ("10.50", "10.5"),
    ],
)
def test_an_amount_is_told_in_digits_and_the_same_whoever_kept_it(amount: str, told: str) -> None:
    assert cost_told(Cost(total=Decimal(amount), state="exact"))["total"] == told
