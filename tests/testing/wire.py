"""A client that hides nothing: what came over the socket, and how it ended."""

import json
import re
import socket
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unillm.testing import FakeProvider

WEATHER = {"role": "user", "content": "What is the weather in Paris?"}


@dataclass(frozen=True)
class Wire:
    """All bytes of one answer; `end` is fin, reset, silence or enough."""

    raw: bytes
    end: str

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @cached_property
    def body(self) -> bytes:
        return self._unframed[0]

    @property
    def whole(self) -> bool:
        """Tell whether the body came to its proper end."""
        return self._unframed[1]

    @cached_property
    def _unframed(self) -> tuple[bytes, bool]:
        body = self.raw.partition(b"\r\n\r\n")[2]
        promised = re.search(r"content-length: (\d+)", self.head)
        if promised:
            return body, len(body) == int(promised[1])
        if "transfer-encoding: chunked" not in self.head:
            return body, True
        parts: list[bytes] = []
        while match := re.match(rb"([0-9a-f]+)\r\n", body):
            size = int(match[1], 16)
            if size == 0:
                return b"".join(parts), body[match.end() :] == b"\r\n"
            parts.append(body[match.end() : match.end() + size])
            body = body[match.end() + size + 2 :]
        return b"".join(parts), False

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """Give the JSON of a sound stream's events; [DONE] is a string."""
        lines = [part.removeprefix("data: ") for part in self.text.split("\n\n")]
        told = [line for line in lines if line.startswith(("{", "[DONE]"))]
        return [line if line == "[DONE]" else json.loads(line) for line in told]


def request(fields: dict[str, Any], path: str = "/v1/chat/completions", **headers: str) -> bytes:
    """Write a POST as bytes; the connection is to be closed unless `connection` says otherwise."""
    body = json.dumps(fields).encode()
    known = {"host": "x", "connection": "close", "content-length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in known.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def connect(fake: FakeProvider) -> socket.socket:
    return socket.create_connection(("127.0.0.1", fake.port), timeout=5)


def ask(
    fake: FakeProvider, *, quiet: float = 5.0, enough: int = 1 << 30, path: str = "", **fields: Any
) -> Wire:
    """Ask for a chat completion and read until the end, silence, or enough."""
    asked = {"model": "fake-model", "messages": [WEATHER], **fields}
    with connect(fake) as sock:
        sock.sendall(request(asked, path or "/v1/chat/completions", host=f"127.0.0.1:{fake.port}"))
        wire = read(sock, quiet=quiet, enough=enough)
        if wire.end != "silence":
            return wire
        for _ in range(4):  # the server has had its turns, also on a busy machine
            assert fake.in_flight == 1
        late = read(sock, quiet=0.001, enough=enough)
        return Wire(wire.raw + late.raw, late.end)


def read(sock: socket.socket, *, quiet: float = 5.0, enough: int = 1 << 30) -> Wire:
    """Read until the end, `quiet` seconds of silence, or enough bytes."""
    sock.settimeout(quiet)
    parts: list[bytes] = []
    size = 0
    while size < enough:
        try:
            data = sock.recv(1 << 20)
        except ConnectionResetError:
            return Wire(b"".join(parts), "reset")
        except TimeoutError:
            return Wire(b"".join(parts), "silence")
        if not data:
            return Wire(b"".join(parts), "fin")
        parts.append(data)
        size += len(data)
    return Wire(b"".join(parts), "enough")


def segments_in(sock: socket.socket) -> int:
    """Tell in how many TCP segments the data came: tcpi_data_segs_in of Linux's struct tcp_info."""
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return int.from_bytes(told[152:156], sys.byteorder)
