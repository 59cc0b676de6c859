"""Server-sent events: bytes in, events out, whatever the chunking.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-23) except
that data stays bytes: it is JSON, and decoding it twice would only cost time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unillm.errors import MalformedResponseError

MAX_EVENT = 32 * 1024 * 1024
"""Bytes one event may have: an image in base64 fits, a runaway line does not."""

_BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One dispatched event: its data, its type and the last event id."""

    data: bytes
    type: str = "message"
    id: str = ""


class SSEDecoder:
    """Decode a stream of server-sent events. `feed` bytes, then `close` at the end.

    Who reads many events takes their data alone, from `data_in` and `data_left`: what else is to be
    known of an event is in the attributes while it is looked at.
    """

    __slots__ = (
        *("_at_start", "_data", "_data_size", "_skip_newline", "_tail", "_tail_size"),
        *("id", "type", "unknown"),
    )

    def __init__(self) -> None:
        """Start before the first byte."""
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._skip_newline = False
        self._at_start = True
        self.type = ""
        """The type of the event, empty where it names none."""
        self.id = ""
        """The last event id."""
        self.unknown = 0
        """Lines ignored because they are no field of the protocol, as the specification says."""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events completed by these bytes.

        Raises:
            MalformedResponseError: One event is larger than `MAX_EVENT`.
        """
        return [self._told(data) for data in self.data_in(chunk)]

    def close(self) -> list[ServerEvent]:
        """Return the event the body ended in the middle of, as `data_left` gives it."""
        return [self._told(data) for data in self.data_left()]

    def data_in(self, chunk: bytes) -> Iterable[bytes]:
        """Return the data of the events completed by these bytes, to be read before more is fed.

        Raises:
            MalformedResponseError: One event is larger than `MAX_EVENT`.
        """
        if self._skip_newline and chunk:
            self._skip_newline = False
            chunk = chunk.removeprefix(b"\n")
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if not end:
            self._keep(chunk)
            return ()
        lines, rest = chunk[:end], chunk[end:]
        self._skip_newline = lines[-1:] == b"\r" and not rest
        if self._tail:
            lines = b"".join([*self._tail, lines])
            self._tail, self._tail_size = [], 0
        if self._at_start:
            self._at_start = False
            lines = lines.removeprefix(_BOM)
        found = None if self._data or self.type else _plain(lines)
        if found is None:
            return self._lines(lines, rest)
        self._keep(rest)
        return found

    def data_left(self) -> Iterator[bytes]:
        """Give the data of the event the body ended in the middle of, if it had begun.

        The specification discards it. It is handed out because JSON shows by itself whether it
        is whole, and servers do end their last event without a blank line.
        """
        last = b"".join(self._tail)
        self._tail, self._tail_size = [], 0
        if last:
            yield from self._lines((last.removeprefix(_BOM) if self._at_start else last) + b"\n")
        if self._data:
            yield self._joined()
            self.type = ""

    def _told(self, data: bytes) -> ServerEvent:
        return ServerEvent(data, self.type or "message", self.id)

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
            self._check_size()

    def _check_size(self) -> None:
        if self._tail_size + self._data_size > MAX_EVENT:
            message = f"one event of the stream is larger than {MAX_EVENT:,} bytes"
            raise MalformedResponseError(message)

    def _lines(self, lines: bytes, rest: bytes = b"") -> Iterator[bytes]:
        """Read lines one by one, and keep what follows the last."""
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        for line in lines[:-1].split(b"\n"):
            if line[:6] == b"data: ":
                self._add(line[6:], len(line))
            elif not line:
                if self._data:
                    yield self._joined()
                self.type = ""
            elif line[0] != _COLON:
                self._field(line)
        self._keep(rest)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._add(value, len(line))
        elif name == b"event":
            self.type = value.decode("utf-8", "replace")
        elif name == b"id":
            self.id = self.id if b"\0" in value else value.decode("utf-8", "replace")
        elif name != b"retry":
            self.unknown += 1

    def _add(self, data: bytes, size: int) -> None:
        self._data.append(data)
        self._data_size += size
        self._check_size()

    def _joined(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data, self._data_size = [], 0
        return data


_COLON = ord(":")


def _plain(lines: bytes) -> list[bytes] | None:
    """Return the data of lines that are nothing but events of one line of data, as most are.

    None: they are something else too.
    """
    found = lines[6:-2].split(b"\n\ndata: ")
    is_framed = lines[:6] == b"data: " and lines[-2:] == b"\n\n"
    is_plain = is_framed and lines.count(b"\n") == 2 * len(found) and b"\r" not in lines
    return found if is_plain and len(lines) <= MAX_EVENT else None
