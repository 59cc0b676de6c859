"""Many calls at once in threads. Its twin is `unillm._client.tasks`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any

from unillm._client.connection import Connection
from unillm._client.map_asked import Many
from unillm._client.tally import Tally, shower
from unillm._client.work import Job, Work
from unillm._io import clock, interrupt
from unillm._io.checkpoint import Checkpoint
from unillm._io.driver import Driver
from unillm._io.threads import Flag, join, start
from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.row import Row
from unillm.types.transport import Transport


class Threads:
    """Asks rows in threads of its own, as many as are needed and no more than are wanted.

    The input is advanced in the thread that reads the rows, while it asks for the next one: what it
    holds on to, such as a database, is used nowhere else. Nothing here refers to whoever reads, so
    that it is called off when he is gone.
    """

    def __init__(self, many: Many, connection: Connection[Transport]) -> None:
        """Take what is asked; nothing happens before the first row is wanted."""
        self.tally = Tally(total=many.total)
        self._many = many
        self._connection = connection
        self._shower = shower(progress=many.progress)
        self._interrupt = interrupt.Interrupt()
        # Reentrant: a forgotten one may be collected, and called off, at any allocation under it.
        self._lock = threading.RLock()
        # The reader, whom Ctrl-C may strike, waits for what C code tells: a condition's lock would
        # be left held, or given back twice.
        self._ready: SimpleQueue[None] = SimpleQueue()
        self._is_awaited = False
        self._there = threading.Condition(self._lock)
        """Told of every row that may be begun; the threads alone wait for it."""
        self._threads: list[threading.Thread] = []
        self._alive = self._idle = 0
        self._ended = Flag()
        self._work: Work | None = None
        self._checkpoint: Checkpoint | None = None
        self._input: Iterator[Any] | None = None
        self._input_error: Exception | None = None
        self._context: Context | None = None
        self._over = self._is_read = False
        self._process = os.getpid()

    def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last.

        Raises:
            UnillmError: No more can be asked; see `Work.failure`.
            Exception: What the input raised, after the rows before it.
        """
        if self._over:
            return None
        if self._is_read:
            message = "another thread is reading these rows; read them in one"
            raise InvalidRequestError(message)
        self._is_read = True
        try:
            row = self._next(self._work or self._begun())
        except BaseException:
            self.close()
            raise
        finally:
            self._is_read = False
        if row is None:
            self.close()
        return row

    def close(self) -> None:
        """Call off what is being asked, and wait until that is over."""
        try:
            self._close()
        except KeyboardInterrupt:  # the file would be locked still; once more ends this too
            self._close()
            raise

    def drop(self) -> None:
        """Call off what is being asked, without waiting."""
        if os.getpid() != self._process:  # forked: the threads, and their sockets, are its parent's
            self._over = True
            self._ended.set()
            return
        with self._lock:
            self._over = True
            self._tell()
            self._there.notify_all()
            self._end()
        self._interrupt.set()
        self._shower.close()

    def _close(self) -> None:
        self.drop()
        if interrupt.current.get() is self._interrupt:  # one of the threads cannot wait for itself
            return
        self._ended.wait()
        for thread in self._threads:
            join(thread)
        self._threads.clear()

    def _tell(self) -> None:
        """Wake the reader, with the lock held."""
        if self._is_awaited:
            self._is_awaited = False
            self._ready.put(None)

    def _end(self) -> None:
        """Give the file free once no thread asks any more, with the lock held."""
        if self._over and not self._alive:
            if self._checkpoint is not None:
                self._checkpoint.close()
            self._ended.set()

    def _begun(self) -> Work:
        many = self._many
        if many.checkpoint is not None:
            self._checkpoint = Checkpoint.open(many.checkpoint)
        self._work = Work(many, self.tally, self._checkpoint)
        rows: Any = many.rows
        self._input = iter(rows)
        self._context = copy_context()
        return self._work

    def _next(self, work: Work) -> Row[Any] | None:
        while True:
            if self._input is not None and work.window.has_room():
                self._take(work, self._input)
            with self._lock:
                if work.failure is not None:
                    raise work.failure
                if self._over:
                    return None
                row = work.window.pop()
                is_early = self._is_awaited = row is None and not self._may_go_on(work)
            if is_early:
                self._ready.get()
            # Without the lock: it may be a function of the user's, slow, or one that closes this.
            self._shower.tell(self.tally)
            if row is not None:
                return row
            if self._input is None and work.window.handed == work.window.taken:
                if self._input_error is not None:
                    raise self._input_error
                return None

    def _may_go_on(self, work: Work) -> bool:
        """Tell whether there is something to do but to wait for the next row."""
        if self._input is None:
            return work.window.handed == work.window.taken
        return work.window.has_room()

    def _take(self, work: Work, rows: Iterator[Any]) -> None:
        """Advance the input by one row."""
        try:
            row = next(rows)
        except StopIteration:
            self._input = None
            return
        except Exception as error:  # noqa: BLE001 - it is raised when its turn comes
            self._input, self._input_error = None, error
            return
        taken = work.read(row)
        with self._lock:
            work.admit(taken)
            if self._idle:
                self._there.notify()
            elif isinstance(taken, Job) and len(self._threads) < self._many.concurrency:
                self._hire(work)

    def _hire(self, work: Work) -> None:
        context = (self._context or copy_context()).copy()
        thread = threading.Thread(
            target=context.run, args=(self._serve, work), name="unillm-map", daemon=True
        )
        self._threads.append(thread)
        try:
            start(thread)
        except RuntimeError as error:
            self._threads.remove(thread)
            if not self._threads:  # else those go on with this row
                message = "no thread can be started to ask the rows: end others of this process"
                raise InvalidRequestError(message) from error

    def _serve(self, work: Work) -> None:
        """Ask rows until there are no more to be asked; what a thread does."""
        interrupt.current.set(self._interrupt)
        with self._lock:
            self._alive += 1
        try:
            while (job := self._job(work)) is not None:
                self._ask(work, job)
        except BaseException as error:  # noqa: BLE001 - it is raised where the rows are read
            with self._lock:
                work.failure = work.failure or error
        finally:
            with self._lock:
                self._alive -= 1
                self._tell()
                self._end()

    def _job(self, work: Work) -> Job | None:
        """Wait for a row that may be begun; None: there will be none."""
        with self._lock:
            while not self._over and work.failure is None:
                job = work.begin(clock.monotonic())
                if isinstance(job, Job):
                    return job
                self._tell()  # rows may have come to their end unasked
                self._idle += 1
                self._there.wait(min(job, threading.TIMEOUT_MAX))
                self._idle -= 1
        return None

    def _ask(self, work: Work, job: Job) -> None:
        transport = self._connection.transport()
        failure: UnillmError | None = None
        response = None
        try:
            made = work.operation(job, asynchronous=False, beside=self._connection.beside)
            driver = Driver(made[0], made[1], transport, made[2])
            response = driver.run_unless(self._interrupt.is_set)
        except UnillmError as error:
            failure = error
        if response is not None:
            response = work.keep(job, response)
        with self._lock:
            if response is not None:
                work.answered(job, response, clock.monotonic())
            elif failure is not None and not self._interrupt.is_set():
                work.failed(job, failure, clock.monotonic())
            else:
                work.called_off(job)
            self._tell()
            self._there.notify()
