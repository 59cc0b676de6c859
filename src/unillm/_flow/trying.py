"""What an attempt begins with: its memory, and what it may cost, reserved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm._flow.budget import reserved
from unillm._flow.operation import Operation, Trial
from unillm._flow.prompt import bounded

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm._flow.bounds import Bounds
    from unillm._flow.budget import Spending
    from unillm._flow.course import Leg
    from unillm._flow.effects import Flow, Instant
    from unillm.types.response import Role


def trial_of(
    leg: Leg,
    operation: Operation,
    now: Instant,
    *,
    number: int,
    role: Role,
    waited: float = 0.0,
) -> Trial:
    """Return the memory of an attempt that is about to begin."""
    return Trial(
        number=number,
        target=leg.target,
        sent_at=now.monotonic,
        sent_unix=now.unix,
        waited=waited,
        role=role,
        what=leg.asked,
        billing=operation.billing,
        gaps=operation.start_gaps(),
    )


def secured(trial: Trial, operation: Operation) -> Flow[None]:
    """Reserve what an attempt may cost, where there is a budget.

    Raises:
        BudgetExceededError: There is no room, or it is not known what it may cost.
        BudgetUnavailableError: It cannot be told whether there is.
    """
    spending, what = operation.spending, trial.what
    if spending is None or what is None:
        return
    trial.within = yield from _bounded(what, spending)
    ceiling = spending.billing.ceiling(what, operation.timeout.total, trial.within)
    yield from reserved(ceiling, operation, trial)


def _bounded(what: Exchanged, spending: Spending) -> Flow[Bounds]:
    """Return the most tokens that an attempt can have; a further one of the same has as many."""
    known = spending.bounded
    if known is None or known[0] is not what:
        known = spending.bounded = what, (yield from bounded(what))
    return known[1]
