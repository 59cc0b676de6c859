"""The rows of many calls by way of a Batch API: all are taken, submitted, and handed out in order.

The twins differ by ``await`` alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import anyio

from unillm._client.batches import BatchAsked, run_batches, run_batches_async
from unillm._client.config import Call, Config
from unillm._client.connection import Connection
from unillm._client.map_asked import Many, refuse_budget
from unillm._client.routes import refuse_route
from unillm._client.tally import Shower, Tally, shower
from unillm._client.work import Job, Work
from unillm._flow.attempt import Exchanged
from unillm._flow.batch import Answer
from unillm._io.checkpoint import Checkpoint
from unillm.errors import InvalidRequestError, UnillmError
from unillm.types.row import Row
from unillm.types.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    from unillm.types.parsed import ParsedResponse

_OF_ALL = ("extra_headers", "extra_query")
"""Options that a row cannot have of its own: a file holds bodies alone."""


class Held:
    """Rows that were taken, and what came of them."""

    def __init__(
        self, many: Many, tally: Tally, checkpoint: Checkpoint | None, shown: Shower
    ) -> None:
        """Begin with none.

        Raises:
            UnillmError: There is no such model or provider, or no key for it.
        """
        self._many = many
        self._tally = tally
        self._checkpoint = checkpoint
        self._shower = shown
        self._work = Work(many, tally, checkpoint)
        self._jobs: dict[int, Job] = {}
        self._asked: list[tuple[int, str, Exchanged, Config]] = []
        self._rows: dict[int, Row[Any]] = {}

    def take(self, row: Any, *, asynchronous: bool) -> None:
        """Take the next row of the input."""
        taken = self._work.read(row)
        if isinstance(taken, Job):
            try:
                config = self._many.config.changed(taken.given.options)
                what = self._exchanged(taken, config, asynchronous=asynchronous)
            except UnillmError as error:
                self._put(Row(index=taken.index, input=row, key=taken.key, error=error))
                return
            self._jobs[taken.index] = taken
            self._asked.append((taken.index, taken.key or f"#{taken.index}", what, config))
        else:
            self._put(taken)

    def asked(self) -> BatchAsked:
        """Return what is to be submitted."""
        self._tally.total = len(self._rows) + len(self._asked)
        self._shower.tell(self._tally)
        return BatchAsked(
            self._many.config,
            self._asked,
            answer=self._answer,
            notebook=self._checkpoint,
            progress=self._progress,
        )

    def rows(self) -> Iterator[Row[Any]]:
        """Give the rows in order; what was given is let go."""
        self._shower.tell(self._tally)
        for index in range(len(self._rows)):
            yield self._rows.pop(index)

    def _exchanged(self, job: Job, config: Config, *, asynchronous: bool) -> Exchanged:
        given, many = job.given, self._many
        refuse_budget(config)
        refuse_route(config, given.model, "batch=True")
        own = [name for name in _OF_ALL if name in given.options]
        if own:
            message = f"{' and '.join(own)} of one row cannot be sent with batch=True: "
            raise InvalidRequestError(f"{message}give them to map(…)")
        call = Call(
            given.messages,
            given.model,
            given.system if given.system is not None else many.system,
            given.tools if given.tools is not None else many.tools,
            given.options,
            stream=False,
            output=many.output,
        )
        return config.prepared(call, asynchronous=asynchronous)

    def _answer(self, index: int, came: Answer) -> None:
        job = self._jobs.pop(index)
        row: Row[Any] = Row(index=index, input=job.input, key=job.key)
        if isinstance(came, UnillmError):
            self._tally.spend(came.attempts)
            if self._checkpoint is not None and job.key is not None:
                told = f"{type(came).__name__}: {came.message}"
                self._checkpoint.failed(job.key, index, told)
            self._put(replace(row, error=came))
            return
        response = self._work.keep(job, came)
        self._tally.spend(response.attempts)
        made = cast("ParsedResponse[Any]", response) if self._many.output is not None else None
        self._put(replace(row, response=response, output=None if made is None else made.output))

    def _put(self, row: Row[Any]) -> None:
        self._rows[row.index] = row
        self._tally.count(row.error, resumed=row.resumed)

    def _progress(self, done: int, failed: int) -> None:
        """Show what the provider counts, before the answers are here."""
        known, total = self._tally, self._tally.total or 0
        before = total - len(self._asked)
        self._shower.tell(
            replace(
                known,
                done=max(known.done, min(total, before + done)),
                failed=max(known.failed, failed),
            )
        )


class _Gathering:
    """What both twins are made of."""

    def __init__(self, many: Many) -> None:
        """Take what is asked; nothing happens before the first row is wanted."""
        self.tally = Tally(total=many.total)
        self._many = many
        self._shower = shower(progress=many.progress)
        self._checkpoint: Checkpoint | None = None
        self._rows: Iterator[Row[Any]] | None = None
        self._over = self._is_read = False

    def drop(self) -> None:
        """End it; a batch that was submitted goes on at the provider."""
        self._over = True
        self._shower.close()
        if self._checkpoint is not None:
            self._checkpoint.close()

    def _begun(self) -> Held:
        many = self._many
        if many.checkpoint is not None:
            self._checkpoint = Checkpoint.open(many.checkpoint)
        return Held(many, self.tally, self._checkpoint, self._shower)

    def _require_one_reader(self) -> None:
        if self._is_read:
            raise InvalidRequestError("somebody else is reading these rows; read them in one place")
        self._is_read = True


class BatchSource(_Gathering):
    """Rows for a `Client`."""

    def __init__(self, many: Many, connection: Connection[Transport]) -> None:
        """Take what is asked, and what it is sent with."""
        super().__init__(many)
        self._connection = connection

    def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last."""
        if self._over:
            return None
        self._require_one_reader()
        try:
            if self._rows is None:
                self._rows = self._gathered()
            row = next(self._rows, None)
        except BaseException:
            self.close()
            raise
        finally:
            self._is_read = False
        if row is None:
            self.close()
        return row

    def close(self) -> None:
        """End it; a batch that was submitted goes on at the provider."""
        self.drop()

    def _gathered(self) -> Iterator[Row[Any]]:
        held = self._begun()
        rows: Any = self._many.rows
        for row in rows:
            held.take(row, asynchronous=False)
        run_batches(held.asked(), self._connection.transport())
        return held.rows()


class AsyncBatchSource(_Gathering):
    """Rows for an `AsyncClient`."""

    def __init__(self, many: Many, connection: Connection[AsyncTransport]) -> None:
        """Take what is asked, and what it is sent with."""
        super().__init__(many)
        self._connection = connection
        self._scope: anyio.CancelScope | None = None

    async def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last."""
        if self._over:
            return None
        self._require_one_reader()
        try:
            if self._rows is None:
                with anyio.CancelScope() as self._scope:
                    self._rows = await self._gathered()
            row = None if self._rows is None else next(self._rows, None)
        except BaseException:
            await self.close()
            raise
        finally:
            self._is_read = False
        if row is None:
            await self.close()
        return row

    async def close(self) -> None:
        """End it; a batch that was submitted goes on at the provider."""
        if self._scope is not None:
            self._scope.cancel()
        self.drop()

    async def _gathered(self) -> Iterator[Row[Any]]:
        held = self._begun()
        rows: Any = self._many.rows
        if isinstance(rows, AsyncIterable):
            async for row in rows:  # pyright: ignore[reportUnknownVariableType]
                held.take(row, asynchronous=True)
        else:
            for row in rows:
                held.take(row, asynchronous=True)
        await run_batches_async(held.asked(), self._connection.transport())
        return held.rows()
