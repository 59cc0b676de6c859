"""Whether a gateway's bill is the provider's."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.agents.ways import MODEL
from unillm import Cost, Ledger
from unillm.ledger import EntryAttempt
from unillm.pricing import PriceBook
from unillm.testing import Served

__all__ = ["attempts_in", "differences", "settled"]

_SECONDS = 10.0
"""How long a ledger may take until it has all that was served."""
_BILLIONTH = Decimal(1).scaleb(-9)
"""To what the ledger rounds, in US dollars."""


def attempts_in(path: Path) -> list[EntryAttempt]:
    """Return the attempts that a ledger has, in the order in which they were sent."""
    if not path.exists():
        return []
    with Ledger(path) as ledger:
        attempts = [one for entry in ledger.operations() for one in entry.attempts]
    return sorted(attempts, key=lambda one: one.started_at or 0.0)


def settled(path: Path, before: int, served: int) -> list[EntryAttempt]:
    """Return the attempts since there were so many, once as many are there as were served.

    They are written behind the answers; after some seconds, what is there is returned.
    """
    give_up = time.monotonic() + _SECONDS
    while True:
        attempts = attempts_in(path)[before:]
        if len(attempts) >= served or time.monotonic() > give_up:
            return attempts
        time.sleep(0.05)


def differences(attempts: Sequence[EntryAttempt], served: Iterable[Served]) -> list[str]:
    """Return in what the ledger differs from the provider's own log; nothing: it is right.

    A cost that is told as exact has to be the bill to the billionth of a dollar; another has to
    say that it is not, and to have the bill between its bounds where it has some.
    """
    log = sorted(served, key=lambda one: one.seen.at)
    if len(attempts) != len(log):
        return [f"{len(attempts)} attempts in the ledger, {len(log)} requests at the provider"]
    pairs = zip(attempts, log, strict=True)
    return [told for attempt, one in pairs if (told := _difference(attempt, one))]


def _difference(attempt: EntryAttempt, one: Served) -> str | None:
    cost, billed = attempt.cost, one.billed
    if billed is None:
        free = cost.total == 0 or cost.low == 0
        return None if free else f"a cost of {cost} where nothing is billed"
    at = datetime.fromtimestamp(attempt.started_at or 0.0, UTC)
    bill = PriceBook.default().cost(billed, provider="deepseek", model=MODEL, at=at)
    told = f"a cost of {cost} where {bill} is billed"
    if one.usage is not None:
        return None if cost.state == "exact" and _same(cost.total, bill.total) else told
    if cost.state == "bounded" and cost.low is not None and cost.high is not None:
        within = cost.low <= _high(bill) and _low(bill) <= cost.high + _BILLIONTH
        return None if within else told
    return told if cost.state == "exact" or cost.total == 0 else None


def _same(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= _BILLIONTH


def _low(cost: Cost) -> Decimal:
    return cost.low if cost.low is not None else cost.total or Decimal(0)


def _high(cost: Cost) -> Decimal:
    return cost.high if cost.high is not None else cost.total or Decimal(0)
