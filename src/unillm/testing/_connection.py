"""One TCP connection to the fake provider."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys
from collections.abc import Coroutine, Iterable
from typing import Protocol, cast

import h11

from unillm.testing._error import error
from unillm.testing._framing import written
from unillm.testing._request import RequestReader
from unillm.testing._service import Serving
from unillm.testing.raw import Raw, Segment
from unillm.testing.seen import Seen

_log = logging.getLogger("unillm.testing")
_LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class House(Protocol):
    """What a connection needs of the server it belongs to."""

    def opened(self, connection: Connection) -> int:
        """Count a connection in and return its number."""
        ...

    def closed(self, connection: Connection) -> None:
        """Count a connection out, and what it was answering."""
        ...

    def asked(self) -> int:
        """Return the number of the next request."""
        ...

    def answering(self, connection: Connection, *, now: bool) -> None:
        """Note that a connection starts or stops to answer a request."""
        ...

    def respond(self, seen: Seen, /) -> Serving:
        """Choose the answer to a request."""
        ...


class Connection(asyncio.Protocol):
    """Read requests and write answers, broken ones included, on one connection."""

    def __init__(self, house: House) -> None:
        """Belong to a server.

        Args:
            house: The server.
        """
        self._house = house
        self._number = house.opened(self)
        self._reader = RequestReader(self._number)
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Task[None] | None = None
        self._serving: Serving | None = None
        self._dropped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; every write goes out at once and as a segment of its own."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Read, and start to answer once a request is complete."""
        self._reader.feed(data)
        self._next()

    def eof_received(self) -> None:
        """Take a client's FIN for its leaving; HTTP clients do not close one half."""
        self._abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio gives it
        """Stop answering and count the connection out, at once."""
        if self._reply is not None:
            self._reply.cancel()
        if self._serving is not None:
            self._serving.over("stopped" if self._dropped else "left")
        self._house.closed(self)

    def pause_writing(self) -> None:
        """Hold writing until the socket took everything."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._writable.set()

    def drop(self) -> None:
        """Close at once, whatever is under way, because the server stops."""
        self._dropped = True
        self._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def _socket(self) -> socket.socket:
        return cast("socket.socket", self._wire.get_extra_info("socket"))

    @property
    def _wire(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionError
        return self._transport

    def _next(self) -> None:
        if self._reply is not None or self._wire.is_closing():
            return
        try:
            request = self._reader.read(self._house.asked)
        except h11.RemoteProtocolError as problem:
            refusal = error(f"That is not an HTTP request: {problem}", status=400)
            self._start(self._refuse(refusal))
            return
        if request is not None:
            seen, kept = request
            self._start(self._serve(seen, kept=kept))
        elif self._reader.wants_continue:
            self._wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _start(self, reply: Coroutine[None, None, None]) -> None:
        self._house.answering(self, now=True)
        self._reply = asyncio.get_running_loop().create_task(reply)

    async def _serve(self, seen: Seen, *, kept: bool) -> None:
        try:
            serving = self._serving = self._house.respond(seen)
            raw = serving.raw
            kept = kept and raw.framing != "close" and raw.wire is None
            await self._write(serving.written(kept=kept))
            if raw.end != "stall":
                serving.over()
                self._serving = None
            await self._end(raw, kept=kept)
        except Exception:  # noqa: BLE001 - whatever a fault of the user's own raises
            _log.exception("The fake provider failed on request %d", seen.number)
            self.drop()

    async def _refuse(self, raw: Raw) -> None:
        await self._write(written(raw, 0, kept=False, sent=lambda _: None))
        await self._end(raw, kept=False)

    async def _write(self, segments: Iterable[Segment]) -> None:
        for segment in segments:
            if isinstance(segment, bytes):
                await self._writable.wait()
                self._wire.write(segment)
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(segment)
        await self._writable.wait()

    async def _end(self, raw: Raw, *, kept: bool) -> None:
        if raw.end == "stall":
            await asyncio.Event().wait()
        if raw.end == "reset":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            self._wire.abort()
        elif raw.end == "cut" or not kept:
            self._wire.close()
        self._house.answering(self, now=False)
        self._reply = None
        self._next()
