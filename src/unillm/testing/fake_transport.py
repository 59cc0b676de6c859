"""A provider to test against, without sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self, Unpack
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel

from unillm._io import clock
from unillm.errors import TransportError
from unillm.testing._arrived import Arrived, Head
from unillm.testing._router import Queued
from unillm.testing._scripted import FakeOptions, Scripted
from unillm.testing._service import Serving
from unillm.testing._silence import wait
from unillm.testing.seen import seen_of
from unillm.types.transport import Limits, WireRequest

__all__ = ["AsyncFakeTransport", "FakeTransport"]


class _Unplugged(Scripted):
    """What the transport and its async twin share."""

    def __init__(self, *replies: Queued, **options: Unpack[FakeOptions]) -> None:
        """Queue answers.

        Args:
            replies: Texts, `Answer`, `Raw` and faults; each serves one request.
            options: ``api_key``, ``models``, ``dialect``, ``rules``, ``faults``, ``seed``,
                ``strict``, ``batch``; see `FakeOptions`.

        Raises:
            ImportError: h11 is missing; the extra ``testing`` brings it.
            KeyError: There is no fault of that name, or no host.
            TypeError: That cannot be queued.
            ValueError: A probability is none, or together they are more than 1.
        """
        super().__init__(**options)
        self._arriving = _reader()
        self._count = count(1)
        self._lock = threading.Lock()
        self.enqueue(*replies)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Look whether all went as it was queued, if ``strict`` asks for that."""
        if kind is None:
            self._settle()

    def _serving(self, request: WireRequest, headers: Mapping[str, str]) -> Serving:
        parts = urlsplit(request.url)
        with self._lock:
            number = next(self._count)
        return self._service.respond(
            seen_of(
                request.method,
                f"{parts.path}?{parts.query}" if parts.query else parts.path,
                {"host": parts.netloc, **headers},
                request.body,
                number=number,
                connection=number,
            )
        )


class FakeTransport(_Unplugged):
    """Answer a `unillm.Client` without sockets, soundly or with a chosen fault.

    It answers as `FakeProvider` does: what was queued, else the fault the model is named after,
    else what the request suggests. The bytes are those that would be on the wire. A stall ends at
    once with the error of the time limit that it would have outlasted.

    Example:
        >>> import unillm
        >>> from unillm.testing import FakeTransport
        >>> fake = FakeTransport("Hello")
        >>> box = unillm.Provider("box", base_url="http://box.example/v1")
        >>> unillm.Client(providers=[box], transport=fake).chat("Hi", model="box:any").text
        'Hello'
    """

    def send(self, request: WireRequest, headers: Mapping[str, str], limits: Limits) -> _Answer:
        """Answer a request."""
        serving = self._serving(request, headers)
        answer = _Answer(serving, self._arriving(serving))
        answer.open(limits.head)
        return answer

    def close(self) -> None:
        """Do nothing: nothing is open."""


class AsyncFakeTransport(_Unplugged):
    """Answer a `unillm.AsyncClient` without sockets: the async twin of `FakeTransport`."""

    async def send(
        self,
        request: WireRequest,
        headers: Mapping[str, str],
        limits: Limits,  # noqa: ARG002 - whoever calls sets the time limits
    ) -> _AsyncAnswer:
        """Answer a request."""
        serving = self._serving(request, headers)
        answer = _AsyncAnswer(serving, self._arriving(serving))
        await answer.open()
        return answer

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


def _reader() -> Callable[[Serving], Generator[Arrived]]:
    try:
        from unillm.testing._arriving import arriving
    except ImportError as missing:
        message = 'The fake transport needs h11: pip install "unillm-sdk[testing]"'
        raise ImportError(message) from missing
    return arriving


class _Opened:
    """An answer of which the head has arrived."""

    def __init__(self, serving: Serving, rest: Generator[Arrived]) -> None:
        self._serving = serving
        self._rest = rest
        self._head: Head | None = None

    @property
    def status(self) -> int:
        return self._known.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._known.headers

    @property
    def _known(self) -> Head:
        if self._head is None:
            raise TransportError("the answer has no head.")
        return self._head

    def _leave(self) -> None:
        self._rest.close()
        self._serving.over("left")


class _Answer(_Opened):
    def open(self, timeout: float | None) -> None:
        try:
            arrived = self._next(timeout)
        except BaseException:
            self._leave()
            raise
        self._head = arrived if isinstance(arrived, Head) else None

    def read(self, timeout: float | None) -> bytes:
        arrived = self._next(timeout)
        return arrived if isinstance(arrived, bytes) else b""

    def drain(self, seconds: float) -> None:
        until = clock.monotonic() + seconds
        with suppress(Exception):
            while (left := until - clock.monotonic()) > 0 and self.read(left):
                pass

    def close(self) -> None:
        self._leave()

    def _next(self, timeout: float | None) -> Head | bytes | None:
        until = None if timeout is None else clock.monotonic() + timeout
        for arrived in self._rest:
            if isinstance(arrived, Head | bytes):
                return arrived
            wait(arrived, None if until is None else max(0.0, until - clock.monotonic()))
        return None


class _AsyncAnswer(_Opened):
    async def open(self) -> None:
        try:
            arrived = await self._next()
        except BaseException:
            self._leave()
            raise
        self._head = arrived if isinstance(arrived, Head) else None

    async def read(self) -> bytes:
        arrived = await self._next()
        return arrived if isinstance(arrived, bytes) else b""

    async def aclose(self) -> None:
        self._leave()

    async def _next(self) -> Head | bytes | None:
        await anyio.lowlevel.checkpoint()
        for arrived in self._rest:
            if isinstance(arrived, Head | bytes):
                return arrived
            await anyio.sleep(arrived)
        return None
