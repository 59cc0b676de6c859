"""The async transport over httpx, or over a client that was handed in."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from weakref import WeakKeyDictionary

import anyio

from unillm._io import foreign
from unillm._io.httpx_ahead import joined, length_of, parser_of
from unillm._io.httpx_clients import Front, async_front, headers_of
from unillm._io.httpx_pools import Pooled, Pools
from unillm.types.transport import Limits, WireRequest

if TYPE_CHECKING:
    import httpx

Close: TypeAlias = Callable[[], Awaitable[None]]
_Pools: TypeAlias = "WeakKeyDictionary[Any, _Pool]"

BUFFERED = 4096
"""Pieces of a body that may be there without a read of the network."""


class AsyncHttpxTransport:
    """Send requests with httpx: small pools for each running loop, or the client handed in."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        """Take a client to send with; without one, clients are made as they are needed."""
        import_module("httpx")  # now, so that it takes nobody's time limit
        self._given = client
        self._pools: _Pools = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._pid = os.getpid()

    async def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> AsyncHttpxExchange:
        """Send the request and wait for the head of the answer.

        Raises:
            UnillmError: It failed; the foreign exception is the cause.
        """
        pool = await self._pool()
        try:
            if self._given is not None:
                response = await _sent_by(self._given, request, headers, limits)
                return AsyncHttpxExchange(response, pool)
            return await pool.send(request, headers, limits)
        except Exception as error:
            raise foreign.mapped(error) from error

    async def aclose(self) -> None:
        """Close the clients of this loop; those of other loops end with their loops."""
        loop = _running_loop()
        with self._lock:
            pool = self._pools.pop(loop, None)
        if pool is not None:
            await pool.aclose()

    async def _pool(self) -> _Pool:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's connections, nor wait for its threads.
            self._lock = threading.Lock()
            self._pools, self._pid = WeakKeyDictionary(), os.getpid()
        loop = _running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = _Pool()
            with self._lock:
                self._drop_closed_loops()
                self._pools[loop] = pool
            if self._given is None:
                await pool.close_with_loop()
        return pool

    def _drop_closed_loops(self) -> None:
        """Let go of loops that were closed without finalising their async generators."""
        for loop in [loop for loop in self._pools if _is_closed(loop)]:
            del self._pools[loop]


class _Pool:
    """The clients of one event loop."""

    def __init__(self) -> None:
        self._front: Front[httpx.AsyncHTTPTransport] | None = None
        self._pools: Pools[httpx.AsyncHTTPTransport] = Pools()
        self._guard: AsyncGenerator[None] | None = None
        self._timeout: dict[str, float | None] = {"connect": None}
        # Tasks that nobody may be waiting for any more: the loop itself would forget them.
        self._closing: set[Any] = set()

    async def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> AsyncHttpxExchange:
        """Send a request, on a connection that carries nothing else."""
        front = self._front = self._front or async_front()
        address = front.address(request.url)
        if self._timeout["connect"] != limits.connect:
            self._timeout = _timeout(limits)
        built = front.request(request, address, headers, self._timeout)
        await self._close_stale()
        pooled = self._pools.take(address.origin, partial(front.open, address))
        try:
            response = await pooled.transport.handle_async_request(built)
            exchange = AsyncHttpxExchange(response, self, pooled)
            front.note(built, response, exchange.headers)
        except BaseException:
            await self._drop(pooled)
            raise
        return exchange

    async def leave(self, pooled: Pooled[httpx.AsyncHTTPTransport], *, spent: bool) -> None:
        """Take back what an exchange was carried on by; spent: it carries no other."""
        if spent:
            await self._drop(pooled)
        else:
            self._pools.leave(pooled)
            await self._close_stale()

    async def _drop(self, pooled: Pooled[httpx.AsyncHTTPTransport]) -> None:
        self._pools.drop(pooled)
        await self.surely(pooled.transport.aclose)

    async def _close_stale(self) -> None:
        if stale := self._pools.stale():
            await self.surely(partial(_close_all, stale))

    async def surely(self, close: Close) -> None:
        """Close something, whoever is cancelled meanwhile, and how often.

        A cancel of asyncio's own goes through anyio's shields, so that there it is done in a task
        of its own. trio's cannot.
        """
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            with anyio.CancelScope(shield=True):
                await close()
            return
        task = loop.create_task(_awaited(close))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        await asyncio.shield(task)

    async def close_with_loop(self) -> None:
        """Have the loop close the clients when it shuts down.

        ``asyncio.run`` and ``trio.run`` both finalise the async generators begun in them, which
        is the one public hook a loop has for its end.
        """
        self._guard = self._closed_at_last()
        await anext(self._guard)

    async def aclose(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            await guard.aclose()

    async def _closed_at_last(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            self._guard = None  # it knows its loop, which is to be let go
            await _close_all(self._pools.clear())


async def _close_all(transports: list[httpx.AsyncHTTPTransport]) -> None:
    for transport in transports:
        await transport.aclose()


class AsyncHttpxExchange:
    """An answer whose head has arrived.

    The response itself is let go of: its headers, and those of the request, would be held again.
    """

    __slots__ = (
        *("_begun", "_chunks", "_finish", "_is_broken", "_is_left", "_left", "_network"),
        *("_parser", "_pool", "_pooled", "headers", "is_whole", "status"),
    )

    def __init__(
        self,
        response: httpx.Response,
        pool: _Pool,
        pooled: Pooled[httpx.AsyncHTTPTransport] | None = None,
    ) -> None:
        """Take an httpx response opened with ``stream=True``, and what carries it.

        Without ``pooled`` it is of a client that was handed in.
        """
        self.status = response.status_code
        self.headers = headers_of(response)
        self._pool = pool
        self._pooled = pooled
        self._is_left = self._begun = self._is_broken = False
        self.is_whole = False
        """Whether all of the body has arrived: neither reading nor closing waits then."""
        is_shared = response.http_version == "HTTP/2"  # it carries other exchanges too
        self._network = None if is_shared else response.extensions.get("network_stream")
        # A hook of a client's owner may have read it already: then it can be had decoded alone.
        decoded = "content-encoding" in self.headers or response.is_stream_consumed
        stream = cast("httpx.AsyncByteStream", response.stream)
        self._finish = response.aclose if decoded or pooled is None else stream.aclose
        self._chunks = aiter(response.aiter_bytes() if decoded else stream)
        self._parser = None if decoded else parser_of(response, self.headers)
        # A client that was handed in may be made to answer by itself, and say anything.
        self._left = None if decoded or pooled is None else length_of(self.headers)

    async def read(self) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its end."""
        if self.is_whole:
            return b""
        self._begun = True
        try:
            async for chunk in self._chunks:
                if chunk:
                    if self._left is not None:
                        self._left -= len(chunk)
                        if not self._left:
                            await self._end()
                        return chunk
                    return chunk if self._parser is None else joined(self._parser, chunk)
            await self._finish()
            self.is_whole = True
        except BaseException as error:
            # Cancelled, perhaps while httpx closed the connection, which then stays half way.
            self._is_broken = not isinstance(error, Exception)
            raise
        return b""

    async def _end(self) -> None:
        """Take the end of a body of which all has come, which is there already."""
        if await anext(self._chunks, None) is None:
            await self._finish()
            self.is_whole = True

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if self._is_left:
            return
        self._is_left = True
        if not self.is_whole or self._is_broken:
            await self._pool.surely(self._release)
        elif self._pooled is not None:
            await self._pool.leave(self._pooled, spent=False)

    async def _release(self) -> None:
        """Let go of everything, one after the other, whatever fails."""
        with suppress(Exception):
            await self._unwind()
        with suppress(Exception):
            await self._finish()
        if self._is_broken and self._network is not None:
            with suppress(Exception):
                await self._network.aclose()
        if self._pooled is not None:
            await self._pool.leave(self._pooled, spent=True)

    async def _unwind(self) -> None:
        """End the generators within generators that httpx reads through.

        A cancelled read is what reaches the innermost one. Left alone they would be collected
        as garbage, of which trio warns, and for which asyncio makes a task each.
        """
        if not self._begun:
            return
        with anyio.CancelScope() as scope:
            scope.cancel()
            for _ in range(BUFFERED):
                if await anext(self._chunks, None) is None:
                    break


async def _sent_by(
    client: httpx.AsyncClient, request: WireRequest, headers: Mapping[str, str], limits: Limits
) -> httpx.Response:
    """Send with a client that was handed in, which does with a request all that it does."""
    built = client.build_request(
        request.method,
        request.url,
        headers=dict(headers),
        content=request.body,
        extensions={"timeout": _timeout(limits)},
    )
    return await client.send(built, stream=True, follow_redirects=False)


def _timeout(limits: Limits) -> dict[str, float | None]:
    return {"connect": limits.connect, "read": None, "write": None, "pool": None}


async def _awaited(close: Close) -> None:
    await close()


def _is_closed(loop: Any) -> bool:
    closed = getattr(loop, "is_closed", None)
    return closed is not None and closed()


def _running_loop() -> Any:
    """Return what stands for the running event loop: it lives and dies with it."""
    import asyncio

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return trio.lowlevel.current_trio_token()
