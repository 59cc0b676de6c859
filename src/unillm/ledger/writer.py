"""The life of the one thread that writes: it begins with the first operation."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from unillm.ledger.desk import work

if TYPE_CHECKING:
    from unillm.ledger.backlog import Backlog, Flushed
    from unillm.ledger.held import Held
    from unillm.ledger.place import Place

logger = logging.getLogger("unillm")

AT_EXIT = 5.0
"""Seconds that the end of a program waits for a database that is away."""

_HANGING = 10.0
"""Seconds more, in which a server that does not answer is given up."""


class Writer:
    """Has written what one process records. It belongs to that process; a fork makes its own."""

    def __init__(self, place: Place, backlog: Backlog, *, keep_days: int | None) -> None:
        """Take what it needs; nothing is opened or started before there is something to write."""
        self.backlog = backlog
        self._pid = os.getpid()
        self._place = place
        self._keep_days = keep_days
        self._thread: threading.Thread | None = None
        self._starting = threading.RLock()
        self._finalizer: Any = None

    def put(self, held: Held) -> None:
        """Take an operation to write. It never raises, and does not wait unless it is to."""
        if self.backlog.put(held) and not self.backlog.served:
            self._start()

    def close(self, timeout: float) -> Flushed:
        """Write what there is, as far as that is done in time, and end the thread."""
        self.stop(timeout)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            end = time.monotonic() + timeout + _HANGING
            if self.backlog.wait_closed(timeout + _HANGING):
                thread.join(max(end - time.monotonic(), 0.0))
        return self.backlog.flush(0)

    def stop(self, timeout: float = AT_EXIT) -> None:
        """Have the thread end once it has written what there is, without waiting for that."""
        if os.getpid() == self._pid:  # else the thread is the parent's
            self.backlog.close(give_up_at=time.monotonic() + timeout)

    def _start(self) -> None:
        with self._starting:
            if self.backlog.served:
                return
            self.backlog.served = True  # what garbage leaves is recorded from here too
            thread = threading.Thread(target=self._work, name="unillm-ledger", daemon=True)
            try:
                if sys.is_finalizing():  # it would never begin
                    raise RuntimeError  # noqa: TRY301 - as later releases of Python do
                thread.start()
            except RuntimeError:
                self.backlog.served = False
                lost = self.backlog.give_up()
                logger.error("no thread can be started: %d operations are not in the ledger", lost)  # noqa: TRY400 - why is said
                return
            self._thread = thread
            with suppress(RuntimeError):  # the interpreter is ending
                atexit.register(self._at_exit)
            children: Any = sys.modules.get("multiprocessing.util")
            if children is not None and sys.modules["multiprocessing"].parent_process() is not None:
                # Its processes end without what atexit knows.
                self._finalizer = children.Finalize(None, self._at_exit, exitpriority=10)

    def _work(self) -> None:
        """Write; the end of the program waits for that, whoever dropped the ledger before."""
        work(self._place, self.backlog, self._keep_days)
        with self._starting:
            if self.backlog.served or self.backlog.over:
                return
            atexit.unregister(self._at_exit)
            if self._finalizer is not None:
                self._finalizer.cancel()

    def _at_exit(self) -> None:
        if os.getpid() == self._pid:
            self.backlog.over = True
            self.close(AT_EXIT)
