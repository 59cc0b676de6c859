"""The httpx clients unillm makes for itself: they choose proxies, and never send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from unillm._io import secrets, ssl_context
from unillm._io.httpx_pools import Origin
from unillm._io.until import bound_pool
from unillm.types.dataclass import dataclass
from unillm.types.transport import WireRequest

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

T = TypeVar("T")

Opens: TypeAlias = "Callable[[Callable[[], SSLContext]], Any]"
"""Opens a transport, given what has the context for its TLS."""

ADDRESSES = 256
"""URLs a client remembers in httpx's form, which takes 12 µs to make."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests say how long their body is, even if it is empty."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL as httpx wants it, and where it leads."""

    url: httpx.URL
    origin: Origin
    host: bytes


class Front(Generic[T]):
    """An httpx client that was made to be asked: its own transports are functions that open some.

    Proxies, certificates and the like are read from the environment, as httpx does. Requests are
    given to the transports themselves: what the client would do for each costs as much as sending.
    """

    def __init__(self, client: Any, body: Callable[[bytes], Any]) -> None:
        """Take a client whose transports open one when called, and what a body is given as."""
        self._client = client
        self._body = body
        self._plain = {name.lower(): value for name, value in client.headers.raw}
        self._log = logging.getLogger("httpx")
        self.address = lru_cache(maxsize=ADDRESSES)(address_of)

    def open(self, address: Address) -> T:
        """Return a new transport for a URL, through the proxy that is meant for it."""
        opened: T = self._client.open(address.url)
        return opened

    def request(
        self,
        wire: WireRequest,
        address: Address,
        headers: Mapping[str, str],
        timeout: Mapping[str, float | None],
    ) -> httpx.Request:
        """Return the request that the client would have built."""
        import httpx

        sent = {b"host": address.host, **self._plain}
        for name, value in headers.items():
            sent[name.lower().encode("ascii")] = value.encode("ascii")
        if wire.body or wire.method in _WITH_BODY:
            sent.setdefault(b"content-length", b"%d" % len(wire.body))
        request = httpx.Request(
            wire.method,
            address.url,
            headers=sent,
            stream=self._body(wire.body),
            extensions={"timeout": timeout},
        )
        request.url = address.url  # itself, not a copy, which would show its query
        if self._client.cookies:
            self._client.cookies.set_cookie_header(request)
        return request

    def note(
        self, request: httpx.Request, response: httpx.Response, headers: Mapping[str, str]
    ) -> None:
        """Keep cookies, and write what httpx writes into its log; headers: of the answer."""
        if "set-cookie" in headers:
            response.request = request
            self._client.cookies.extract_cookies(response)
        if self._log.isEnabledFor(logging.INFO):
            version, said = response.http_version, response.reason_phrase
            message = 'HTTP Request: %s %s "%s %d %s"'
            status = response.status_code
            self._log.info(message, request.method, request.url, version, status, said)


def headers_of(response: httpx.Response) -> Mapping[str, str]:
    """Return the headers of an answer; names are lower case."""
    found: dict[str, str] = {}
    try:
        for raw, value in response.headers.raw:
            name, text = _lower(raw), value.decode("ascii")
            found[name] = f"{found[name]}, {text}" if name in found else text
    except UnicodeDecodeError:
        return dict(response.headers)  # httpx looks for what it may be
    return found


@lru_cache(maxsize=256)
def _lower(name: bytes) -> str:
    """Return the name of a header in lower case, the same text for every answer."""
    return name.decode("ascii").lower()


def address_of(url: str) -> Address:
    """Return a URL in httpx's form, which shows no query if there are secrets in it."""
    import httpx

    made = httpx.URL(url)
    if any(secrets.is_secret(name) for name in made.params):
        made = _quiet_url()(made)
    return Address(made, (made.scheme, made.host, made.port), made.netloc)


def bounded_front() -> Front[httpx.HTTPTransport]:
    """Return a front whose transports' socket calls keep to `unillm._io.until.until`."""
    import httpx

    return Front(_made(httpx.Client, bound_pool), httpx.ByteStream)


def async_front() -> Front[httpx.AsyncHTTPTransport]:
    """Return a front for async transports; their time limits are set by cancelling."""
    import httpx

    return Front(_made(httpx.AsyncClient, _unchanged), _plain_body())


def _made(kind: Any, finish: Callable[[Any], Any]) -> Any:
    import httpx

    # How long they are kept is for `Pools` to say.
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
    opening = _opening(kind, finish)
    return opening(limits=limits, timeout=None)


@lru_cache(maxsize=2)
def _opening(kind: Any, finish: Callable[[Any], Any]) -> Any:
    """Return a kind of client whose transports are functions that make one.

    httpx tells nobody which proxy it would take for a URL, and so this needs three methods of its
    own, which are as old as its first release with mounts. A test tells should they go.
    """

    class Opening(kind):  # type: ignore[misc]  # httpx.Client or its async twin, loaded late
        """A client that opens transports, and cannot send."""

        def _init_transport(self, *args: Any, **options: Any) -> Opens:
            make = cast("Callable[..., Any]", super()._init_transport)  # pyright: ignore[reportUnknownMemberType] - of a base that is loaded late
            return lambda trusted: finish(make(*args, **{**options, "verify": trusted()}))

        def _init_proxy_transport(self, *args: Any, **options: Any) -> Opens:
            make = cast("Callable[..., Any]", super()._init_proxy_transport)  # pyright: ignore[reportUnknownMemberType] - of a base that is loaded late
            return lambda _: finish(make(*args, **{**options, "verify": ssl_context.shared()}))

        def open(self, url: Any) -> Any:
            """Return a new transport for a URL, through the proxy that is meant for it."""
            trusted = ssl_context.unused if url.scheme == "http" else ssl_context.shared
            return self._transport_for_url(url)(trusted)

    return Opening


def _unchanged(transport: Any) -> Any:
    return transport


@lru_cache(maxsize=1)
def _plain_body() -> Any:
    import httpx

    class PlainBody(httpx.AsyncByteStream):
        """A body in one piece, which is no async generator.

        One that is cancelled while it is sent leaves httpx's own behind, of which trio warns.
        """

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


@lru_cache(maxsize=1)
def _quiet_url() -> Any:
    import httpx

    class QuietURL(httpx.URL):
        """A URL whose text does not show the query; it is sent nevertheless."""

        def __str__(self) -> str:
            return f"{super().__str__().partition('?')[0]}?***"

    return QuietURL
