"""Work that goes on beside whoever began it, on asyncio and trio.

A task group would have to be open while its owner is between two steps of a loop, in code that is
not ours; both libraries forbid that. So one task is started outside every group, and what runs in
it opens a group of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from typing import Any


class Background:
    """A task that was started."""

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start it in the loop that is running, in a copy of this context."""
        trio = _running_trio()
        if trio is None:
            import asyncio

            self.loop: Any = asyncio.get_running_loop()
            self._task: Any = self.loop.create_task(run())  # the loop itself holds it weakly
            self._call: Callable[..., Any] = self.loop.call_soon_threadsafe
        else:
            self.loop = trio.lowlevel.current_trio_token()
            self._task = trio.lowlevel.spawn_system_task(run, context=copy_context())
            self._call = self.loop.run_sync_soon

    def soon(self, call: Callable[[], object]) -> None:
        """Have a function called in its loop, from any thread; where that has ended, nothing is."""
        with suppress(RuntimeError):
            self._call(call)

    def is_here(self) -> bool:
        """Tell whether its loop is the one that is running."""
        trio = _running_trio()
        if trio is not None:
            return self.loop is trio.lowlevel.current_trio_token()
        import asyncio

        return self.loop is asyncio.get_running_loop()


def _running_trio() -> Any:
    """Return trio if it runs here; it does not where nobody has imported it."""
    trio: Any = sys.modules.get("trio")
    return trio if trio is not None and trio.lowlevel.in_trio_run() else None
