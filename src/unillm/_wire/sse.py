"""Server-sent events: bytes in, events out, whatever the chunking.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-23) except
that data stays bytes: it is JSON, and decoding it twice would only cost time.
"""

from __future__ import annotations

from typing import NamedTuple

from unillm.errors import MalformedResponseError

MAX_EVENT = 32 * 1024 * 1024
"""Bytes one event may have: an image in base64 fits, a runaway line does not."""

_BOM = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One dispatched event: its data, its type, the last event id and the unknown lines so far."""

    data: bytes
    type: str = "message"
    id: str = ""
    unknown: int = 0


class SSEDecoder:
    """Decode a stream of server-sent events. `feed` bytes, then `close` at the end."""

    def __init__(self) -> None:
        """Start before the first byte."""
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._type = ""
        self._id = ""
        self._skip_newline = False
        self._at_start = True
        self.unknown = 0
        """Lines ignored because they are no field of the protocol, as the specification says."""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events completed by these bytes.

        Raises:
            MalformedResponseError: One event is larger than `MAX_EVENT`.
        """
        if self._skip_newline and chunk:
            self._skip_newline = False
            chunk = chunk.removeprefix(b"\n")
        head, separator, rest = _split_last_line(chunk)
        if not separator:
            self._keep(chunk)
            return []
        whole = b"".join([*self._tail, head])
        self._tail, self._tail_size = [], 0
        self._skip_newline = separator == b"\r" and not rest
        if self._at_start:
            self._at_start = False
            whole = whole.removeprefix(_BOM)
        events = self._lines(whole)
        self._keep(rest)
        return events

    def close(self) -> list[ServerEvent]:
        """Return the event the body ended in the middle of, if its data had begun.

        The specification discards it. It is handed out because JSON shows by itself whether it
        is whole, and servers do end their last event without a blank line.
        """
        last = b"".join(self._tail)
        self._tail, self._tail_size = [], 0
        events = self._lines(last.removeprefix(_BOM) if self._at_start else last) if last else []
        if self._data:
            events.append(self._dispatch())
        return events

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
            self._check_size()

    def _check_size(self) -> None:
        if self._tail_size + self._data_size > MAX_EVENT:
            message = f"one event of the stream is larger than {MAX_EVENT:,} bytes"
            raise MalformedResponseError(message)

    def _lines(self, whole: bytes) -> list[ServerEvent]:
        if b"\r" in whole:
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        events: list[ServerEvent] = []
        for line in whole.split(b"\n"):
            if line[:6] == b"data: ":
                self._data.append(line[6:])
                self._data_size += len(line)
                self._check_size()
            elif not line:
                if self._data:
                    events.append(self._dispatch())
                self._type = ""
            elif line[0] != _COLON:
                self._field(line)
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_size += len(line)
            self._check_size()
        elif name == b"event":
            self._type = value.decode("utf-8", "replace")
        elif name == b"id":
            self._id = self._id if b"\0" in value else value.decode("utf-8", "replace")
        elif name != b"retry":
            self.unknown += 1

    def _dispatch(self) -> ServerEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = ServerEvent(data, self._type or "message", self._id, self.unknown)
        self._data, self._data_size, self._type = [], 0, ""
        return event


_COLON = ord(":")


def _split_last_line(chunk: bytes) -> tuple[bytes, bytes, bytes]:
    """Split after the last line end: what is before it, the line end, and what follows."""
    newline, carriage = chunk.rfind(b"\n"), chunk.rfind(b"\r")
    if newline < 0 and carriage < 0:
        return b"", b"", chunk
    start, end = max(newline, carriage), max(newline, carriage) + 1
    if newline == carriage + 1 and carriage >= 0:
        start = carriage
    return chunk[:start], chunk[end - 1 : end], chunk[end:]
