"""The rows of many calls as their user holds them, sync and async."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from unillm._client.map_asked import MapAsked, many

if TYPE_CHECKING:
    from unillm._client.config import Config
    from unillm._client.connection import Connection
    from unillm._client.tally import Tally
    from unillm.types.row import Row
    from unillm.types.transport import AsyncTransport, Transport
    from unillm.types.usage import Cost, Usage

__all__ = ["AsyncRows", "AsyncSource", "MapAsked", "Rows", "Source", "async_source", "source"]


class Source(Protocol):
    """What rows come from."""

    tally: Tally

    def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last."""
        ...

    def close(self) -> None:
        """End it, and wait until that is done. May be called twice."""
        ...

    def drop(self) -> None:
        """End it without waiting, from any thread. May be called twice."""
        ...


class AsyncSource(Protocol):
    """The async twin of `Source`."""

    tally: Tally

    async def next(self) -> Row[Any] | None:
        """Return the next row in order, or None after the last."""
        ...

    async def close(self) -> None:
        """End it, and wait until that is done. May be called twice."""
        ...

    def drop(self) -> None:
        """End it without waiting, from any thread. May be called twice."""
        ...


def source(config: Config, connection: Connection[Transport], asked: MapAsked) -> Source:
    """Return what asks many calls.

    Raises:
        InvalidRequestError: An option cannot be meant.
    """
    wanted = many(config, asked, asynchronous=False)
    if wanted.batch:
        from unillm._client.batch_rows import BatchSource

        return BatchSource(wanted, connection)
    from unillm._client.threads import Threads

    return Threads(wanted, connection)


def async_source(
    config: Config, connection: Connection[AsyncTransport], asked: MapAsked
) -> AsyncSource:
    """Return what asks many calls.

    Raises:
        InvalidRequestError: An option cannot be meant.
    """
    wanted = many(config, asked, asynchronous=True)
    if wanted.batch:
        from unillm._client.batch_rows import AsyncBatchSource

        return AsyncBatchSource(wanted, connection)
    from unillm._client.tasks import Tasks

    return Tasks(wanted, connection)


class _Counted:
    """What can be said of rows at any time."""

    _tally: Tally

    @property
    def done(self) -> int:
        """Return how many rows have their answer or their error, handed out or not."""
        return self._tally.done

    @property
    def failed(self) -> int:
        """Return how many of these have an error."""
        return self._tally.failed

    @property
    def resumed(self) -> int:
        """Return how many of these were read from the checkpoint."""
        return self._tally.resumed

    @property
    def total(self) -> int | None:
        """Return how many rows there are, or None if that cannot be told."""
        return self._tally.total

    @property
    def usage(self) -> Usage | None:
        """Return the tokens of all attempts made, or None if none was reported."""
        return self._tally.usage

    @property
    def cost(self) -> Cost:
        """Return what all attempts made cost; rows read from the checkpoint cost nothing again."""
        return self._tally.spent

    @property
    def errors(self) -> Mapping[str, int]:
        """Return how many rows failed, by the name of the error's class, most frequent first."""
        return dict(self._tally.errors.most_common())


class Rows(_Counted):
    """The rows of many calls, in the order of the input, as they are done.

    An iterator, and a context manager: leaving the ``with`` block calls off
    what is being asked. Without one, that happens when nobody holds it any more.
    """

    def __init__(self, source: Source) -> None:
        """Wrap what they come from; made by `Client.map`."""
        self._source = source
        self._tally = source.tally

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def __next__(self) -> Row[Any]:
        """Return the next row.

        Raises:
            UnillmError: Every row would meet it, such as a wrong key; or the checkpoint cannot be
                read or written.
        """
        row = self._source.next()
        if row is None:
            raise StopIteration
        return row

    def collect(self) -> list[Row[Any]]:
        """Return all rows that are left, and close."""
        from unillm.types.row import RowList

        with self:
            return RowList(self)

    def close(self) -> None:
        """Call off what is being asked, and wait until that is over. What was answered is kept."""
        self._source.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self._source.close()

    def __del__(self) -> None:
        """Call off what nobody waits for."""
        with suppress(Exception):
            self._source.drop()

    def __repr__(self) -> str:
        """Show how far they are."""
        return f"Rows({_shown(self._tally)})"


class AsyncRows(_Counted):
    """The rows of many calls, in the order of the input, as they are done.

    An iterator, and a context manager: leaving the ``async with`` block calls off
    what is being asked. Without one, that happens when nobody holds it any more.
    """

    def __init__(self, source: AsyncSource) -> None:
        """Wrap what they come from; made by `AsyncClient.map`."""
        self._source = source
        self._tally = source.tally

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Row[Any]:
        """Return the next row.

        Raises:
            UnillmError: Every row would meet it, such as a wrong key; or the checkpoint cannot be
                read or written.
        """
        row = await self._source.next()
        if row is None:
            raise StopAsyncIteration
        return row

    async def collect(self) -> list[Row[Any]]:
        """Return all rows that are left, and close."""
        from unillm.types.row import RowList

        async with self:
            return RowList([row async for row in self])

    async def close(self) -> None:
        """Call off what is being asked, and wait until that is over. What was answered is kept."""
        await self._source.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self._source.close()

    def __del__(self) -> None:
        """Call off what nobody waits for."""
        with suppress(Exception):
            self._source.drop()

    def __repr__(self) -> str:
        """Show how far they are."""
        return f"AsyncRows({_shown(self._tally)})"


def _shown(tally: Tally) -> str:
    total = "?" if tally.total is None else f"{tally.total:,}"
    resumed = f", {tally.resumed:,} resumed" if tally.resumed else ""
    cost = "" if tally.cost is None else f", {tally.cost.brief}"
    return f"{tally.done:,} of {total} done, {tally.failed:,} failed{resumed}{cost}"
