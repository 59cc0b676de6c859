"""The sync transport over httpx, or over a client that was handed in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

from unillm._io import clock, foreign
from unillm._io.httpx_ahead import joined, parser_of
from unillm._io.httpx_clients import Front, bounded_front, headers_of
from unillm._io.httpx_pools import Pooled, Pools
from unillm._io.until import Remaining, bound_new_reads, bound_reads, until
from unillm.types.transport import Limits, WireRequest

if TYPE_CHECKING:
    import httpx


class HttpxTransport:
    """Send requests with httpx: a small pool for each connection, or the client handed in."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        """Take a client to send with; without one, transports are made as they are needed."""
        import_module("httpx")  # now, so that it takes nobody's time limit
        self._given = client
        self._front: Front[httpx.HTTPTransport] | None = None
        self._pools: Pools[httpx.HTTPTransport] = Pools()
        # Reentrant: a forgotten stream may be collected, and closed, at any allocation under it.
        self._lock = threading.RLock()
        self._pid = os.getpid()

    def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> HttpxExchange:
        """Send the request and wait for the head of the answer.

        Raises:
            UnillmError: It failed; the foreign exception is the cause.
        """
        try:
            if self._given is None:
                return self._sent(request, headers, limits)
            return HttpxExchange(_sent_by(self._given, request, headers, limits))
        except Exception as error:
            raise foreign.mapped(error) from error

    def close(self) -> None:
        """Close the connections made here; a client that was handed in stays open."""
        with self._lock:
            transports = self._pools.clear()
        for transport in transports:
            transport.close()

    def __del__(
        self, _pid: Callable[[], int] = os.getpid, _quiet: type[suppress] = suppress, /
    ) -> None:
        """Close what was forgotten, except in a forked child, where it is the parent's.

        What it needs is held here: when a program ends, modules may be emptied before it.
        """
        with _quiet(Exception):
            if self._pid == _pid():
                self.close()

    def _sent(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> HttpxExchange:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's connections, nor wait for its threads.
            self._lock, self._pid = threading.RLock(), os.getpid()
            self._front, self._pools = None, Pools()
        front = self._front = self._front or bounded_front()
        address = front.address(request.url)
        timeout = {"connect": limits.connect, "read": limits.read, "write": limits.head}
        built = front.request(request, address, headers, timeout)
        with self._lock:
            self._close_stale()
            pooled = self._pools.take(address.origin, partial(front.open, address))
        try:
            with until(limits.head):
                response = pooled.transport.handle_request(built)
            exchange = HttpxExchange(response, partial(self._leave, pooled))
            front.note(built, response, exchange.headers)
        except BaseException:
            self._leave(pooled, spent=True)
            raise
        return exchange

    def _leave(self, pooled: Pooled[httpx.HTTPTransport], *, spent: bool) -> None:
        with self._lock:
            if spent:
                self._pools.drop(pooled)
            else:
                self._pools.leave(pooled)
            self._close_stale()
        if spent:
            pooled.transport.close()

    def _close_stale(self) -> None:
        for transport in self._pools.stale():
            transport.close()


class HttpxExchange:
    """An answer whose head has arrived."""

    def __init__(self, response: httpx.Response, leave: Callable[..., None] | None = None) -> None:
        """Take an httpx response whose body is unread, and what is called at its end.

        Without that, it is of a client that was handed in.
        """
        self._response = response
        self._leave = leave
        self._is_left = threading.Lock()  # taken once, by whoever closes
        self._is_whole = False
        self._headers = headers_of(response)
        self._is_bounded = (
            leave is not None
            or response.http_version == "HTTP/2"
            or bound_reads(response.extensions.get("network_stream"))
        )
        # A hook of a client's owner may have read it already: then it can be had decoded alone.
        decoded = "content-encoding" in self._headers or response.is_stream_consumed
        body = response.iter_bytes() if decoded else cast("Iterable[bytes]", response.stream)
        self._chunks = iter(body)
        self._parser = None if decoded else parser_of(response, self._headers)

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; names are lower case."""
        return self._headers

    def read(self, timeout: float | None) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its end."""
        try:
            with until(timeout):
                for chunk in self._chunks:
                    if chunk:
                        return chunk if self._parser is None else joined(self._parser, chunk)
        except Exception as error:
            raise foreign.mapped(error) from error
        self._is_whole = True
        return b""

    def drain(self, seconds: float) -> None:
        """Read on to the end of the body, if reads can be bounded."""
        if not self._is_bounded:
            return
        with suppress(Exception), until(seconds):
            end = clock.monotonic() + seconds
            while not self._is_whole and clock.monotonic() < end:
                self._is_whole = next(self._chunks, None) is None

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if not self._is_left.acquire(blocking=False):
            return
        is_clean = False
        try:
            if not self._is_whole:
                with suppress(Exception):  # it may be shut already, and is closed all the same
                    self._wake()
            with suppress(Exception):
                self._response.close()
            is_clean = self._is_whole
        finally:
            if self._leave is not None:
                self._leave(spent=not is_clean)

    def _wake(self) -> None:
        """End the wait of a thread that is reading; closing the file of a socket does not.

        An HTTP/2 connection carries other exchanges too and is left alone.
        """
        if self._response.http_version == "HTTP/2":
            return
        stream = self._response.extensions.get("network_stream")
        sock = None if stream is None else stream.get_extra_info("socket")
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)


def _sent_by(
    client: httpx.Client, request: WireRequest, headers: Mapping[str, str], limits: Limits
) -> httpx.Response:
    """Send with a client that was handed in, which does with a request all that it does."""
    timeout = Remaining(
        connect=limits.connect, read=limits.read, write=limits.head, pool=limits.head
    )
    with until(limits.head):
        built = client.build_request(
            request.method,
            request.url,
            headers=dict(headers),
            content=request.body,
            extensions={"timeout": timeout, "trace": bound_new_reads},
        )
        response = client.send(built, stream=True, follow_redirects=False)
    timeout.is_cut = response.http_version == "HTTP/2"
    return response
