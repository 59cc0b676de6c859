"""HTTP by hand over sockets: no client at all, the floor under the others.

It understands what the measuring server sends and nothing more.
"""

import asyncio
import json
import socket
from urllib.parse import urlsplit

from benchmarks.speed.clients.lines import Reader, whole
from benchmarks.speed.question import KEY, PATIENCE, First, Question
from benchmarks.speed.wire import Answer


class Client:
    """A blocking socket."""

    def __init__(self, base_url: str) -> None:
        """Connect."""
        self._where = Where(base_url)
        self._socket = socket.create_connection(self._where.address, timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        self._socket.sendall(self._where.request(question))
        return whole(json.loads(self._file.read(_length(self._head()))))

    def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        self._socket.sendall(self._where.request(question, stream=True))
        self._head()
        read = Reader(first)
        while size := int(self._file.readline(), 16):
            read.line(self._file.read(size + 2).decode().rstrip())
        self._file.readline()
        return read.answer()

    def close(self) -> None:
        """Let go of the connection."""
        self._file.close()
        self._socket.close()

    def _head(self) -> list[bytes]:
        lines: list[bytes] = []
        while (line := self._file.readline()) != b"\r\n":
            lines.append(line)
        return lines


class AsyncClient:
    """A stream of asyncio."""

    def __init__(self, base_url: str) -> None:
        """Note where to connect."""
        self._where = Where(base_url)
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, question: Question) -> Answer:
        """Ask and return the whole answer."""
        reader, writer = await self._sent(self._where.request(question))
        head = (await reader.readuntil(b"\r\n\r\n")).splitlines()
        body = await reader.readexactly(_length(head))
        self._free.append((reader, writer))
        return whole(json.loads(body))

    async def stream(self, question: Question, first: First) -> Answer:
        """Ask, read the pieces as they come and join them."""
        reader, writer = await self._sent(self._where.request(question, stream=True))
        await reader.readuntil(b"\r\n\r\n")
        read = Reader(first)
        while size := int(await reader.readline(), 16):
            read.line((await reader.readexactly(size + 2)).decode().rstrip())
        await reader.readline()
        self._free.append((reader, writer))
        return read.answer()

    async def close(self) -> None:
        """Let go of the connections."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()

    async def _sent(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection(*self._where.address, limit=2**18)
        writer.write(data)
        return reader, writer


class Where:
    """The server, and a request to it as bytes."""

    def __init__(self, base_url: str) -> None:
        """Take an URL apart."""
        parts = urlsplit(base_url)
        self.address = (parts.hostname or "", parts.port or 80)
        self._head = (
            f"POST {parts.path}/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            f"authorization: Bearer {KEY}\r\ncontent-type: application/json\r\ncontent-length: "
        ).encode()

    def request(self, question: Question, *, stream: bool = False) -> bytes:
        """Return the bytes of a request."""
        body = json.dumps(question.body(stream=stream)).encode()
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)


def _length(head: list[bytes]) -> int:
    return next(int(line[15:]) for line in head if line.startswith(b"content-length:"))
