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
    book = PriceBook.default()
    found: list[str] = []
    for attempt, one in zip(attempts, log, strict=True):
        at = datetime.fromtimestamp(attempt.started_at or 0.0, UTC)
        bill = Decimal(0)
        if one.billed is not None:
            cost = book.cost(one.billed, provider="deepseek", model=MODEL, at=at)
            bill = cost.total if cost.total is not None else Decimal(-1)
        if not _holds(attempt.cost, bill, exact=one.usage is not None or one.billed is None):
            found.append(f"a cost of {attempt.cost} where {bill} is billed")
    return found


def _holds(cost: Cost, bill: Decimal, *, exact: bool) -> bool:
    if cost.state == "exact" or exact:
        return cost.total is not None and abs(cost.total - bill) <= _BILLIONTH
    if cost.state == "unknown":
        return cost.total is None
    low, high = cost.low, cost.high
    return low is None or high is None or low - _BILLIONTH <= bill <= high + _BILLIONTH
