"""Whether a target may be sent anything, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from unillm.types.constraints import Constraints
from unillm.types.target import Target

PriceOf: TypeAlias = Callable[[Target], tuple[Decimal | None, Decimal | None]]
"""Tells the most that a million tokens of input and of output cost at a target; None: unknown."""


def broken(
    target: Target, constraints: Sequence[Constraints], price_of: PriceOf | None = None
) -> str | None:
    """Return why a target may not be sent anything; None: it may.

    Args:
        target: Whom it is about.
        constraints: All of them must hold.
        price_of: Tells its price; without it no price is known.
    """
    for one in constraints:
        if target.provider in one.deny_providers:
            return f"the provider {target.provider} is denied"
    return None
