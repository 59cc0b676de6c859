"""Copies of calls, made beside them: nobody waits for one, and what comes of it goes to observers.

A copy is an operation of its own. What it needs is made when its turn has come, so that one that is
dropped has left no trace.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TypeAlias

import anyio

from unillm._flow.effects import Flow
from unillm._flow.operation import Operation
from unillm._io import clock, interrupt, log
from unillm._io.background import Background
from unillm._io.driver import Driver
from unillm._io.driver_async import AsyncDriver
from unillm._io.threads import join, start
from unillm.types.record import Observer
from unillm.types.response import ChatResponse
from unillm.types.transport import AsyncTransport, Transport

AT_ONCE = 4
"""Threads of a client that make copies."""
WAITING = 64
"""Copies that may wait for one of them, or, of an async client, run at the same time: one more is
dropped, for a mirror that is slow must not fill the memory."""
MOMENT = 2.0
"""Seconds that closing waits for copies that were called off."""

Made: TypeAlias = tuple[Flow[ChatResponse], Operation, tuple[Observer, ...]]
"""A flow, the memory it writes to, and who is told of it."""

Make: TypeAlias = Callable[[], Made]
"""Makes the operation of a copy."""

Begin: TypeAlias = Callable[[Make], None]
"""Begins a copy; it never waits, and never raises."""


class ThreadedCopies:
    """Makes copies in daemon threads, which end when there is nothing left to copy."""

    def __init__(self) -> None:
        """Begin with no thread."""
        self.dropped = 0
        """How many were not made, since there were too many."""
        self._pid = os.getpid()
        self._begin_anew()

    def start(self, make: Make, transport: Transport) -> None:
        """Have a copy made; where too many wait for that already, it is dropped."""
        if self._pid != os.getpid():  # forked: the threads, and what they were at, are its parent's
            self._pid = os.getpid()
            self._begin_anew()
        with self._lock:
            if self._over:
                return
            if len(self._waiting) >= WAITING:
                self._drop()
                return
            self._waiting.append((copy_context(), make, transport))
            if len(self._threads) < AT_ONCE:
                self._hire()

    def close(self) -> None:
        """Call off what is being copied, and wait for a moment until that is over."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._over = True
            self._waiting.clear()
            threads = [one for one in self._threads if one is not threading.current_thread()]
        self._interrupt.set()
        until = clock.monotonic() + MOMENT
        for thread in threads:
            join(thread, max(0.0, until - clock.monotonic()))

    def _begin_anew(self) -> None:
        # Reentrant: a forgotten client may be collected at any allocation under it.
        self._lock = threading.RLock()
        self._waiting: deque[tuple[Context, Make, Transport]] = deque()
        self._threads: set[threading.Thread] = set()
        self._interrupt = interrupt.Interrupt()
        self._over = False

    def _drop(self) -> None:
        self.dropped += 1
        log.copy_dropped(self.dropped)

    def _hire(self) -> None:
        thread = threading.Thread(target=self._serve, name="unillm-copies", daemon=True)
        self._threads.add(thread)
        try:
            start(thread)
        except RuntimeError:  # the interpreter is about to end, or has no room for a thread
            self._threads.discard(thread)
            if not self._threads:
                self._waiting.clear()
                self._drop()

    def _serve(self) -> None:
        """Make copies until none is left; what a thread does."""
        try:
            while (job := self._next()) is not None:
                context, make, transport = job
                context.run(self._copy, make, transport)
        finally:
            self._threads.discard(threading.current_thread())

    def _next(self) -> tuple[Context, Make, Transport] | None:
        with self._lock:
            if self._waiting and not self._over:
                return self._waiting.popleft()
            self._threads.discard(threading.current_thread())
            return None

    def _copy(self, make: Make, transport: Transport) -> None:
        interrupt.current.set(self._interrupt)
        try:
            flow, operation, observers = make()
            Driver(flow, operation, transport, observers).run_unless(self._interrupt.is_set)
        except Exception as error:  # noqa: BLE001 - a copy fails for nobody
            log.copy_failed(error)


class TaskCopies:
    """Makes copies in tasks beside whoever makes the calls, on asyncio and trio."""

    def __init__(self) -> None:
        """Begin with no task."""
        self.dropped = 0
        """How many were not made, since there were too many."""
        self._running: set[_Copy] = set()
        self._over = False

    def start(self, make: Make, transport: AsyncTransport) -> None:
        """Have a copy made; where too many are being made already, it is dropped."""
        if self._over:
            return
        if len(self._running) >= WAITING:
            self._running = {copy for copy in self._running if not copy.is_lost()}
        if len(self._running) >= WAITING:
            self.dropped += 1
            log.copy_dropped(self.dropped)
            return
        copy = _Copy(make, transport, self._left)
        self._running.add(copy)  # a loop itself holds its tasks weakly
        copy.begin()

    async def close(self) -> None:
        """Call off what is being copied, and wait for a moment until that is over."""
        self._over = True
        called_off = [copy for copy in [*self._running] if copy.call_off()]
        with anyio.move_on_after(MOMENT, shield=True):
            for copy in called_off:
                await copy.ended.wait()

    def _left(self, copy: _Copy) -> None:
        self._running.discard(copy)


class _Copy:
    """One copy in a task of its own."""

    def __init__(
        self, make: Make, transport: AsyncTransport, leave: Callable[[_Copy], None]
    ) -> None:
        self.ended = anyio.Event()
        self._make = make
        self._transport = transport
        self._leave = leave
        self._scope = anyio.CancelScope()
        self._background: Background | None = None

    def begin(self) -> None:
        self._background = Background(self._run)

    def call_off(self) -> bool:
        """Call it off and tell whether that can be waited for here."""
        background = self._background
        if background is None:
            return False
        if background.is_here():
            self._scope.cancel()
            return True
        background.soon(self._scope.cancel)
        return False

    def is_lost(self) -> bool:
        """Tell whether its loop was closed under it."""
        with suppress(AttributeError):  # trio's has none, and leaves no task behind
            return self._background is not None and bool(self._background.loop.is_closed())
        return False

    async def _run(self) -> None:
        try:
            with self._scope:
                flow, operation, observers = self._make()
                await AsyncDriver(flow, operation, self._transport, observers).run()
        except Exception as error:  # noqa: BLE001 - a copy fails for nobody
            log.copy_failed(error)
        finally:
            self.ended.set()
            self._leave(self)
