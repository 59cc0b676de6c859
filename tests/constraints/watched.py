"""Hosts that count what they are sent: one that may be asked, one that must stay untouched.

A further failure path is a further row: give the allowed host a fault (``both.allowed.enqueue``),
make the call, and hold `Watched.require_untouched` against what came.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import unillm
from tests.client.ways import KEY, ONCE
from unillm.testing import FakeProvider

BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def redirect(status: int, to: str) -> bytes:
    """Give an answer that leads elsewhere."""
    return (
        f"HTTP/1.1 {status} Elsewhere\r\nlocation: {to}\r\n"
        "content-length: 0\r\nconnection: close\r\n\r\n"
    ).encode()


class Host:
    """Count connections and bytes, down to the socket, and answer everything with the same."""

    def __init__(self, answer: bytes = BUSY) -> None:
        self.answer = answer
        self.connections = 0
        self.received = b""
        host = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                host.connections += 1
                host.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve(self, client: socket.socket) -> None:
        """Take a request, whole, and answer it."""
        client.settimeout(5)
        data = b""
        try:
            while not _is_whole(data):
                more = client.recv(65536)
                if not more:
                    break
                data += more
                self.received += more
            client.sendall(self.answer)
        except OSError:
            return


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return bool(end) and len(body) >= length


@dataclass
class Watched:
    """A fake provider that may be asked, and a host that may not.

    Attributes:
        allowed: The provider ``allowed``: give it faults.
        denied: The provider ``denied``.
    """

    allowed: FakeProvider
    denied: Host

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Watched]:
        with FakeProvider() as allowed, Host() as denied:
            yield cls(allowed, denied)

    def providers(self, profile: str = "deepseek", **declared: Any) -> list[unillm.Provider]:
        """Give both, in the order in which they are asked; of ``denied`` nothing is declared."""
        known = {"jurisdiction": "DE", "self_hosted": True, "no_training": True}
        return [
            unillm.Provider(
                "allowed",
                base_url=self.allowed.base_url,
                api_key=KEY,
                profile=profile,
                retention_days=0,
                **known,
            ),
            unillm.Provider(
                "denied", base_url=self.denied.base_url, api_key=KEY, profile=profile, **declared
            ),
        ]

    def client(self, way: Any, profile: str = "deepseek", **options: Any) -> Any:
        """Give a client of both, which asks ``denied`` where nothing else is said."""
        options = {"model": "denied:deepseek-v4-pro", "retry": ONCE, **options}
        return way.client(self.allowed, providers=self.providers(profile), **options)

    def require_untouched(self) -> None:
        """Fail if anything at all reached the host that may not be asked."""
        assert (self.denied.connections, self.denied.received) == (0, b"")
