"""Budgets: what an attempt may cost at most is reserved before it, and settled after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from unillm._flow.effects import Flow, Reserve, Settle
from unillm._flow.refused import exceeded, unavailable, unpriced
from unillm.types.budget import Account, Budget, Claim, billionths
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.record import Scope
from unillm.types.response import Attempt
from unillm.types.target import Target
from unillm.types.usage import Cost, highest

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm._flow.billing import Billing
    from unillm._flow.bounds import Bounds
    from unillm._flow.ceiling import Ceiling
    from unillm._flow.operation import Operation, Trial

NOBODY = "(none)"
"""The account of calls that do not say what a budget goes by."""
RUN = 86_400.0
"""Seconds after which the account of a run is of the past, if nothing more was asked of it."""
_SPARE = 60.0
"""Seconds that a lease is longer than the call may take."""


@dataclass(slots=True, kw_only=True)
class Spending:
    """What an operation may spend, and how far it is.

    Attributes:
        budgets: The budgets it runs under.
        scope: What it is made for.
        billing: How its attempts are billed.
        ceiling: What each may cost at most, where that is known beforehand.
        total: Seconds it may take; None: as long as it likes.
        asked: What its last attempt could cost at most, in billionths of a US dollar.
        alone: What it has spent itself, in the same unit: that counts under a budget of each run
            where it is a turn of none.
        unchecked: The names of budgets that could not be asked.
        bounded: The exchange that was asked for last, and the most tokens it can have.
    """

    budgets: tuple[Budget, ...]
    scope: Scope
    billing: Billing
    ceiling: Ceiling | None = None
    total: float | None = None
    asked: int = 0
    alone: int = 0
    unchecked: list[str] = field(default_factory=list[str])
    bounded: tuple[Exchanged, Bounds] | None = None

    def notes(self) -> Iterator[Note]:
        """Give what is to be known of the answer."""
        for name in dict.fromkeys(self.unchecked):
            message = f"the budget {name!r} could not be asked, and lets calls pass then"
            yield Note("budget_unchecked", message)

    def claims(self, target: Target, at: float, amount: int) -> Iterator[Claim]:
        """Give what is asked of each account that an attempt counts under.

        Args:
            target: Whom it asks.
            at: When it begins, in seconds since 1970.
            amount: What it may cost at most, in billionths of a US dollar.
        """
        lease = 0.0 if self.total is None else self.total + _SPARE
        for budget in self.budgets:
            run = "" if budget.per != "run" else self.scope.run
            if run is None:
                continue
            for value in dict.fromkeys(_values(budget.scope, self.scope, target)):
                yield claim_of(budget, at, value, run=run, amount=amount, lease=lease)


def claim_of(
    budget: Budget,
    at: float,
    value: str | None = None,
    *,
    run: str = "",
    amount: int = 0,
    lease: float = 0.0,
) -> Claim:
    """Return what is asked of one account of a budget at a moment."""
    window, until = _window(budget, at, run)
    parts = [window] if window else []
    parts += [] if value is None else [f"{budget.scope}={value}"]
    account = "|".join(quote(part, safe=" :/@.+-=()") for part in parts)
    return Claim(
        budget=budget,
        account=account,
        key=f"{quote(budget.name, safe=' :/@.+-=()$')}|{account}",
        amount=amount,
        limit=budget.limit,
        soft=budget.soft_at,
        until=until,
        lease=max(budget.lease, lease),
        keeps=budget.expired == "spent",
    )


def _window(budget: Budget, at: float, run: str) -> tuple[str, float | None]:
    """Return the name of a budget's window at a moment, and when it is of the past."""
    if budget.per == "client":
        return "", None
    if budget.per == "run":
        return f"run {run}", at + RUN
    begin = datetime.fromtimestamp(at, UTC).replace(minute=0, second=0, microsecond=0)
    if budget.per == "hour":
        return f"{begin:%Y-%m-%dT%H}", (begin + timedelta(hours=1)).timestamp()
    begin = begin.replace(hour=0)
    if budget.per == "day":
        return f"{begin:%Y-%m-%d}", (begin + timedelta(days=1)).timestamp()
    # The 1st of a month and 31 days are always in the next one.
    later = begin.replace(day=1) + timedelta(days=31)
    return f"{begin:%Y-%m}", later.replace(day=1).timestamp()


def _values(by: str | None, scope: Scope, target: Target) -> tuple[str | None, ...]:
    """Return of what an attempt counts, for a budget that goes by it."""
    found: tuple[str | None, ...]
    match by:
        case None:
            return (None,)
        case "model":
            found = (str(target),)
        case "provider":
            found = (target.provider,)
        case "user":
            found = (scope.user,)
        case "session":
            found = (scope.session,)
        case "task":
            found = scope.tasks or (None,)
        case tag:
            found = (scope.tags.get(tag.removeprefix("tag:")),)
    return tuple(NOBODY if value is None else value for value in found)


def reserved(ceiling: Ceiling, operation: Operation, trial: Trial) -> Flow[None]:
    """Reserve what an attempt may cost at most, under all budgets or under none.

    Raises:
        BudgetExceededError: There is no room, or it is not known what it may cost.
        BudgetUnavailableError: It cannot be told whether there is.
    """
    spending, at = operation.spending, trial.sent_unix
    if spending is None:
        return
    cost = ceiling.most(at)
    amount = most_of(cost)
    if amount is None:
        raise unpriced(spending.budgets, trial.target, ceiling, cost, at)
    claims = tuple(spending.claims(trial.target, at, amount))
    spending.asked = amount
    full = [
        claim.state(Account(spent=spending.alone, reserved=0))
        for claim in _alone(spending, at, amount)
    ]
    if claims and not full:
        answer = yield from Reserve(hold_of(operation, trial.number), claims)
        spending.unchecked += answer.unchecked
        if answer.down is not None:
            raise unavailable(trial.target, answer.down)
        full = [
            claim.state(account)
            for claim, account in zip(claims, answer.accounts, strict=True)
            if account is not None and not account.room
        ]
    if full:
        raise exceeded(full, amount, trial.target, ceiling, at)


def _alone(spending: Spending, at: float, amount: int) -> Iterator[Claim]:
    """Give the budgets of each run that a call outside of one would exceed."""
    for budget in spending.budgets:
        is_alone = budget.per == "run" and spending.scope.run is None
        if is_alone and spending.alone + amount > budget.limit:
            yield claim_of(budget, at, run="of one call", amount=amount)


def settled(operation: Operation) -> Flow[None]:
    """Put what the last attempt has cost in the place of what was reserved for it."""
    spending = operation.spending
    if spending is None:
        return
    attempt = operation.attempts[-1]
    spent = charge(attempt)
    spending.alone += spending.asked if spent is None else spent
    yield from Settle(hold_of(operation, attempt.number), spent)


def hold_of(operation: Operation, number: int) -> str:
    """Return the name under which is reserved what an attempt may cost."""
    return f"{operation.id}.{number}"


def charge(attempt: Attempt) -> int | None:
    """Return what counts as spent for an attempt: the most it can have cost, in billionths.

    None: nobody knows, and all that was reserved counts.
    """
    return most_of(attempt.cost)


def most_of(cost: Cost) -> int | None:
    """Return the most that a cost can be, rounded up to billionths of a US dollar."""
    most = highest(cost)
    return None if most is None else billionths(most)
