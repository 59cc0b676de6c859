"""The ledger against the bill of the provider, in weather that breaks every second call."""

# pyright: reportOptionalOperand=false, reportOptionalMemberAccess=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false
# What is None fails the test where it stands.

from collections import Counter
from decimal import Decimal

import anyio
import pytest

from tests.bills.weather import BOOK, WEATHER, all_of_them, bills, client, holds
from unillm import Ledger
from unillm.testing import FakeProvider


@pytest.mark.parametrize(
    "count",
    [400, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])],
)
def test_every_cost_is_the_bill_or_has_it_between_its_bounds(count, tmp_path):
    path = tmp_path / "ledger.db"
    with (
        FakeProvider(faults=WEATHER, seed=7) as fake,
        FakeProvider(faults=WEATHER, seed=11) as spare,
    ):

        async def main() -> None:
            async with client(fake.base_url, spare.base_url, ledger=path) as asking:
                await all_of_them(asking, count)

        anyio.run(main)
        billed = bills(zip(BOOK.prices, (fake.served, spare.served), strict=True))

    with Ledger(path) as ledger:
        entries = {entry.tags["n"]: entry for entry in ledger.operations()}
        spend = ledger.spend(by="model")
    assert entries.keys() == {str(number) for number in range(count)}

    # What we counted ourselves, where the provider did not say, is a guess and says so.
    # Its bounds hold all the same.
    counted = {n for n, entry in entries.items() if entry.cost.state == "estimated"}
    wrong = {
        n: (entry.cost, billed.get(n, Decimal(0)))
        for n, entry in entries.items()
        if n not in counted and not holds(entry.cost, billed.get(n, Decimal(0)))
    }
    assert wrong == {}

    assert all(entries[n].cost.low <= billed[n] <= entries[n].cost.high for n in counted)

    roles = {attempt.role for entry in entries.values() for attempt in entry.attempts}
    assert roles == {"first", "retry", "fallback", "hedge", "continuation"}

    states = Counter(entry.cost.state for entry in entries.values())
    assert set(states) == {"exact", "estimated", "bounded"}
    exact = {n for n, entry in entries.items() if entry.cost.state == "exact"}
    assert sum(entries[n].cost.total for n in exact) == sum(billed[n] for n in exact)

    costs = [entry.cost for entry in entries.values()]
    low = sum(cost.total if cost.state == "exact" else cost.low for cost in costs)
    high = sum(cost.total if cost.state == "exact" else cost.high for cost in costs)
    assert (spend.total.cost.low, spend.total.cost.high) == (low, high)
    assert low <= sum(billed.values()) <= high
