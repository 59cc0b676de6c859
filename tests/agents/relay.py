"""What stands between an agent and whatever answers it, and counts what the agent asks."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ["Asked", "Relay"]

_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "te", "trailer"}
_RESET = struct.pack("ii", 1, 0)
_TICK = 0.05
_SILENCE = 120.0
"""How long whoever is asked may say nothing, in seconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of an agent's.

    Attributes:
        method: The HTTP method.
        path: The path, with the query.
        headers: The headers, names in lower case.
        body: The body.
        named: Whether its Host header is the address that the agent was given.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    named: bool


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: agents leave in the middle of anything."""


class Relay:
    """Pass requests on as they are, but for the Host, and answers as they come, cuts included."""

    def __init__(self) -> None:
        """Listen on a free port of 127.0.0.1; use it in a ``with`` block."""
        self.upstream: tuple[str, int] = ("127.0.0.1", 0)
        self.limit = 0
        self.overrun = threading.Event()
        self._lock = threading.Lock()
        self._asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"relay": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_TICK,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self, port: int, limit: int) -> None:
        """Forget what was asked, and pass on to a port of this machine.

        Args:
            port: The port.
            limit: `overrun` is set when more requests than this ask a model.
        """
        with self._lock:
            self._asked.clear()
        self.upstream, self.limit = ("127.0.0.1", port), limit
        self.overrun.clear()

    def note(self, asked: Asked) -> None:
        """Take a request into the log."""
        with self._lock:
            self._asked.append(asked)
        if len(self.models_asked) > self.limit:
            self.overrun.set()

    @property
    def asked(self) -> list[Asked]:
        """Return all requests since `begin`."""
        with self._lock:
            return list(self._asked)

    @property
    def models_asked(self) -> list[Asked]:
        """Return the requests for an answer of a model: those that cost money."""
        ends = ("/chat/completions", "/responses", "/messages")
        return [a for a in self.asked if a.method == "POST" and a.path.split("?")[0].endswith(ends)]


class _Handler(BaseHTTPRequestHandler):
    """Pass one connection's requests on; a class of it is made for each relay."""

    protocol_version = "HTTP/1.1"
    relay: Relay

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def handle_one_request(self) -> None:
        """Pass a request of any method on."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if "chunked" in (self.headers.get("transfer-encoding") or "").lower():
            body = _chunked(self.rfile)
        headers = {name.lower(): value for name, value in self.headers.items()}
        named = f"http://{headers.get('host')}" == self.relay.url
        self.relay.note(Asked(self.command, self.path, headers, body, named))
        self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        host, port = self.relay.upstream
        upstream = http.client.HTTPConnection(host, port, timeout=_SILENCE)
        try:
            _ask(upstream, self, body, f"{host}:{port}")
            self._give_back(upstream.getresponse())
        except http.client.HTTPException:
            self.close_connection = True
        except OSError:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()
        finally:
            upstream.close()

    def _give_back(self, got: http.client.HTTPResponse) -> None:
        self.send_response_only(got.status, got.reason)
        length = got.getheader("content-length")
        bodiless = self.command == "HEAD" or got.status in {204, 304}
        for name, value in got.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        chunked = length is None and not bodiless
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while not bodiless and (piece := got.read1(65536)):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if got.length and not bodiless:
            raise http.client.IncompleteRead(b"", got.length)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


def _ask(
    upstream: http.client.HTTPConnection, handler: BaseHTTPRequestHandler, body: bytes, host: str
) -> None:
    upstream.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
    upstream.putheader("host", host)
    for name, value in handler.headers.items():
        if name.lower() not in _HOP | {"content-length"}:
            upstream.putheader(name, value)
    if body or handler.command == "POST":
        upstream.putheader("content-length", str(len(body)))
    upstream.endheaders(body)


def _chunked(stream: Any) -> bytes:
    read: Callable[[], bytes] = stream.readline
    pieces: list[bytes] = []
    while size := int(read().split(b";")[0], 16):
        pieces.append(stream.read(size))
        read()
    while read().strip():
        pass
    return b"".join(pieces)
