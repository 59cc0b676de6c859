"""The seam between unillm and an HTTP library: two methods on each side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.target import ApiKey

TransportName: TypeAlias = Literal["httpx", "aiohttp"]
"""A transport that unillm has; ``"aiohttp"`` is async, and runs on asyncio alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """One HTTP request, complete but for its key.

    Attributes:
        method: ``POST`` or ``GET``.
        url: The full URL, query included.
        headers: Headers without the key; names are lower case.
        body: The body, encoded.
        api_key: What the driver makes the header of the key of. Never shown.
        key_header: The header a key goes into, as it is; ``authorization``: as ``Bearer …``. What
            a function gives is a token, and goes there whatever this says.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    api_key: ApiKey | None = field(default=None, repr=False)
    key_header: str = "authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a transport may wait while it opens an exchange, in seconds; None: for ever.

    Attributes:
        connect: For a connection, TLS included.
        head: From the call of ``send`` to the status and headers.
        read: For any single read of the body; a transport that can bound each read need not use it.
    """

    connect: float | None
    head: float | None
    read: float | None


class Exchange(Protocol):
    """An open HTTP exchange whose status and headers have arrived."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; names are lower case."""
        ...

    def read(self, timeout: float | None) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its proper end.

        Raises:
            RequestTimeoutError: Nothing came for ``timeout`` seconds.
            TransportError: The body broke off.
        """
        ...

    def drain(self, seconds: float) -> None:
        """Read what is left of a finished answer, for so many seconds at most; never raise."""
        ...

    def close(self) -> None:
        """Release the connection at once. May be called twice."""
        ...


class Transport(Protocol):
    """What sends requests for a `unillm.Client`. It raises nothing but `unillm.TransportError`."""

    def send(self, request: WireRequest, headers: Mapping[str, str], limits: Limits) -> Exchange:
        """Send the request with exactly these headers and wait for the status."""
        ...

    def close(self) -> None:
        """Release every connection."""
        ...


class AsyncExchange(Protocol):
    """The async twin of `Exchange`; time limits are set by whoever calls it.

    It may have an attribute ``is_whole``: whether all of the body has arrived, so that neither
    reading nor closing waits any more. Then no time limits are set, which takes time itself.
    """

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; names are lower case."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes of the body, or ``b""`` at its proper end."""
        ...

    async def aclose(self) -> None:
        """Release the connection at once. May be called twice."""
        ...


class AsyncTransport(Protocol):
    """The async twin of `Transport`."""

    async def send(
        self, request: WireRequest, headers: Mapping[str, str], limits: Limits
    ) -> AsyncExchange:
        """Send the request with exactly these headers and wait for the status."""
        ...

    async def aclose(self) -> None:
        """Release every connection."""
        ...
