"""Who keeps count of budgets, and of how targets fare: this process, or a Redis for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm.limits.health import MemoryHealth
from unillm.types.budget import Account, BudgetStore, Claim, StoreAwayError
from unillm.types.health import Admission, Entrant, HealthStore, Report, Stats
from unillm.types.late import names_from

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

__getattr__ = names_from(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted(__all__)
