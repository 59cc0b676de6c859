"""Starting, telling and awaiting threads where Ctrl-C may strike at any moment.

`threading` is Python code, which KeyboardInterrupt may leave between taking the lock of an event
and giving it back: whoever needs that lock later waits for ever. Here the main thread takes locks
by functions in C alone, in which nothing is raised halfway.
"""

from __future__ import annotations

import _thread
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue


class Flag:
    """Something that is waited for, and comes to pass once: `threading.Event`, for all threads."""

    def __init__(self) -> None:
        """Begin with what has not come to pass."""
        self._is_set = False
        self._news: SimpleQueue[None] = SimpleQueue()

    def is_set(self) -> bool:
        """Tell whether it has come to pass."""
        return self._is_set

    def set(self) -> None:
        """Wake all who wait; nobody waits from now on. May be called twice."""
        self._is_set = True
        self._news.put(None)

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has come to pass, or for so many seconds at the most."""
        if not self._is_set:
            with suppress(Empty):
                self._news.get(timeout=None if seconds is None else max(0.0, seconds))
                self._news.put(None)  # for the next of them


def start(thread: threading.Thread) -> None:
    """Start a thread. KeyboardInterrupt leaves one that runs or one that never will.

    Raises:
        RuntimeError: There can be no more threads.
    """
    told: SimpleQueue[str] = SimpleQueue()
    _thread.start_new_thread(_start, (thread, told))
    if told.get() == "failed":
        raise RuntimeError("can't start new thread")


def _start(thread: threading.Thread, told: SimpleQueue[str]) -> None:
    """Start a thread from one that is not the main thread: in this one nothing is raised."""
    try:
        thread.start()
    except RuntimeError:
        told.put("failed")
    else:
        told.put("started")


def join(thread: threading.Thread, seconds: float | None = None) -> None:
    """Wait until a thread has ended, unless it is this one, or never began.

    KeyboardInterrupt may end this early, and Python 3.11 then takes the thread for ended, so that
    nobody waits for it again: what must be over is to be told by a `Flag`.
    """
    try:
        thread.join(seconds)
    except RuntimeError as error:
        struck = error.__context__
        if isinstance(struck, KeyboardInterrupt):  # the thread ended while it was being raised
            raise struck from None
