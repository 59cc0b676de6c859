"""What a client reckons against what the provider bills, fault by fault."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest

import unillm
from unillm.pricing import Price, PriceBook, ServiceTier
from unillm.testing import FakeTransport, faults
from unillm.types.facts import Api
from unillm.types.usage import Usage

ENDLESS = {"endless-stream", "endless-line", "huge-event", "comments-for-ever"}
"""Faults that heed no limit."""
INPUT, OUTPUT = Decimal(1), Decimal(8)


def cost_of(name: str, api: Api, *, streamed: bool) -> tuple[unillm.Cost, Decimal]:
    """Give what an attempt cost that met a fault, and what it was billed."""
    tiers = (ServiceTier(name="hyperspace"),)  # as a fault calls one
    row = Price(provider="box", model=name, input=INPUT, output=OUTPUT, tiers=tiers)
    box = unillm.Provider("box", base_url="http://box.example/v1", api=api)
    told: list[unillm.Record] = []
    fake = FakeTransport()
    client = unillm.Client(
        providers=[box],
        transport=fake,
        prices=PriceBook(prices=(row,)),
        retry=unillm.RetryPolicy(max_attempts=1),
        observers=[told.append],
        timeout=unillm.Timeout(first_token=0.5, idle=0.5),
    )
    ask: dict[str, Any] = {"model": f"box:{name}", "tools": [faults.WEATHER_TOOL]}
    ask["max_tokens"] = 10**9 if name in ENDLESS else 64
    with contextlib.suppress(unillm.UnillmError):
        if streamed:
            with client.stream("What is the weather?", **ask) as stream:
                list(stream)
        else:
            client.chat("What is the weather?", **ask)
    (attempt,) = told[0].attempts
    assert attempt.cost == told[0].cost
    return attempt.cost, billed(fake.served[0].billed)


def billed(usage: Usage | None) -> Decimal:
    if usage is None:
        return Decimal(0)
    return (usage.input_tokens * INPUT + usage.output_tokens * OUTPUT).scaleb(-6)


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize(
    ("api", "name"),
    [(api, name) for api in ("chat", "responses") for name in faults.names(api)],
    ids=str,
)
def test_a_cost_is_what_was_billed_or_has_it_between_its_bounds(name, api, streamed):
    cost, bill = cost_of(name, api, streamed=streamed)
    if cost.state == "exact":
        assert cost.total == bill
    else:
        assert cost.state in {"estimated", "bounded"}
        assert cost.low is not None
        assert cost.high is not None
        assert cost.low <= bill <= cost.high
        assert cost.reason


def test_every_state_is_met():
    """Else the test above would say little."""
    states = {
        cost_of(name, "chat", streamed=True)[0].state
        for name in ("usage-last-chunk", "usage-missing", "cut-in-text", "status-401")
    }
    assert states == {"exact", "estimated", "bounded"}
