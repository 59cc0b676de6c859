"""A time limit for what is awaited, on asyncio and trio."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    import asyncio


def within(seconds: float | None) -> AbstractContextManager[Any]:
    """Cancel what is awaited inside after so many seconds, and go on behind it; None: never.

    One is made for every read of a stream. On asyncio it is a timer, a fifth of anyio's scope; it
    goes through anyio's shields, so nothing is to be inside that must not be left half done.
    """
    if seconds is None:
        return nullcontext()
    task = _running_task()
    return anyio.move_on_after(seconds) if task is None else _Timer(seconds, task)


def passed(error: BaseException) -> bool:
    """Tell of a cancellation whether a limit that has passed is what cancelled."""
    return (
        error.args[:1] == (_PASSED,) or anyio.current_effective_deadline() <= anyio.current_time()
    )


_PASSED = "the time limit has passed"


class _Timer:
    """A timer that cancels a task of asyncio's, and knows whether it was the one who did."""

    __slots__ = ("_handle", "_has_rung", "_known", "_seconds", "_task")

    def __init__(self, seconds: float, task: asyncio.Task[Any]) -> None:
        self._seconds = seconds
        self._task = task
        self._has_rung = False

    def __enter__(self) -> None:
        self._known = self._task.cancelling()
        self._handle = self._task.get_loop().call_later(self._seconds, self._ring)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        from asyncio import CancelledError

        self._handle.cancel()
        if not self._has_rung:
            return False
        # Whoever else cancelled the task meanwhile is heard.
        return self._task.uncancel() <= self._known and kind is CancelledError

    def _ring(self) -> None:
        self._has_rung = True
        self._task.cancel(_PASSED)


def _running_task() -> asyncio.Task[Any] | None:
    """Return the task of asyncio's that runs; None: it is trio that runs."""
    import asyncio

    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
