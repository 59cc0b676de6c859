"""Many calls at once in tasks. Its twin is `unillm._client.threads`."""

from __future__ import annotations

import inspect
import math
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from functools import partial
from typing import Any

import anyio

from unillm._client.connection import Connection
from unillm._client.map_asked import Many
from unillm._client.tally import Tally, shower
from unillm._client.work import Job, Work
from unillm._io import clock
from unillm._io.background import Background
from unillm._io.checkpoint import Checkpoint
from unillm._io.driver_async import AsyncDriver
from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.row import Row
from unillm.types.transport import AsyncTransport


class Signal:
    """Wakes all that wait for it. Whoever waits looks first, without awaiting in between."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._event: anyio.Event | None = None

    def give(self) -> None:
        """Wake all that wait now."""
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self, seconds: float = math.inf) -> None:
        """Wait until it is given, or so long."""
        if self._event is None:
            self._event = anyio.Event()
        event = self._event
        if seconds == math.inf:
            await event.wait()
            return
        with anyio.move_on_after(seconds):
            await event.wait()


class Tasks:
    """Asks rows in tasks, each of them in a group of its own, beside whoever reads the rows.

    The input is advanced in a task beside the calls. Nothing here refers to whoever reads, so that
    it is called off when he is gone.
    """

    def __init__(self, many: Many, connection: Connection[AsyncTransport]) -> None:
        """Take what is asked; nothing happens before the first row is wanted."""
        self.tally = Tally(total=many.total)
        self._many = many
        self._connection = connection
        self._shower = shower(progress=many.progress)
        self._background: Background | None = None
        self._scope: anyio.CancelScope | None = None
        self._work: Work | None = None
        self._checkpoint: Checkpoint | None = None
        self._input_error: Exception | None = None
        self._input_over = self._over = self._is_read = False

    async def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last.

        Raises:
            UnillmError: No more can be asked; see `Work.failure`.
            Exception: What the input raised, after the rows before it.
        """
        if self._over:
            return None
        if self._is_read:
            message = "another task is reading these rows; read them in one"
            raise InvalidRequestError(message)
        self._is_read = True
        try:
            row = await self._next(self._work or self._begun())
        except Exception:
            await self.close()
            raise
        finally:
            self._is_read = False
        if row is None:
            await self.close()
        return row

    async def close(self) -> None:
        """Call off what is being asked, and wait until that is over."""
        self._call_off()
        if self._background is not None and self._background.is_here():
            with anyio.CancelScope(shield=True):
                await self._ended.wait()

    def drop(self) -> None:
        """Call off what is being asked, without waiting."""
        if self._background is not None:
            self._background.soon(self._call_off)

    def _call_off(self) -> None:
        self._over = True
        self._shower.close()
        if self._scope is not None:
            self._scope.cancel()

    def _begun(self) -> Work:
        many = self._many
        if many.checkpoint is not None:
            self._checkpoint = Checkpoint.open(many.checkpoint)
        try:
            self._work = work = Work(many, self.tally, self._checkpoint)
            self._ready, self._there, self._room = Signal(), Signal(), Signal()
            self._ended = anyio.Event()
            self._background = Background(partial(self._serve, work))
        except BaseException:
            if self._checkpoint is not None:
                self._checkpoint.close()
            raise
        return work

    async def _next(self, work: Work) -> Row[Any] | None:
        if self._background is None or not self._background.is_here():
            message = "these rows were begun in another event loop; read them there"
            raise InvalidRequestError(message)
        while not self._over:
            if work.failure is not None:
                raise work.failure
            row = work.window.pop()
            self._shower.tell(self.tally)
            if row is not None:
                self._room.give()
                return row
            if self._input_over and work.window.handed == work.window.taken:
                if self._input_error is not None:
                    raise self._input_error
                return None
            if self._ended.is_set():
                raise InvalidRequestError("these rows were called off: their event loop has ended")
            await self._ready.wait()
        return None

    async def _serve(self, work: Work) -> None:
        """Ask rows until there are no more to be asked; what the task in the background does."""
        try:
            async with anyio.create_task_group() as group:
                self._scope = group.cancel_scope
                if self._over:
                    self._scope.cancel()
                group.start_soon(self._feed, work)
                await self._begin_calls(group, work)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised where the rows are read
            work.failure = work.failure or _first(error)
        finally:
            self._ended.set()
            self._ready.give()
            if self._checkpoint is not None:
                self._checkpoint.close()

    async def _begin_calls(self, group: Any, work: Work) -> None:
        while work.failure is None:
            job = work.begin(clock.monotonic())
            if isinstance(job, Job):
                group.start_soon(self._ask, work, job)
                self._room.give()
                continue
            self._ready.give()  # rows may have come to their end unasked
            if self._input_over and work.is_idle():
                return
            await self._there.wait(job)
        group.cancel_scope.cancel()

    async def _feed(self, work: Work) -> None:
        """Take rows from the input as long as there is room."""
        rows = self._many.rows
        try:
            rows = aiter(rows) if isinstance(rows, AsyncIterable) else iter(rows)
            while (row := await self._advanced(rows)) is not _END:
                work.admit(work.read(row))
                self._there.give()
                self._ready.give()
                await anyio.lowlevel.checkpoint()
                # Looked at last: while others ran there may have come to be less room.
                while not work.window.has_room():
                    await self._room.wait()
        finally:
            self._input_over = True
            self._there.give()
            self._ready.give()
            if inspect.isasyncgen(rows):
                with anyio.CancelScope(shield=True):
                    await rows.aclose()

    async def _advanced(self, rows: Iterator[Any] | AsyncIterator[Any]) -> Any:
        """Return the next row of the input, or `_END`."""
        try:
            if isinstance(rows, AsyncIterator):
                return await anext(rows, _END)  # pyright: ignore[reportUnknownVariableType]
            return next(rows, _END)
        except Exception as error:  # noqa: BLE001 - it is raised when its turn comes
            self._input_error = error
            return _END

    async def _ask(self, work: Work, job: Job) -> None:
        transport = self._connection.transport()
        try:
            made = work.operation(job, asynchronous=True, beside=self._connection.beside)
            response = await AsyncDriver(made[0], made[1], transport, made[2]).run()
        except UnillmError as error:
            work.failed(job, error, clock.monotonic())
        except BaseException:
            work.called_off(job)
            raise
        else:
            response = work.keep(job, response)
            work.answered(job, response, clock.monotonic())
        self._there.give()
        self._ready.give()
        self._room.give()


_END = object()
"""What comes after the last row."""


def _first(error: BaseException) -> BaseException:
    """Return the error that a group of them was made of first."""
    inner: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return next((_first(one) for one in inner), error)
