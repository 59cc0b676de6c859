"""The sync transport over httpx, or over a client that was handed in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from unillm._io import clock, foreign
from unillm._io.httpx_clients import Shard, Shards, bounded_client, hide_query
from unillm._io.until import Remaining, bound_new_reads, bound_reads, until
from unillm.types.transport import Limits, WireRequest

if TYPE_CHECKING:
    import httpx


class HttpxTransport:
    """Send requests with httpx: many small pools, or the one client that was handed in."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        """Take a client to send with; without one, clients are made as they are needed."""
        import_module("httpx")  # now, so that it takes nobody's time limit
        self._given = client
        self._shards = Shards(client, bounded_client)
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
        shard = self._shard()
        try:
            response = _sent(shard, request, headers, limits)
            return HttpxExchange(response, bounded=shard.own, leave=partial(self._leave, shard))
        except BaseException as error:
            self._leave(shard, spent=not isinstance(error, Exception))
            raise

    def close(self) -> None:
        """Close the clients made here; one that was handed in stays open."""
        with self._lock:
            shards = self._shards.clear()
        for shard in shards:
            shard.client.close()

    def __del__(self) -> None:
        """Close what was forgotten, except in a forked child, where it is the parent's."""
        if self._pid == os.getpid():
            with suppress(Exception):
                self.close()

    def _shard(self) -> Shard[httpx.Client]:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's connections, nor wait for its threads.
            self._lock, self._pid = threading.RLock(), os.getpid()
            self._shards = Shards(self._given, bounded_client)
        with self._lock:
            for stale in self._shards.stale():
                stale.client.close()
            return self._shards.take()

    def _leave(self, shard: Shard[httpx.Client], *, spent: bool = False) -> None:
        with self._lock:
            self._shards.leave(shard, spent=spent)
            for stale in self._shards.stale(shard):
                stale.client.close()


class HttpxExchange:
    """An answer whose head has arrived."""

    def __init__(
        self, response: httpx.Response, *, bounded: bool, leave: Callable[..., None]
    ) -> None:
        """Take an httpx response opened with ``stream=True``, and what is called at its end."""
        self._response = response
        self._leave = leave
        self._is_left = threading.Lock()  # taken once, by whoever closes
        self._is_whole = self._is_broken = False
        bounded = bounded or response.http_version == "HTTP/2"
        self._is_bounded = bounded or bound_reads(response.extensions.get("network_stream"))
        # A hook of the client's owner may have read it already: then it can be had decoded alone.
        decoded = "content-encoding" in response.headers or response.is_stream_consumed
        self._chunks: Iterator[bytes] = response.iter_bytes() if decoded else response.iter_raw()

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; look-ups ignore case."""
        return self._response.headers

    def read(self, timeout: float | None) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its end."""
        try:
            with until(timeout):
                for chunk in self._chunks:
                    if chunk:
                        return chunk
        except Exception as error:
            raise foreign.mapped(error) from error
        except BaseException:
            self._is_broken = True
            raise
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
        try:
            if not self._is_whole:
                with suppress(
                    Exception
                ):  # it may be shut already, and is to be closed all the same
                    self._wake()
            with suppress(Exception):
                self._response.close()
        except BaseException:
            self._is_broken = True
            raise
        finally:
            self._leave(spent=self._is_broken)

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


def _sent(
    shard: Shard[httpx.Client], request: WireRequest, headers: Mapping[str, str], limits: Limits
) -> httpx.Response:
    timeout = Remaining(
        connect=limits.connect, read=limits.read, write=limits.head, pool=limits.head
    )
    extensions: dict[str, Any] = {"timeout": timeout}
    if not shard.own:
        extensions["trace"] = bound_new_reads
    try:
        with until(limits.head):
            built = shard.client.build_request(
                request.method,
                request.url,
                headers=dict(headers),
                content=request.body,
                extensions=extensions,
            )
            if shard.own:
                hide_query(built)
            response = shard.client.send(built, stream=True, follow_redirects=False)
    except Exception as error:
        raise foreign.mapped(error) from error
    timeout.is_cut = response.http_version == "HTTP/2"
    return response
