"""The httpx clients unillm makes for itself."""

from __future__ import annotations

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
"""Seconds a pool is kept without carrying anything; httpx keeps idle connections as long."""

C = TypeVar("C")


class Shard(Generic[C]):
    """One client, and how many exchanges it carries.

    It is spent once a call was cancelled or interrupted while it was being sent: httpcore may
    then hold a connection that is neither used, nor free, nor ever closed.
    """

    __slots__ = ("_left_at", "client", "is_spent", "load", "own")

    def __init__(self, client: C, *, own: bool) -> None:
        """Take a client; ``own`` tells that it was made here and may be closed here."""
        self.client = client
        self.own = own
        self.load = 0
        self.is_spent = False
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

    limits = httpx.Limits(max_connections=SHARD, max_keepalive_connections=SHARD)
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
