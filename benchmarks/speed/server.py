"""A provider that costs as little as it can: prints its port, serves until standard input ends.

Only what the measured clients need: HTTP/1.1, kept connections, a `content-length`, no pipelining.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from benchmarks.speed import wire

GAP = 0.001
"""Seconds between the chunks of a paced stream."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATH = re.compile(rb"[A-Z]+ /([a-z]+(?:-\d+)?)[/ ]")


@dataclass
class Held:
    """Who waits, over all connections.

    Attributes:
        streams: Streams that wait for their release.
        crowd: Calls that are answered once so many wait.
        met: Whether they did: from then on calls of a crowd are answered at once.
    """

    streams: set[asyncio.Transport] = field(default_factory=set)
    crowd: set[asyncio.Transport] = field(default_factory=set)
    met: bool = False


class Connection(asyncio.Protocol):
    """One connection: reads a head, counts a body, writes an answer."""

    def __init__(self, held: Held) -> None:
        """Take what all connections share."""
        self._held = held
        self._head = b""
        self._scenario = ""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a stream that was held."""
        del exc
        self._held.streams.discard(self._transport)
        self._held.crowd.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the body is complete."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length, path = _LENGTH.search(self._head, 0, end), _PATH.match(self._head)
            self._scenario = path[1].decode() if path else ""
            body = int(length[1]) if length else 0
            self._missing = body - (len(self._head) - end - 4)
            self._head = b""
        if self._missing <= 0:
            self._missing = 0
            self.answer(self._scenario)

    def answer(self, scenario: str) -> None:
        """Write what a scenario answers."""
        write = self._transport.write
        match scenario.partition("-")[0]:
            case "text":
                write(_text())
            case "stream" | "tools":
                write(_joined(scenario))
            case "paced":
                self._pace(scenario)
            case "held":
                head, *events = wire.stream(scenario)
                write(head + b"".join(events[:-4]))
                self._held.streams.add(self._transport)
            case "crowd":
                self._gather(int(scenario.partition("-")[2]))
            case "release":
                for transport in self._held.streams:
                    transport.write(b"".join(wire.stream("held-1")[-4:]))
                self._held.streams.clear()
                self._held.met = False
                write(wire.whole(b"{}"))
            case _:
                write(wire.whole(b"{}", "404 Not Found"))

    def _gather(self, count: int) -> None:
        """Answer when so many wait; nobody waits any more when they once did."""
        self._held.crowd.add(self._transport)
        if self._held.met or len(self._held.crowd) >= count:
            self._held.met = True
            for transport in self._held.crowd:
                transport.write(_text())
            self._held.crowd.clear()

    def _pace(self, scenario: str) -> None:
        writes = iter(wire.stream(scenario))
        loop = asyncio.get_running_loop()

        def step() -> None:
            data = next(writes, None)
            if data is not None and not self._transport.is_closing():
                self._transport.write(data)
                loop.call_later(GAP, step)

        step()


@lru_cache(maxsize=1)
def _text() -> bytes:
    return wire.text()


@lru_cache(maxsize=16)
def _joined(scenario: str) -> bytes:
    return b"".join(wire.stream(scenario))


async def serve(connect: Callable[[], asyncio.Protocol]) -> None:
    """Serve on a free port of this machine until standard input ends."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, over.set)  # nothing is ever written there: readable is ended
    server = await loop.create_server(connect, "127.0.0.1", 0, backlog=4096)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await over.wait()


if __name__ == "__main__":
    together = Held()
    asyncio.run(serve(lambda: Connection(together)))
