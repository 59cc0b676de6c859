"""Ending, from another thread, what threads wait for."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from unillm._io import clock
from unillm._io.threads import Flag


class Interrupt:
    """Whatever is waited for under it ends when it is set: reads, writes, pauses.

    A connection that is being made is waited for to the end of its own time limit.
    """

    def __init__(self, above: Interrupt | None = None) -> None:
        """Begin with nothing that waits.

        Args:
            above: Another one, which sets this one too, until `end`; None: none does.
        """
        self._above = above
        self._beneath: set[Interrupt] = set()
        self._set = Flag()
        # Reentrant: it may be set while a forgotten object is collected, at any allocation.
        self._lock = threading.RLock()
        self._streams: set[Any] = set()
        if above is not None:
            above.include(self)

    def is_set(self) -> bool:
        """Tell whether it was set."""
        return self._set.is_set()

    def set(self) -> None:
        """End every wait; those that would begin later end at once."""
        self._set.set()
        with self._lock:
            streams, beneath = list(self._streams), list(self._beneath)
        for inner in beneath:
            inner.set()
        for stream in streams:
            with suppress(Exception):
                found: socket.socket | None = stream.get_extra_info("socket")
                if found is not None:
                    found.shutdown(socket.SHUT_RDWR)

    def include(self, inner: Interrupt) -> None:
        """Set another one too, when this is set."""
        with self._lock:
            self._beneath.add(inner)
        if self.is_set():
            inner.set()

    def end(self) -> None:
        """Be set no more by the one above."""
        if self._above is not None:
            self._above.exclude(self)

    def exclude(self, inner: Interrupt) -> None:
        """Set one no more when this is set."""
        with self._lock:
            self._beneath.discard(inner)

    def enter(self, stream: Any) -> None:
        """Note a network stream that is about to block.

        Raises:
            OSError: It is set already.
        """
        with self._lock:
            self._streams.add(stream)
        if self.is_set():
            self.leave(stream)
            raise OSError("called off")

    def leave(self, stream: Any) -> None:
        """Note that a stream blocks no more."""
        with self._lock:
            self._streams.discard(stream)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        self._set.wait(seconds)


current: ContextVar[Interrupt | None] = ContextVar("unillm_interrupt", default=None)
"""What may end the waits of this thread."""


def sleep(seconds: float) -> None:
    """Wait so long, or until this thread's waits are ended."""
    interrupt = current.get()
    if interrupt is None:
        clock.sleep(seconds)
    else:
        interrupt.wait(seconds)
