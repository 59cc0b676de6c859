"""The aiohttp session of one event loop: its settings, its proxies, and its end."""

from __future__ import annotations

import asyncio
import io
import weakref
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from typing import Any, Protocol, TypeAlias

import httpx
from aiohttp import (
    ClientHandlerType,
    ClientOSError,
    ClientPayloadError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from unillm._io import ssl_context
from unillm._io.aiohttp_errors import mapped
from unillm._io.proxies import Proxies

KEPT = 5.0
"""Seconds a connection is kept without carrying anything, as with httpx."""
LARGE = 2**20
"""Bytes from which on aiohttp wants a body in pieces, so that writing it blocks no loop."""
QUIET = 0.2
"""Seconds without a call after which the loop is asked first who has hung up meanwhile."""

_HEAD = 100_000
"""Bytes that one line of a head may have: what httpx takes for all of it."""
_TARGETS = 256
"""URLs that are remembered."""
_EXACT = float("inf")
"""From so many seconds on aiohttp would round a time limit up."""

Target: TypeAlias = tuple[URL, str | None, SSLContext]


class Shuttable(Protocol):
    """An exchange that can be broken off."""

    def shut(self) -> None:
        """Close its connection at once."""
        ...


class Session:
    """A session of aiohttp and what is remembered beside it.

    It is closed with the client, with its loop, or when it is forgotten: nothing is ever said of a
    session that nobody closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make it in the running loop; proxies and certificates are the environment's."""
        self.client = _session(loop)
        self.open: weakref.WeakSet[Shuttable] = weakref.WeakSet()
        self.once = (_once,)
        self.is_over = False
        self._proxies = Proxies.of_environment()
        self._targets: dict[str, Target] = {}
        self._timeout = ClientTimeout(total=None, ceil_threshold=_EXACT)
        self._heard_at = loop.time()
        self._guard: AsyncGenerator[None] | None = None
        # What is handed over here lives until this object is gone, in whatever order they go.
        self._forgotten = weakref.finalize(self, _close_later, self.client, loop)
        self._forgotten.atexit = False

    def target(self, url: str) -> Target:
        """Return a URL as it is sent, the proxy to it, and whom to trust.

        Raises:
            ValueError: It is no URL, or its proxy is none that aiohttp can use.
        """
        found = self._targets.get(url)
        if found is None:
            # httpx writes it, so that both transports send the same bytes.
            written, proxy = URL(str(httpx.URL(url)), encoded=True), self._proxies.to(url)
            secure = "https" in {written.scheme, proxy and proxy.partition(":")[0]}
            found = written, proxy, ssl_context.shared() if secure else ssl_context.unused()
            if len(self._targets) >= _TARGETS:
                self._targets.clear()
            self._targets[url] = found
        return found

    def timeout(self, connect: float | None) -> ClientTimeout:
        """Return the time limits of a call: aiohttp's own is that for connecting."""
        if self._timeout.connect != connect:
            self._timeout = ClientTimeout(total=None, connect=connect, ceil_threshold=_EXACT)
        return self._timeout

    async def settle(self, now: float) -> None:
        """Hear of the servers that hung up while the loop was not running.

        Else a request may be sent on a connection whose end lies unread in this process.
        """
        quiet, self._heard_at = now - self._heard_at, now
        if quiet > QUIET and self._targets:
            # One turn of the loop sees what came, the next acts on it.
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def heard(self, now: float) -> None:
        """Note that the loop is running."""
        self._heard_at = now

    async def close_with_loop(self) -> None:
        """Have the loop close the session when it shuts down.

        ``asyncio.run`` finalises the async generators begun in it, which is the one public hook a
        loop has for its end.
        """
        self._guard = _closed_at_last(weakref.ref(self), self.client)
        await anext(self._guard)

    async def aclose(self) -> None:
        """Break off what is open, and close all connections."""
        while self.open:
            self.open.pop().shut()
        guard, self._guard = self._guard, None
        if guard is not None:
            await guard.aclose()

    def let_go(self) -> None:
        """Let go of the loop, which ends."""
        self._forgotten.detach()
        self.is_over = True
        self._guard = None
        del self.client

    def forget(self) -> None:
        """Let go of it without touching a connection: they are another process's."""
        self._forgotten.detach()
        self.client.detach()


class _Handler(ResponseHandler):
    """A connection on which broken HTTP also ends a body that is being read.

    aiohttp tells only who waits for a head; who reads the body would wait for ever.
    """

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """Note what broke."""
        super().set_exception(exc, exc if exc_cause is None else exc_cause)
        body = self._payload
        if body is not None and body.exception() is None and not body.is_eof():
            failure = ClientPayloadError(str(exc))
            failure.__cause__ = exc_cause
            body.set_exception(failure)


class _Connector(TCPConnector):
    """A connector that is silent when it is collected: its session closes it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, **options: Any) -> None:
        """Make its connections such as above; there is no public way to have them so."""
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType] - aiohttp's own
        factory: Any = partial(_Handler, loop=loop)
        self._factory = factory

    def __del__(self, _warnings: Any = None, /) -> None:
        """Do nothing; a forked child must not even close it."""


class _Response(ClientResponse):
    """A response that closes its connection at once if it is given up before its head came."""

    async def start(self, connection: Connection) -> ClientResponse:
        """Wait for the head."""
        try:
            return await super().start(connection)
        except BaseException:
            # aiohttp would only close it, once what is left of the prompt was taken.
            if connection.transport is not None:
                connection.transport.abort()
            raise


def _session(loop: asyncio.AbstractEventLoop) -> ClientSession:
    # Names are resolved as httpx does it, whatever else is installed.
    connector = _Connector(
        loop,
        limit=0,
        keepalive_timeout=KEPT,
        resolver=ThreadedResolver(),
    )
    return ClientSession(
        connector=connector,
        response_class=_Response,
        cookie_jar=DummyCookieJar(),
        max_line_size=_HEAD,
        max_field_size=_HEAD,
    )


async def _closed_at_last(
    session: weakref.ref[Session], client: ClientSession
) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        if (kept := session()) is not None:
            kept.let_go()
        await client.close()


def _close_later(client: ClientSession, loop: asyncio.AbstractEventLoop) -> None:
    """Close a session that was forgotten: by its loop, if that still runs."""
    if not loop.is_closed():
        with suppress(RuntimeError):  # it is being closed
            loop.call_soon_threadsafe(lambda: loop.create_task(client.close()))
            return
    with suppress(StopIteration):  # a loop that is closed has nothing to wait for
        client.close().send(None)


def large(body: bytes) -> io.BytesIO:
    """Return a large body so that it is written in pieces."""
    return io.BytesIO(body)


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Have a request sent once: aiohttp would send a GET again, which is the flow's to decide."""
    try:
        return await handler(request)
    except (ClientOSError, ServerDisconnectedError) as error:
        failure = mapped(error)
    raise failure
