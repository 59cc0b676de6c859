"""A TCP server in a thread of its own.

It is not uvicorn: an ASGI server writes only sound HTTP, and most faults are not. h11 reads the
requests, and what is written are bytes.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from unillm.testing._service import Serving
from unillm.testing.seen import Seen

if TYPE_CHECKING:
    from unillm.testing._connection import Connection

__all__ = ["Listener"]

_log = logging.getLogger("unillm.testing")

_BACKLOG = 4096
_PATIENCE = 5.0
_PAUSE = 0.1
_HOPS = 12
"""Loop iterations that handle what is ready in the kernel: select, accept, set up, lose."""


class Listener:
    """Accept connections on 127.0.0.1, answer requests, and count both."""

    def __init__(self, respond: Callable[[Seen], Serving], port: int) -> None:
        """Bind a socket and start the thread.

        Args:
            respond: Chooses the answer to a request; called in the thread.
            port: The port; 0 picks a free one.

        Raises:
            ImportError: h11 is missing.
            OSError: The port is taken.
        """
        self._make = _connection_class()
        self.respond = respond
        self.accepted = 0
        self._requests = 0
        self._open: set[Connection] = set()
        self._busy: set[Connection] = set()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._arriving: set[asyncio.Task[tuple[asyncio.Transport, Connection]]] = set()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self._socket.settimeout(0)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(
            target=self._run, name=f"unillm-fake-provider-{self.port}", daemon=True
        )
        self._thread.start()
        self._ready.wait(_PATIENCE)

    def stop(self) -> None:
        """Drop every connection and end the thread."""
        if self._loop is not None and self._over is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE)

    def count(self) -> tuple[int, int]:
        """Return open connections and busy ones, once all that clients did is seen."""
        if self._loop is not None and threading.current_thread() is not self._thread:
            caught_up: Future[None] = Future()
            try:
                self._loop.call_soon_threadsafe(self._hop, _HOPS, caught_up)
                caught_up.result(_PATIENCE)
            except (RuntimeError, TimeoutError):
                pass  # stopped meanwhile: nothing is open any more
        return len(self._open), len(self._busy)

    def opened(self, connection: Connection) -> int:
        """Count a connection in and return its number."""
        self._open.add(connection)
        self.accepted += 1
        return self.accepted

    def closed(self, connection: Connection) -> None:
        """Count a connection out, and what it was answering."""
        self._open.discard(connection)
        self._busy.discard(connection)

    def asked(self) -> int:
        """Return the number of the next request."""
        self._requests += 1
        return self._requests

    def answering(self, connection: Connection, *, now: bool) -> None:
        """Note that a connection starts or stops to answer a request."""
        if now:
            self._busy.add(connection)
        else:
            self._busy.discard(connection)

    def _hop(self, left: int, caught_up: Future[None]) -> None:
        if left and self._loop is not None:
            self._loop.call_soon(self._hop, left - 1, caught_up)
        else:
            caught_up.set_result(None)

    def _run(self) -> None:
        # Not asyncio.run: a policy of the program (uvloop) would write bytes its own way.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._watch()
        self._ready.set()
        await self._over.wait()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        await asyncio.gather(*self._arriving)
        while self._open:
            for connection in tuple(self._open):
                connection.drop()
            await asyncio.sleep(0)

    def _watch(self) -> None:
        if self._loop is not None and self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        # asyncio's own server loses what it is accepting while it closes.
        loop = asyncio.get_running_loop()
        try:
            while True:
                accepted, _ = self._socket.accept()
                made = loop.connect_accepted_socket(lambda: self._make(self), accepted)
                arriving = loop.create_task(made)
                self._arriving.add(arriving)
                arriving.add_done_callback(self._arriving.discard)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as problem:
            _log.warning("The fake provider cannot accept connections: %s", problem)
            loop.remove_reader(self._socket)
            loop.call_later(_PAUSE, self._watch)


def _connection_class() -> type[Connection]:
    try:
        from unillm.testing._connection import Connection
    except ImportError as missing:
        message = 'The fake provider needs h11: pip install "unillm-sdk[testing]"'
        raise ImportError(message) from missing
    return Connection
