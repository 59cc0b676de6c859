"""Asking stores that block, beside an event loop: on asyncio and trio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

import anyio
import anyio.lowlevel
import anyio.to_thread

T = TypeVar("T")
Given = TypeVarTuple("Given")

AT_ONCE = 64
"""How many are asked at the same time: they are threads, and connections to one server."""

_limiter: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("unillm stores")


async def ask(call: Callable[[Unpack[Given]], T], *given: *Given) -> T:
    """Call a function in a thread; what was begun is awaited, also where this is cancelled."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(call, *given, limiter=limiter)
