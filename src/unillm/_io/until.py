"""A moment by which every blocking socket call of this thread must return."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from unillm._io import clock
from unillm._io.interrupt import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from ssl import SSLContext

    from httpcore import SOCKET_OPTION, NetworkBackend, NetworkStream

T = TypeVar("T")

_until: ContextVar[float | None] = ContextVar("unillm_until", default=None)


class until:  # noqa: N801 - it is read as a word of the `with` statement
    """Bound every socket call inside to end within so many seconds from now, all together."""

    __slots__ = ("_moment", "_token")

    def __init__(self, timeout: float | None) -> None:
        """Take the seconds; None bounds nothing."""
        self._moment = None if timeout is None else clock.monotonic() + timeout

    def __enter__(self) -> None:
        self._token = _until.set(self._moment)

    def __exit__(self, *raised: object) -> None:
        _until.reset(self._token)


def bounded(timeout: float | None) -> float | None:
    """Return a socket call's own timeout, cut to what is left of the moment set by `until`."""
    moment = _until.get()
    if moment is None:
        return timeout
    left = max(moment - clock.monotonic(), 0.001)
    return left if timeout is None else min(left, timeout)


class Remaining(dict[str, float | None]):
    """The time limits of a request, each cut to what is left of the moment when it is asked for.

    httpcore asks before every read of an HTTP/2 connection, which other exchanges read from too.
    For the body of an HTTP/1.1 answer it asks once, and keeps what may be too short for later.
    """

    is_cut = True

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a limit in seconds, or None for none."""
        limit = super().get(key, default)
        return bounded(limit) if self.is_cut else limit


def bound_reads(stream: Any) -> bool:
    """Make an open connection keep to `until`; tell whether it does.

    A client that was handed in waits in its own network stream. Its ``read`` is public and takes
    a timeout, so that it can be given a tighter one. Outside `until` nothing changes. An HTTP/2
    connection reads for many exchanges at once and is left alone: `Remaining` bounds those.
    """
    read = getattr(stream, "read", None)
    if read is None or _speaks_http2(stream):
        return False
    if isinstance(read, _BoundedRead):
        return True
    try:
        stream.read = _BoundedRead(read)
    except AttributeError:
        return False
    return True


def bound_new_reads(event: str, info: Mapping[str, Any]) -> None:
    """Make a connection keep to `until` from its start; called by httpx as ``trace`` extension."""
    if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
        bound_reads(info.get("return_value"))


class _BoundedRead:
    """The ``read`` of a network stream, made to keep to `until`."""

    def __init__(self, read: Callable[[int, float | None], bytes]) -> None:
        self._read = read

    def __call__(self, max_bytes: int, timeout: float | None = None) -> bytes:
        stream = getattr(self._read, "__self__", None)
        return _unless_interrupted(stream, self._read, max_bytes, bounded(timeout))


def _unless_interrupted(stream: Any, call: Callable[..., T], *args: Any) -> T:
    """Do what blocks on a stream, so that the interrupt of this thread ends it."""
    interrupt = current.get()
    if interrupt is None or stream is None:
        return call(*args)
    interrupt.enter(stream)
    try:
        return call(*args)
    finally:
        interrupt.leave(stream)


def _speaks_http2(stream: Any) -> bool:
    tls = stream.get_extra_info("ssl_object")
    return tls is not None and tls.selected_alpn_protocol() == "h2"


def bound_pool(transport: Any) -> Any:
    """Make every connection an httpx transport will open keep to `until`; return the transport.

    httpx gives no way to hand a network backend to its pool, so its attribute is replaced.
    """
    pool = transport._pool  # noqa: SLF001 - see above; a test over real sockets watches it
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - as above
    return transport


class _Backend:
    """A network backend whose streams keep to `until`."""

    def __init__(self, inner: NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> _Stream:
        return _Stream(
            self._inner.connect_tcp(host, port, bounded(timeout), local_address, socket_options)
        )

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> _Stream:
        return _Stream(self._inner.connect_unix_socket(path, bounded(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream:
    """A network stream whose blocking calls keep to `until`."""

    def __init__(self, inner: NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        inner = self._inner
        return _unless_interrupted(inner, inner.read, max_bytes, bounded(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _unless_interrupted(self._inner, self._inner.write, buffer, bounded(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, bounded(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
