"""What is added up: for each day, provider, model, task, user and tag."""

from __future__ import annotations

from dataclasses import fields
from operator import add
from typing import Self, TypeAlias

from unillm.types.dataclass import dataclass

Figures: TypeAlias = tuple[int, ...]
"""Sums in the order of `NAMES`: what is written is made of these, because they are quick to add."""


@dataclass(slots=True, kw_only=True)
class Measures:
    """Sums over operations and their attempts. Amounts are billionths of a US dollar.

    Attributes:
        calls: Operations that asked this last.
        errors: How many of them failed.
        cancelled: How many of them were cancelled by the caller.
        attempts: HTTP exchanges.
        input_tokens: Of the attempts that reported usage; so are the next four.
        cached_tokens: Of them served from the cache, as far as that was reported.
        cache_write_tokens: Of them written to the cache, as far as that was reported.
        output_tokens: Tokens generated, reasoning included.
        reasoning_tokens: Of them spent thinking, as far as that was reported.
        unreported: Attempts without usage.
        cost: What the attempts cost whose cost is known.
        cost_low: What all cost at least.
        cost_high: What those cost at most that have an upper bound.
        estimated: Attempts whose cost is an estimate.
        bounded: Attempts whose cost has two bounds.
        unknown: Attempts whose cost is not known.
        unbounded: Attempts without an upper bound of their cost.
        reported_cost: What providers say they charged, where they do.
        reported: Attempts where they do.
        cache_savings: What the cached tokens would have cost more uncached, where that is known.
        retries: Attempts at a target that had failed in the same call.
        fallbacks: Attempts at another target, after one had failed.
        hedges: Attempts beside one that was late.
    """

    calls: int = 0
    errors: int = 0
    cancelled: int = 0
    attempts: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    unreported: int = 0
    cost: int = 0
    cost_low: int = 0
    cost_high: int = 0
    estimated: int = 0
    bounded: int = 0
    unknown: int = 0
    unbounded: int = 0
    reported_cost: int = 0
    reported: int = 0
    cache_savings: int = 0
    retries: int = 0
    fallbacks: int = 0
    hedges: int = 0

    def add(self, other: Measures) -> None:
        """Add another's sums to these."""
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def minus(self, other: Measures) -> Self:
        """Return what is left of these without the other's."""
        return type(self)(**{name: getattr(self, name) - getattr(other, name) for name in NAMES})

    def values(self) -> Figures:
        """Return the sums in the order of `NAMES`."""
        return tuple(getattr(self, name) for name in NAMES)


def plus(first: Figures, second: Figures) -> Figures:
    """Return sums of sums."""
    return tuple(map(add, first, second))


NAMES = tuple(field.name for field in fields(Measures))
"""The columns of a roll-up, in order."""

COUNTED = ("calls", "errors", "cancelled")
"""Those that operations bring; attempts bring the others."""

_COUNT_OF = {
    "attempts": "COUNT(*)",
    "unreported": "SUM(CASE WHEN a.input_tokens IS NULL THEN 1 ELSE 0 END)",
    # What has a bound at one end alone has none at the other.
    "cost_low": "SUM(COALESCE(a.cost_low, CASE WHEN a.cost_high IS NULL THEN a.cost END, 0))",
    "cost_high": "SUM(COALESCE(a.cost_high, CASE WHEN a.cost_low IS NULL THEN a.cost END, 0))",
    **{
        state: f"SUM(CASE WHEN a.cost_state = '{state}' THEN 1 ELSE 0 END)"
        for state in ("estimated", "bounded", "unknown")
    },
    "unbounded": (
        "SUM(CASE WHEN a.cost_high IS NULL AND (a.cost IS NULL OR a.cost_low IS NOT NULL) "
        "THEN 1 ELSE 0 END)"
    ),
    "reported": "SUM(CASE WHEN a.reported_cost IS NULL THEN 0 ELSE 1 END)",
    **{
        name: f"SUM(CASE WHEN a.role = '{role}' THEN 1 ELSE 0 END)"
        for name, role in (("retries", "retry"), ("fallbacks", "fallback"), ("hedges", "hedge"))
    },
}

OF_ATTEMPTS = ", ".join(
    _COUNT_OF.get(name, f"COALESCE(SUM(a.{name}), 0)") for name in NAMES if name not in COUNTED
)
"""The same sums in SQL, over rows of attempts called ``a``."""

OF_OPERATIONS = (
    "COUNT(*), SUM(CASE WHEN o.outcome = 'error' THEN 1 ELSE 0 END), "
    "SUM(CASE WHEN o.outcome = 'cancelled' THEN 1 ELSE 0 END)"
)
"""The same for `COUNTED`, over rows of operations called ``o``."""
