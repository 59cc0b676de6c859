"""Transports that have the answer already: what a call costs without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Exchange:
    """An answer that has come, in one piece or as one read of a stream."""

    status = 200

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take what is answered."""
        self.headers = headers
        self._parts = [body, b""]

    def read(self, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the protocol's name
        """Return the whole body, then its end."""
        return self._parts.pop(0)

    def drain(self, seconds: float) -> None:
        """Nothing is left."""

    def close(self) -> None:
        """Nothing is open."""


class AsyncExchange:
    """The async twin."""

    status = 200

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take what is answered."""
        self.headers = headers
        self._parts = [body, b""]

    async def read(self) -> bytes:
        """Return the whole body, then its end."""
        return self._parts.pop(0)

    async def aclose(self) -> None:
        """Nothing is open."""


class Answering:
    """A transport that gives one answer to all."""

    def __init__(self, http: bytes) -> None:
        """Take an answer as `wire` writes it, with a head and in one piece."""
        head, _, body = http.partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode().splitlines()[1:])
        self._headers = {name: value for name, value in lines if name != "transfer-encoding"}
        self._body = body

    def send(self, request: Any, headers: Any, limits: Any) -> Exchange:  # noqa: ARG002 - as above
        """Answer."""
        return Exchange(self._headers, self._body)

    def close(self) -> None:
        """Nothing is open."""


class AsyncAnswering(Answering):
    """The async twin."""

    async def send(  # type: ignore[override] # the twin awaits
        self,
        request: Any,  # noqa: ARG002 - the protocol's names
        headers: Any,  # noqa: ARG002
        limits: Any,  # noqa: ARG002
    ) -> AsyncExchange:
        """Answer."""
        return AsyncExchange(self._headers, self._body)

    async def aclose(self) -> None:
        """Nothing is open."""
