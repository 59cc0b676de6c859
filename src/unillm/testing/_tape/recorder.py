"""Transports that send with another one and record what it did."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import anyio

from unillm._io import clock
from unillm._io.within import passed
from unillm.errors import RequestTimeoutError
from unillm.testing._tape.draft import Draft, Drafts
from unillm.types.transport import (
    AsyncExchange,
    AsyncTransport,
    Exchange,
    Limits,
    Transport,
    WireRequest,
)

__all__ = ["AsyncRecorder", "Recorder"]


class Recorder:
    """Send with a transport and record it."""

    def __init__(self, inner: Transport, drafts: Drafts, *, bounded: bool) -> None:
        """Wrap a transport.

        Args:
            inner: What sends.
            drafts: Where it is recorded.
            bounded: Whether each of its reads keeps to its time limit.
        """
        self._inner = inner
        self._drafts = drafts
        self._bounded = bounded

    def send(self, request: WireRequest, headers: Mapping[str, str], limits: Limits) -> Exchange:
        """Send the request and wait for the head of the answer."""
        draft, began = self._drafts.begin(request, headers), clock.monotonic()
        try:
            exchange = self._inner.send(request, headers, limits)
        except BaseException as error:
            draft.failed(error, in_time=_in_time(error, began, limits.head))
            raise
        draft.answered(exchange.status, exchange.headers)
        return _Recorded(exchange, draft, bounded=self._bounded)

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class _Recorded:
    """An exchange that is recorded as it is read."""

    def __init__(self, inner: Exchange, draft: Draft, *, bounded: bool) -> None:
        self._inner = inner
        self._draft = draft
        self._bounded = bounded
        self.status = inner.status
        self.headers = inner.headers

    def read(self, timeout: float | None) -> bytes:
        began = clock.monotonic()
        try:
            data = self._inner.read(timeout)
        except BaseException as error:
            self._draft.failed(error, in_time=_in_time(error, began, timeout))
            raise
        self._draft.read(data)
        return data

    def drain(self, seconds: float) -> None:
        if not self._bounded:
            self._inner.drain(seconds)
            return
        end = clock.monotonic() + seconds
        with suppress(Exception):
            while (left := end - clock.monotonic()) > 0 and self.read(left):
                pass

    def close(self) -> None:
        self._inner.close()


class AsyncRecorder:
    """The async twin of `Recorder`; time limits are set by cancelling."""

    def __init__(self, inner: AsyncTransport, drafts: Drafts) -> None:
        """Wrap a transport; ``drafts`` is where it is recorded."""
        self._inner = inner
        self._drafts = drafts

    async def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> AsyncExchange:
        """Send the request and wait for the head of the answer."""
        draft = self._drafts.begin(request, headers)
        try:
            exchange = await self._inner.send(request, headers, limits)
        except BaseException as error:
            draft.failed(error, in_time=_not_cancelled(error))
            raise
        draft.answered(exchange.status, exchange.headers)
        return _AsyncRecorded(exchange, draft)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class _AsyncRecorded:
    """An exchange that is recorded as it is read."""

    def __init__(self, inner: AsyncExchange, draft: Draft) -> None:
        self._inner = inner
        self._draft = draft
        self.status = inner.status
        self.headers = inner.headers

    async def read(self) -> bytes:
        try:
            data = await self._inner.read()
        except BaseException as error:
            self._draft.failed(error, in_time=_not_cancelled(error))
            raise
        self._draft.read(data)
        return data

    async def aclose(self) -> None:
        await self._inner.aclose()


def _in_time(error: BaseException, began: float, limit: float | None) -> bool:
    late = limit is not None and clock.monotonic() - began >= limit
    return not (late and isinstance(error, RequestTimeoutError))


def _not_cancelled(error: BaseException) -> bool:
    """Tell whether it is something else than a time limit that passed."""
    if not isinstance(error, anyio.get_cancelled_exc_class()):
        return True
    return not passed(error)
