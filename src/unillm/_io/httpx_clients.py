"""The httpx clients unillm makes for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from unillm._io import clock, secrets, ssl_context
from unillm._io.until import bound_pool

if TYPE_CHECKING:
    import httpx

SHARD = 8
"""Connections one pool holds. httpx looks at all of a pool's connections for every request, so
many small pools are far cheaper than a large one (30 ms a stream were measured with 1,000)."""

KEPT = 5.0
"""Seconds a connection, or a whole pool, is kept without carrying anything: httpx's own default."""

C = TypeVar("C")


class Shard(Generic[C]):
    """One client, and how many exchanges it carries.

    It is spent once a call was cancelled or interrupted while it was being sent: httpcore may
    then hold a connection that is neither used, nor free, nor ever closed.
    """

    __slots__ = ("_left_at", "client", "is_listed", "is_spent", "load", "own")

    def __init__(self, client: C, *, own: bool) -> None:
        """Take a client; ``own`` tells that it was made here and may be closed here."""
        self.client = client
        self.own = own
        self.load = 0
        self.is_spent = self.is_listed = False
        self._left_at = clock.monotonic()

    def leave(self) -> None:
        """Count one exchange less."""
        self.load -= 1
        self._left_at = clock.monotonic()

    def has_room(self) -> bool:
        """Tell whether it can carry one more exchange; a client handed in always can."""
        return not self.own or (self.load < SHARD and not self.is_spent)

    def is_stale(self) -> bool:
        """Tell whether it is to be closed: it has carried nothing for a while, or is spent."""
        if not self.own or self.load:
            return False
        return self.is_spent or clock.monotonic() - self._left_at > KEPT


class Shards(Generic[C]):
    """The clients of one pool. With thousands of exchanges it never looks at all of them."""

    def __init__(self, given: C | None, make: Callable[[], C]) -> None:
        """Take the client that was handed in, or what makes one."""
        self._given = given
        self._make = make
        self._all: dict[Shard[C], None] = {}
        self._roomy: list[Shard[C]] = []
        self._looked_at = clock.monotonic()

    def __iter__(self) -> Iterator[Shard[C]]:
        """Give each of the clients."""
        return iter(tuple(self._all))

    def take(self) -> Shard[C]:
        """Return a client with room, and count one more exchange on it."""
        while self._roomy and not self._roomy[-1].has_room():
            self._roomy.pop().is_listed = False
        if not self._roomy:
            shard = Shard(self._given or self._make(), own=self._given is None)
            self._all[shard] = None
            self._list(shard)
        shard = self._roomy[-1]
        shard.load += 1
        return shard

    def leave(self, shard: Shard[C], *, spent: bool = False) -> None:
        """Count one exchange less on a client."""
        shard.is_spent |= spent
        shard.leave()
        self._list(shard)

    def stale(self, shard: Shard[C] | None = None) -> list[Shard[C]]:
        """Return the clients to be closed, which are its own no more: this one, or any."""
        now = clock.monotonic()
        if shard is None and now - self._looked_at <= KEPT / 5:
            return []
        if shard is None:
            self._looked_at = now
        found = [one for one in (self._all if shard is None else (shard,)) if one.is_stale()]
        for one in found:
            one.is_spent = True  # nobody takes it any more
            self._all.pop(one, None)
        return found

    def clear(self) -> list[Shard[C]]:
        """Return all clients made here; they are its own no more."""
        made = [shard for shard in self._all if shard.own]
        self._all, self._roomy = {}, []
        return made

    def _list(self, shard: Shard[C]) -> None:
        if not shard.is_listed and shard.has_room():
            shard.is_listed = True
            self._roomy.append(shard)


def bounded_client() -> httpx.Client:
    """Return a sync client whose socket calls keep to `unillm._io.until.until`.

    Proxies, certificates and the like are read from the environment, as httpx does.
    """
    client: httpx.Client = _bounded_class()(**_options())
    return client


def async_client() -> httpx.AsyncClient:
    """Return an async client; its time limits are set by cancelling."""
    import httpx

    return httpx.AsyncClient(**_options())


def send_plainly(request: httpx.Request, body: bytes) -> None:
    """Give a request a body that is no async generator.

    One that is cancelled while it is sent leaves httpx's own behind, of which trio warns.
    """
    request.stream = _plain_body()(body)


@lru_cache(maxsize=1)
def _plain_body() -> Any:
    import httpx

    class PlainBody(httpx.AsyncByteStream):
        """A body in one piece."""

        def __init__(self, body: bytes) -> None:
            self._body: bytes | None = body

        def __aiter__(self) -> PlainBody:
            return self

        async def __anext__(self) -> bytes:
            body, self._body = self._body, None
            if body is None:
                raise StopAsyncIteration
            return body

    return PlainBody


def hide_query(request: httpx.Request) -> None:
    """Keep secrets of the query out of httpx's log, which shows the URL of every request."""
    if any(secrets.is_secret(name) for name in request.url.params):
        request.url = _quiet_url()(request.url)


@lru_cache(maxsize=1)
def _quiet_url() -> Any:
    import httpx

    class QuietURL(httpx.URL):
        """A URL whose text does not show the query; it is sent nevertheless."""

        def __str__(self) -> str:
            return f"{super().__str__().partition('?')[0]}?***"

    return QuietURL


def _options() -> dict[str, Any]:
    import httpx

    limits = httpx.Limits(
        max_connections=SHARD, max_keepalive_connections=SHARD, keepalive_expiry=KEPT
    )
    return {"verify": ssl_context.shared(), "limits": limits, "timeout": None}


@lru_cache(maxsize=1)
def _bounded_class() -> Any:
    import httpx

    class BoundedClient(httpx.Client):
        """A client all of whose transports, proxies included, are bounded."""

        def _init_transport(self, *args: Any, **kwargs: Any) -> Any:
            return bound_pool(super()._init_transport(*args, **kwargs))

        def _init_proxy_transport(self, *args: Any, **kwargs: Any) -> Any:
            return bound_pool(super()._init_proxy_transport(*args, **kwargs))

    return BoundedClient
