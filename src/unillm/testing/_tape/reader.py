"""Recordings out of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import field
from itertools import pairwise
from typing import ClassVar

from unillm.testing._tape.json_block import packed
from unillm.testing._tape.lines import joined, unshown
from unillm.testing._tape.taped import FAILURES, Asked, End, Failure, Piece, Taped, Told
from unillm.testing._tape.text import FIRST_LINE, INDENT
from unillm.testing.recording_error import RecordingError
from unillm.types.dataclass import dataclass

__all__ = ["read"]

_LINE = re.compile(r"( ?)([~|+])((?:[ \\].*)?)")
_RAISE = re.compile(r"raise (\w+)( lasting)?:((?:[ \\].*)?)")


def read(text: str, name: str = "the recording") -> tuple[Taped, ...]:
    """Return the exchanges of a recording.

    Args:
        text: What `unillm.testing._tape.text.write` wrote, perhaps edited by hand.
        name: What to call it in errors.

    Raises:
        RecordingError: It is no recording; the message names the line.
    """
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    if lines[0] != FIRST_LINE:
        raise RecordingError(f"{name} is no recording: its first line must be {FIRST_LINE!r}")
    reader = _Reader(lines)
    try:
        return reader.read()
    except (ValueError, IndexError, KeyError) as problem:
        raise RecordingError(f"{name}, line {reader.at}: {problem}") from problem


@dataclass(slots=True)
class _Open:
    """An exchange being read."""

    method: str
    url: str
    asked: dict[str, str] = field(default_factory=dict[str, str])
    told: dict[str, str] = field(default_factory=dict[str, str])
    body: list[Piece] = field(default_factory=list[Piece])
    pieces: list[Piece] = field(default_factory=list[Piece])
    status: int | None = None
    pause: float | None = None
    end: End = "left"
    failure: Failure | None = None

    def closed(self) -> Taped:
        body = b"".join(piece.data for piece in self.body)
        asked = Asked(method=self.method, url=self.url, headers=self.asked, body=body)
        told = Told(
            status=self.status,
            headers=self.told,
            pause=self.pause,
            pieces=tuple(self.pieces),
            end=self.end,
            failure=self.failure,
        )
        return Taped(asked=asked, told=told)


class _Reader:
    """Takes line after line; ``at`` is the number of the one at hand."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._found: list[Taped] = []
        self._open: _Open | None = None
        self._pause: float | None = None
        self.at = 1

    def read(self) -> tuple[Taped, ...]:
        while self.at < len(self._lines):
            line = self._lines[self.at]
            self.at += 1
            if line.strip() and not line.startswith("#"):
                self._take(line)
        self._close()
        return tuple(self._found)

    def _take(self, line: str) -> None:
        for start, take in self._TAKES.items():
            if line.startswith(start):
                return take(self, line)
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"what is this? {line[:60]!r}")
        data = joined(found[2], unshown(found[3]))
        pieces = self._pieces
        if found[1]:  # it came in the same read as the line before
            if not pieces:
                raise ValueError("a line that begins with a space continues the read before it")
            before = pieces.pop()
            return pieces.append(Piece(before.data + data, before.pause))
        return pieces.append(Piece(data, self._waited()))

    def _take_request(self, line: str) -> None:
        self._close()
        method, _, url = unshown(line[3:]).decode("utf-8", "surrogateescape").partition(" ")
        self._open = _Open(method, url)

    def _take_status(self, line: str) -> None:
        self._now.status = int(line[4:])
        self._now.pause = self._waited()

    def _take_header(self, line: str) -> None:
        headers = self._now.asked if line[0] == ">" else self._now.told
        text = unshown(line[1:]).decode("utf-8", "surrogateescape")
        name, _, value = text.partition(":")
        headers[name] = value.removeprefix(" ")

    def _take_json(self, line: str) -> None:
        _, style, *cuts = line.split()
        block: list[str] = []
        while self.at < len(self._lines) and self._lines[self.at].startswith(INDENT):
            block.append(self._lines[self.at])
            self.at += 1
        body = packed(style, "\n".join(block))
        edges = [0, *(int(cut) for cut in cuts), len(body)]
        pieces = [body[start:end] for start, end in pairwise(edges)]
        pause = self._waited()
        self._pieces.extend(Piece(piece, pause) for piece in pieces if piece)

    def _take_pause(self, line: str) -> None:
        self._pause = float(line[2:])

    def _take_end(self, line: str) -> None:
        if line not in {"end", "stall"}:
            raise ValueError(f"what is this? {line[:60]!r}")
        self._end("stall" if line == "stall" else "end")

    def _take_failure(self, line: str) -> None:
        found = _RAISE.fullmatch(line)
        if not found or found[1] not in FAILURES:
            raise ValueError(f"which error is this? {line[:60]!r}")
        message = unshown(found[3]).decode("utf-8", "surrogateescape")
        self._end("raise")
        self._now.failure = Failure(kind=found[1], message=message, retryable=not found[2])

    def _end(self, end: End) -> None:
        self._now.end = end
        pause = self._waited()
        if self._now.status is None:
            self._now.pause = pause

    def _waited(self) -> float | None:
        pause, self._pause = self._pause, None
        return pause

    def _close(self) -> None:
        if self._open is not None:
            self._found.append(self._open.closed())
            self._open = None

    @property
    def _now(self) -> _Open:
        if self._open is None:
            message = "an exchange must begin with a line like '--> POST https://…'"
            raise ValueError(message)
        return self._open

    @property
    def _pieces(self) -> list[Piece]:
        return self._now.body if self._now.status is None else self._now.pieces

    _TAKES: ClassVar[dict[str, Callable[[_Reader, str], None]]] = {
        "-->": _take_request,
        "<-- ": _take_status,
        "> ": _take_header,
        ">\\": _take_header,
        "< ": _take_header,
        "<\\": _take_header,
        "json ": _take_json,
        "@ ": _take_pause,
        "end": _take_end,
        "stall": _take_end,
        "raise ": _take_failure,
    }
