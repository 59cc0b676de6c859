"""Who keeps count of budgets: this process, or a Redis that several share."""

from unillm.limits.memory import MemoryStore
from unillm.limits.redis import RedisStore
from unillm.types.budget import Account, BudgetStore, Claim, StoreAwayError

__all__ = ["Account", "BudgetStore", "Claim", "MemoryStore", "RedisStore", "StoreAwayError"]
