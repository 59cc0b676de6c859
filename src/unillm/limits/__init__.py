"""Who keeps count of budgets, and of how targets fare: this process, or a Redis for several."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from unillm.limits.health import MemoryHealth
from unillm.types.budget import Account, BudgetStore, Claim, StoreAwayError
from unillm.types.health import Admission, Entrant, HealthStore, Report, Stats

if TYPE_CHECKING:
    from unillm.limits.health_redis import RedisHealth
    from unillm.limits.memory import MemoryStore
    from unillm.limits.redis import RedisStore

__all__ = [
    "Account",
    "Admission",
    "BudgetStore",
    "Claim",
    "Entrant",
    "HealthStore",
    "MemoryHealth",
    "MemoryStore",
    "RedisHealth",
    "RedisStore",
    "Report",
    "Stats",
    "StoreAwayError",
]

_HOME = {
    "MemoryStore": "unillm.limits.memory",
    "RedisHealth": "unillm.limits.health_redis",
    "RedisStore": "unillm.limits.redis",
}
"""Where the stores are that a client without a budget or a Redis never needs."""


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unillm.limits' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
