"""Where a client keeps how targets fare, and what it tells of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unillm._io import clock
from unillm.errors import InvalidRequestError
from unillm.limits.health import MemoryHealth
from unillm.types.health import HealthStore

if TYPE_CHECKING:
    from unillm.types.health_report import HealthReport

_LOCAL = "redis://127.0.0.1:6379/0"
_METHODS = ("look", "admit", "report", "may_retry", "quantile", "keys")


def opened_health(value: Any, environ: Mapping[str, str]) -> HealthStore:
    """Return the store that ``health=`` names.

    Args:
        value: None (in memory, of this client alone), ``redis`` (at ``REDIS_URL``, or on this
            machine), a URL of a Redis, or a store of one's own.
        environ: The process environment.

    Raises:
        InvalidRequestError: It names something else, or redis-py is missing (extra ``redis``).
    """
    if value is None:
        return MemoryHealth()
    if isinstance(value, str):
        from unillm.limits.health_redis import RedisHealth

        return RedisHealth(environ.get("REDIS_URL", _LOCAL) if value == "redis" else value)
    missing = [name for name in _METHODS if not callable(getattr(value, name, None))]
    if missing or not isinstance(getattr(value, "blocks", None), bool):
        raise InvalidRequestError(
            "health must be 'redis', a URL such as 'redis://host:6379/0', or a store such as "
            f"unillm.limits.MemoryHealth(), not {value!r}"
        )
    store: HealthStore = value
    return store


def health_of(store: HealthStore) -> HealthReport:
    """Return how the targets fare that a store knows."""
    from unillm.types.health_report import HealthReport, TargetHealth

    now = clock.now()
    keys = store.keys()
    found = store.look(keys, now.monotonic)
    return HealthReport(
        at=now.unix,
        targets=tuple(
            TargetHealth.of(key, stats, now.monotonic)
            for key, stats in zip(keys, found, strict=True)
        ),
    )
