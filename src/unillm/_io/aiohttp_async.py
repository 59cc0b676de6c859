"""The async transport over aiohttp: the fast one, for asyncio alone."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import ClientResponse

from unillm._io.aiohttp_errors import mapped
from unillm._io.aiohttp_sessions import LARGE, Session, large
from unillm.errors import InvalidRequestError
from unillm.types.transport import Limits, WireRequest


class AsyncAiohttpTransport:
    """Send requests with aiohttp: one session, and its pool of connections, for each loop."""

    def __init__(self) -> None:
        """Make none yet: a session belongs to the loop it is made in."""
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, Session] = WeakKeyDictionary()
        self._lock = threading.Lock()
        self._pid = os.getpid()

    async def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> AsyncAiohttpExchange:
        """Send the request and wait for the head of the answer.

        Raises:
            InvalidRequestError: The running loop is not asyncio's.
            TransportError: It failed; aiohttp's exception is the cause.
        """
        loop = _running_loop()
        session = self._sessions.get(loop)
        if session is None or session.is_over or self._pid != os.getpid():
            session = await self._made(loop)
        await session.settle(loop.time())
        body: Any = request.body if len(request.body) < LARGE else large(request.body)
        try:
            url, proxy, trusted = session.target(request.url)
            response = await session.client.request(
                request.method,
                url,
                headers=headers,
                data=body or None,
                allow_redirects=False,
                proxy=proxy,
                ssl=trusted,
                timeout=session.timeout(limits.connect),
                middlewares=None if request.method == "POST" else session.once,
            )
            return AsyncAiohttpExchange(response, session)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised as ours
            failure = mapped(error)
        raise failure

    async def aclose(self) -> None:
        """Close the session of this loop; those of other loops end with their loops."""
        try:
            loop = _running_loop()
        except InvalidRequestError:
            return  # it was never used here
        with self._lock:
            session = self._sessions.pop(loop, None)
        if session is not None:
            await session.aclose()

    async def _made(self, loop: asyncio.AbstractEventLoop) -> Session:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's connections, nor wait for its threads.
            self._lock = threading.Lock()
            for inherited in self._sessions.values():
                inherited.forget()
            self._sessions, self._pid = WeakKeyDictionary(), os.getpid()
        session = Session(loop)
        with self._lock:
            for closed in [one for one in self._sessions if one.is_closed()]:
                del self._sessions[closed]  # it ended without finalising its generators
            self._sessions[loop] = session
        await session.close_with_loop()
        return session


class AsyncAiohttpExchange:
    """An answer whose head has arrived."""

    __slots__ = ("__weakref__", "_content", "_response", "_session", "headers", "status")

    def __init__(self, response: ClientResponse, session: Session) -> None:
        """Take a response whose body was not read, and the session that it came by."""
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response)
        self._response = response
        self._content = response.content
        self._session = session
        session.open.add(self)

    async def read(self) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its end."""
        content = self._content
        try:
            return await content.readany() if content.exception() is None else self._left_over()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised as ours
            failure = mapped(error)
        raise failure

    @property
    def is_whole(self) -> bool:
        """Tell whether all of the body has arrived: neither reading nor closing waits then."""
        return self._content.is_eof()

    async def aclose(self) -> None:
        """Close the connection, unless the body came whole: then it was given back already."""
        session = self._session
        if self in session.open:
            session.open.discard(self)
            session.heard(asyncio.get_running_loop().time())
            self.shut()

    def shut(self) -> None:
        """Close the connection at once: what is still to be written to it is not waited for."""
        connection = self._response.connection
        if connection is not None and connection.transport is not None:
            with suppress(RuntimeError):  # its loop was closed before it
                connection.transport.abort()
        self._response.close()

    def _left_over(self) -> bytes:
        """Return what had come before the connection broke; aiohttp would leave it out.

        Raises:
            Exception: There is nothing more; it says how the connection broke.
        """
        content: Any = self._content
        error = content.exception()
        content.set_exception(None)
        data: bytes = content.read_nowait()
        content.set_exception(error)
        if not data:
            raise error
        return data


def _joined(response: ClientResponse) -> dict[str, str]:
    """Return the headers by lower-case names; of several with one name, all the values."""
    joined: dict[str, str] = {}
    for name, value in response.headers.items():
        key = _lower(name)
        text = value if value.isascii() else _readable(value)
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


@lru_cache(maxsize=256)
def _lower(name: str) -> str:
    """Return the name of a header in lower case, the same text for every answer."""
    return name.lower()


def _readable(value: str) -> str:
    """Return a header as text that can be written: aiohttp leaves half characters in it."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise InvalidRequestError(
            "aiohttp runs on asyncio only, and this loop is another's (trio's): "
            'leave out transport="aiohttp", or UNILLM_TRANSPORT, to send with httpx'
        ) from None
