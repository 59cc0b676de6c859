"""A file of answers that were paid for: one JSON object a line, written as soon as it is there.

The first line names the format. Each line after it is an answer under its key, or a note. Lines are
only ever added, each with one write of the operating system: a process that is killed loses none
that was written. A power failure may lose the last ones; they are not forced to the disk.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from os import PathLike
from typing import Any, cast

from pydantic_core import from_json, to_json

from unillm.errors import InvalidRequestError
from unillm.types.json import JsonObject, is_object

HEADER = b'{"unillm_checkpoint":1}\n'
"""The first line, with the version of the format."""

_BLOCK = 256 * 1024
_BUSY = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})


class Checkpoint:
    """Answers by their keys, in a file that one process at a time writes. Safe between threads.

    Of what is in the file, only the keys and where their lines begin are kept in memory.
    """

    def __init__(self, path: str, file: FileIO) -> None:
        """Take a file that is open and locked; made by `open`."""
        self.path = path
        self._open = file
        self._file = file.fileno()
        self._lock = threading.Lock()
        self._places: dict[str, int] = {}
        self._notes: list[JsonObject] = []
        self._end = 0
        self._process = os.getpid()
        # Not every file system counts names.
        self._has_name = os.fstat(self._file).st_nlink > 0

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Checkpoint:
        """Open a checkpoint, or begin one where there is no file.

        What a killed process left half-written at the end is cut off.

        Raises:
            InvalidRequestError: It cannot be opened, another process or call writes it, it is no
                checkpoint, or a line in its middle is damaged.
        """
        name = _name(path)
        try:
            # It closes itself when it is dropped: a number that is lost to Ctrl-C stays open, and
            # locked.
            file = FileIO(name, "a+")
        except OSError as error:
            raise InvalidRequestError(f"checkpoint {name!r} cannot be opened: {error}") from error
        try:
            fcntl.fcntl(file, fcntl.F_SETFL, os.O_RDWR)  # lines are written where they belong
            checkpoint = cls(name, file)
            checkpoint._take_lock()
            checkpoint._read()
        except OSError as error:
            file.close()
            raise InvalidRequestError(f"checkpoint {name!r} cannot be read: {error}") from error
        except BaseException:
            file.close()
            raise
        return checkpoint

    def __len__(self) -> int:
        """Return how many answers there are."""
        return len(self._places)

    def has(self, key: str) -> bool:
        """Tell whether an answer is there."""
        return key in self._places

    def load(self, key: str) -> JsonObject:
        """Return the line of an answer: what `save` was given, under its names.

        Raises:
            KeyError: There is none.
            InvalidRequestError: The file cannot be read any more.
        """
        place = self._places[key]
        with self._lock:
            self._require_open()
            try:
                line = b"".join(self._blocks(place))
            except OSError as error:
                message = f"checkpoint {self.path!r} cannot be read: {error}"
                raise InvalidRequestError(message) from error
        read = _object(line)
        if read is None:
            raise InvalidRequestError(f"checkpoint {self.path!r} was changed while it was in use")
        return read

    def save(self, key: str, index: int, **fields: Any) -> None:
        """Write the answer of a row.

        Args:
            key: What it is found by.
            index: The place of its row, for people who read the file.
            fields: What is kept of it, for example ``response``: values that pydantic writes as
                JSON.

        Raises:
            InvalidRequestError: It cannot be written, for example because the disk is full.
        """
        place = self._add({"key": key, "index": index, **fields})
        self._places[key] = place

    def note(self, kind: str, data: JsonObject) -> None:
        """Write something else that is to be known when the file is opened again.

        Raises:
            InvalidRequestError: It cannot be written.
        """
        self._add({"note": kind, "data": data})
        self._notes.append({"note": kind, "data": data})

    def notes(self, kind: str) -> list[JsonObject]:
        """Return what was noted of one kind, in order."""
        return [one["data"] for one in self._notes if one["note"] == kind]

    def failed(self, key: str | None, index: int, error: str) -> None:
        """Write that a row failed, for people who read the file: it is asked again nevertheless.

        Raises:
            InvalidRequestError: It cannot be written.
        """
        self._add({"failed": key, "index": index, "error": error})

    def close(self) -> None:
        """Give the file free. May be called twice."""
        with self._lock:
            if not self._open.closed:
                with suppress(OSError):
                    # A process that was forked meanwhile has the file too, and the lock with it.
                    if os.getpid() == self._process:
                        fcntl.flock(self._file, fcntl.LOCK_UN)
                with suppress(OSError):
                    self._open.close()

    def _require_open(self) -> None:
        if self._open.closed:
            raise InvalidRequestError(f"checkpoint {self.path!r} is closed")

    def _require_name(self) -> None:
        """Refuse to write what nobody would find again."""
        if self._has_name and not os.fstat(self._file).st_nlink:
            message = f"checkpoint {self.path!r} was removed or replaced while it was in use"
            raise InvalidRequestError(message)

    def _take_lock(self) -> None:
        """Keep others out; the kernel gives the lock back whatever becomes of this process.

        Raises:
            InvalidRequestError: Somebody else has it.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _BUSY:
                raise InvalidRequestError(
                    f"checkpoint {self.path!r} is being written by another process or another "
                    "call: wait for it to end, close it, or give each a file of its own"
                ) from error
            message = f"checkpoint {self.path!r} cannot be locked ({error}): let only one write it"
            warnings.warn(message, RuntimeWarning, stacklevel=4)

    def _read(self) -> None:
        """Learn what is in the file, and make it end with a whole line."""
        if not self._begin():
            return
        number, place = 1, len(HEADER)
        for line in self._lines(place):
            number += 1
            read = _object(line)
            is_torn = not line.endswith(b"\n")
            if read is None or not self._learn(read, place):
                if not is_torn:
                    raise InvalidRequestError(
                        f"checkpoint {self.path!r} is damaged: line {number} is none of its lines. "
                        "Remove that line, and its row is asked again; or begin another file"
                    )
                os.ftruncate(self._file, place)
                break
            if is_torn:
                os.pwrite(self._file, b"\n", place + len(line))
            place += len(line) + is_torn  # now that it is whole
        self._end = place

    def _begin(self) -> bool:
        """Look at the first line, or write it; tell whether there may be more.

        Raises:
            InvalidRequestError: The file is something else.
        """
        first = os.pread(self._file, len(HEADER), 0)
        if first == HEADER:
            return True
        if not HEADER.startswith(first):
            ours = first.startswith(HEADER[:21])
            what = "a checkpoint of another version of unillm" if ours else "no checkpoint"
            message = f"{self.path!r} is {what}; it was left as it is. Name another file"
            raise InvalidRequestError(message)
        os.pwrite(self._file, HEADER[len(first) :], len(first))
        self._end = len(HEADER)
        return False

    def _learn(self, read: JsonObject, place: int) -> bool:
        """Take a line in; tell whether it is one of ours."""
        key, note = read.get("key"), read.get("note")
        if isinstance(key, str):
            self._places[key] = place
            return True
        if isinstance(note, str):
            self._notes.append(read)
            return "data" in read
        return "failed" in read

    def _add(self, line: JsonObject) -> int:
        """Write a line and return where it begins.

        Raises:
            InvalidRequestError: It cannot be written.
        """
        try:
            data = to_json(line, bytes_mode="base64") + b"\n"
        except ValueError as error:
            raise InvalidRequestError(f"a row cannot be written as JSON: {error}") from error
        with self._lock:
            self._require_open()
            self._require_name()
            place = self._end
            try:
                written = 0
                while written < len(data):
                    written += os.pwrite(self._file, data[written:], place + written)
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(self._file, place)
                message = f"checkpoint {self.path!r} cannot be written: {error}"
                raise InvalidRequestError(message) from error
            self._end = place + len(data)
        return place

    def _lines(self, place: int) -> Iterator[bytes]:
        """Give the lines from a place on, each with its end; the last one may have none."""
        begun: list[bytes] = []
        while block := os.pread(self._file, _BLOCK, place):
            place += len(block)
            for piece in block.splitlines(keepends=True):
                begun.append(piece)
                if piece.endswith(b"\n"):
                    yield b"".join(begun)
                    begun.clear()
        if begun:
            yield b"".join(begun)

    def _blocks(self, place: int) -> Iterator[bytes]:
        """Give one line in pieces."""
        while block := os.pread(self._file, _BLOCK, place):
            piece, end, _ = block.partition(b"\n")
            yield piece
            if end:
                return
            place += len(block)


def _name(path: Any) -> str:
    given = isinstance(path, str | PathLike)
    name: Any = os.fspath(cast("str | PathLike[str]", path)) if given else None
    if not isinstance(name, str) or not name:
        raise InvalidRequestError(f"checkpoint must be the path of a file, not {path!r}")
    return name


def _object(line: bytes) -> JsonObject | None:
    try:
        value: Any = from_json(line)
    except ValueError:
        return None
    return value if is_object(value) else None
