"""What is said of an attempt that a budget does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from unillm.errors import BudgetExceededError, BudgetUnavailableError
from unillm.types.budget import Budget, BudgetState, dollars
from unillm.types.target import Target
from unillm.types.usage import Cost

if TYPE_CHECKING:
    from unillm._flow.ceiling import Ceiling


def exceeded(
    full: Sequence[BudgetState], amount: int, target: Target, ceiling: Ceiling, at: float
) -> BudgetExceededError:
    """Return the error of an attempt for which there is no room, and what would fit.

    Args:
        full: The accounts that have none.
        amount: What it may cost at most, in billionths of a US dollar.
        target: Whom it would ask.
        ceiling: What it may cost at most.
        at: When it would begin, in seconds since 1970.
    """
    least = min(full, key=lambda state: state.left)
    fits = ceiling.fitting(at, least.left)
    by_calls = f", {_usd(least.reserved)} reserved by calls under way" if least.reserved else ""
    account = f" ({least.key})" if least.key else ""
    ways = "Raise the budget"
    if least.until is not None:
        ways += f", wait for {least.until:%Y-%m-%d %H:%M} UTC"
    ways += f", or pass max_tokens={fits}, which still fits." if fits else ", or send less."
    return BudgetExceededError(
        f"this may cost up to {_usd(dollars(amount))}, and of the budget {least.budget!r}{account} "
        f"{_usd(least.left)} of {_usd(least.usd)} is left: {_usd(least.spent)} spent{by_calls}. "
        f"{ways} Nothing was sent.",
        budget=least.budget,
        needed=dollars(amount),
        left=least.left,
        fits=fits,
        states=full,
        provider=target.provider,
        model=target.model,
    )


def unpriced(
    budgets: Sequence[Budget], target: Target, ceiling: Ceiling, cost: Cost, at: float
) -> BudgetExceededError:
    """Return the error of an attempt of which nobody knows what it may cost at most."""
    names = " and ".join(repr(budget.name) for budget in budgets)
    return BudgetExceededError(
        f"under the budget {names} nothing is sent of which it is not known what it may cost: "
        f"{cost.reason}. {ceiling.advice(at)}, or use a client without that budget.",
        budget=budgets[0].name,
        provider=target.provider,
        model=target.model,
    )


def unavailable(target: Target, why: str) -> BudgetUnavailableError:
    """Return the error of an attempt whose budget cannot be asked."""
    return BudgetUnavailableError(
        f"{why}. Nothing was sent. Call again once it can be asked, or let calls pass meanwhile "
        "with Budget(when_down='open').",
        provider=target.provider,
        model=target.model,
    )


def _usd(amount: Decimal) -> str:
    """Return dollars as people write them, to the cent or as exactly as they are."""
    digits = max(2, -int(amount.as_tuple().exponent))
    return f"${amount:,.{digits}f}"
