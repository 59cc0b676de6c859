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
        if self.backlog.put(held) and self._thread is None:
            self._start()

    def close(self, timeout: float) -> Flushed:
        """Write what there is, as far as that is done in time, and end the thread."""
        self.stop(timeout)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout + _HANGING)
        return self.backlog.flush(0)

    def stop(self, timeout: float = AT_EXIT) -> None:
        """Have it end once it has written what there is, without waiting for that."""
        if os.getpid() != self._pid:  # forked: the thread is its parent's
            return
        self.backlog.close(give_up_at=time.monotonic() + timeout)
        atexit.unregister(self._at_exit)
        if self._finalizer is not None:
            self._finalizer.cancel()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(
                target=work,
                args=(self._place, self.backlog, self._keep_days),
                name="unillm-ledger",
                daemon=True,
            )
            self._thread = thread  # before it runs: what garbage leaves is recorded from here too
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending: nobody is left to write
                self.backlog.close()
                lost = self.backlog.give_up()
                logger.error("the program ends: %d operations are not in the ledger", lost)  # noqa: TRY400 - why is said
                return
        with suppress(RuntimeError):  # as above
            atexit.register(self._at_exit)
        children: Any = sys.modules.get("multiprocessing.util")
        if children is not None and sys.modules["multiprocessing"].parent_process() is not None:
            # Its processes end without what atexit knows.
            self._finalizer = children.Finalize(None, self._at_exit, exitpriority=10)

    def _at_exit(self) -> None:
        if os.getpid() == self._pid:
            self.close(AT_EXIT)
