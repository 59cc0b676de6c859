"""What a client sends with, and whether it may close it."""

from __future__ import annotations

import inspect
from dataclasses import field, replace
from typing import Any, Generic, Self, TypeVar

from unillm._client.copies import Make, TaskCopies, ThreadedCopies
from unillm._io.transports import default_transport, named_transport
from unillm.errors import InvalidRequestError
from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.transport import AsyncTransport, Transport, TransportName

T = TypeVar("T")


@dataclass(slots=True)
class _Switch:
    """Whether the connections are closed, for all clients that share them."""

    closed: bool = False


@dataclass(slots=True)
class Connection(Generic[T]):
    """A transport, shared by a client and those made of it by ``with_options``.

    Attributes:
        owned: Whether the client that holds it closes it.
        copies: Makes copies of calls, for all clients that share it.
        closed: Whether that client was closed.
        is_shared: Whether it is another client's, who closes it and ends what is copied.
        handed_in: Whether what it sends with, or sends through, was given to the client.
    """

    _transport: T
    owned: bool
    copies: Any
    closed: bool = False
    is_shared: bool = False
    handed_in: bool = False
    _all: _Switch = field(default_factory=_Switch)

    def transport(self) -> T:
        """Return what to send with.

        Raises:
            InvalidRequestError: The client was closed.
        """
        if self.closed or self._all.closed:
            raise InvalidRequestError("the client is closed; make a new one")
        return self._transport

    def shared(self) -> Self:
        """Return it for a client that must not close it."""
        return replace(self, owned=False, is_shared=True)

    def beside(self, make: Make) -> None:
        """Have the copy of a call made beside it."""
        if not (self.closed or self._all.closed):
            self.copies.start(make, self._transport)

    def release(self) -> T | None:
        """Mark it closed; return the transport if it is to be closed now."""
        last = self.owned and not self.closed
        self.closed = True
        self._all.closed = self._all.closed or self.owned
        return self._transport if last else None


def sync_connection(
    http_client: Any, transport: Transport | TransportName | None
) -> Connection[Transport]:
    """Return what a `Client` sends with.

    Raises:
        InvalidRequestError: Both, or an async one, were given.
    """
    _refuse_both(http_client, transport)
    if isinstance(transport, str):
        if transport != "httpx":
            raise InvalidRequestError(_not_sync(transport))
        transport = None
    if transport is not None and _is_async(transport):
        kind = type(transport).__name__
        raise InvalidRequestError(
            f"{kind} is async: give unillm.Client a unillm.Transport, or use unillm.AsyncClient"
        )
    if transport is not None:
        return Connection(transport, owned=False, copies=ThreadedCopies(), handed_in=True)
    if http_client is not None and _is_async(http_client):
        raise InvalidRequestError(
            "http_client is async: give unillm.Client an httpx.Client, or use unillm.AsyncClient"
        )
    from unillm._io.httpx_sync import HttpxTransport

    given = http_client is not None
    transport = HttpxTransport(http_client)
    return Connection(transport, owned=True, copies=ThreadedCopies(), handed_in=given)


def async_connection(
    http_client: Any, transport: AsyncTransport | TransportName | None
) -> Connection[AsyncTransport]:
    """Return what an `AsyncClient` sends with.

    Raises:
        InvalidRequestError: Both, or a sync one, were given; or it has no such name.
    """
    _refuse_both(http_client, transport)
    if isinstance(transport, str):
        return Connection(named_transport(transport), owned=True, copies=TaskCopies())
    if transport is not None and not (_is_async(transport) or hasattr(transport, "aclose")):
        kind = type(transport).__name__
        raise InvalidRequestError(
            f"{kind} is sync: give unillm.AsyncClient a unillm.AsyncTransport, or use unillm.Client"
        )
    if transport is not None:
        return Connection(transport, owned=False, copies=TaskCopies(), handed_in=True)
    if http_client is not None and not _is_async(http_client):
        raise InvalidRequestError(
            "http_client is sync: give unillm.AsyncClient an httpx.AsyncClient, "
            "or use unillm.Client"
        )
    given = http_client is not None
    sender = named_transport("httpx", http_client) if given else default_transport()
    return Connection(sender, owned=True, copies=TaskCopies(), handed_in=given)


def _not_sync(name: str) -> str:
    """Return why a sync client has no transport of this name."""
    if name != "aiohttp":
        return f"there is no transport {brief(name)!r} for unillm.Client; leave transport out"
    return "aiohttp is async only: use unillm.AsyncClient, or leave transport out"


def _refuse_both(http_client: Any, transport: Any) -> None:
    if http_client is not None and transport is not None:
        raise InvalidRequestError("give http_client or transport, not both")
    if transport is not None and not (isinstance(transport, str) or hasattr(transport, "send")):
        kind = type(transport).__name__
        raise InvalidRequestError(
            f"transport must have the methods of unillm.Transport, not {kind}"
        )
    is_client = hasattr(http_client, "build_request") and hasattr(http_client, "send")
    if http_client is not None and (inspect.isclass(http_client) or not is_client):
        kind = type(http_client).__name__
        raise InvalidRequestError(f"http_client must be a client of httpx or httpx2, not {kind}")


def _is_async(sender: Any) -> bool:
    return inspect.iscoroutinefunction(sender.send)
