"""Waiting, and silence that nobody has to wait for."""

from __future__ import annotations

from unillm._flow.effects import TimedOutError
from unillm._io import clock
from unillm.errors import RequestTimeoutError

__all__ = ["TimeIsUpError", "wait"]


class TimeIsUpError(RequestTimeoutError, TimedOutError):
    """Raised for a silence that would outlast any time limit; a driver takes it for that."""


def wait(seconds: float, limit: float | None) -> None:
    """Wait, but no longer than a time limit.

    Raises:
        RequestTimeoutError: The limit is shorter, and has passed.
    """
    clock.sleep(seconds if limit is None else min(seconds, limit))
    if limit is not None and limit < seconds:
        raise RequestTimeoutError(f"nothing came for {limit:.3f} s.")
