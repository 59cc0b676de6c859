"""Who keeps count of budgets, and of how targets fare: this process, or a Redis for several."""

from unillm.limits.health import MemoryHealth
from unillm.limits.health_redis import RedisHealth
from unillm.limits.memory import MemoryStore
from unillm.limits.redis import RedisStore
from unillm.types.budget import Account, BudgetStore, Claim, StoreAwayError
from unillm.types.health import Admission, Entrant, HealthStore, Report, Stats

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
