"""Exchanges while they are recorded."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from unillm._io import clock, foreign
from unillm.testing._tape.redaction import Redactor
from unillm.testing._tape.taped import Asked, End, Failure, Piece, Taped, Told
from unillm.types.transport import WireRequest

__all__ = ["Draft", "Drafts", "asked_of"]

_WRAPPING = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
"""Headers of the wrapping, which is gone from what a transport hands out."""


class Drafts:
    """The exchanges of one recording, in the order in which they were sent. Safe between threads.

    Args:
        redactor: Learns the keys.
        timing: Whether pauses are kept.
    """

    def __init__(self, redactor: Redactor, *, timing: bool) -> None:
        self._redactor = redactor
        self._timing = timing
        self._drafts: list[Draft] = []
        self._lock = threading.Lock()

    def begin(self, request: WireRequest, headers: Mapping[str, str]) -> Draft:
        """Return the draft of an exchange that is about to be sent."""
        asked = asked_of(request, headers)
        draft = Draft(asked, timing=self._timing)
        with self._lock:
            self._redactor.learn(asked, request.api_key)
            self._drafts.append(draft)
        return draft

    def taped(self) -> list[Taped]:
        """Return the exchanges so far, without secrets."""
        with self._lock:
            drafts = tuple(self._drafts)
        return [self._redactor.taped(draft.taped()) for draft in drafts]


class Draft:
    """One exchange being recorded; used by one thread or task at a time."""

    def __init__(self, asked: Asked, *, timing: bool) -> None:
        """Begin with a request; ``timing`` tells whether pauses are kept."""
        self._asked = asked
        self._timing = timing
        self._last = clock.monotonic()
        self._status: int | None = None
        self._headers: dict[str, str] = {}
        self._pause: float | None = None
        self._pieces: list[Piece] = []
        self._end: End = "left"
        self._failure: Failure | None = None

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the head of the answer."""
        self._status = status
        self._headers = {
            name.lower(): value for name, value in headers.items() if name.lower() not in _WRAPPING
        }
        self._pause = self._waited()

    def read(self, data: bytes) -> None:
        """Take what a read gave; nothing is the proper end, unless silence was the end before."""
        if data:
            self._pieces.append(Piece(data, self._waited()))
        elif self._end != "stall":
            self._end = "end"

    def failed(self, error: BaseException, *, in_time: bool) -> None:
        """Take what a call of the transport raised.

        Args:
            error: What it was.
            in_time: Whether the time limit of the call had not passed; else it is a stall.
        """
        if self._status is None:
            self._pause = self._waited()
        if not in_time:
            self._end = "stall"
        elif isinstance(error, Exception):
            self._end, self._failure = "raise", Failure.of(foreign.mapped(error))

    def taped(self) -> Taped:
        """Return the exchange as far as it came."""
        told = Told(
            status=self._status,
            headers=self._headers,
            pause=self._pause,
            pieces=tuple(self._pieces),
            end=self._end,
            failure=self._failure,
        )
        return Taped(asked=self._asked, told=told)

    def _waited(self) -> float | None:
        if not self._timing:
            return None
        now = clock.monotonic()
        waited, self._last = now - self._last, now
        return round(waited, 3)


def asked_of(request: WireRequest, headers: Mapping[str, str]) -> Asked:
    """Return a request as it is recorded and compared."""
    kept = {name: value for name, value in headers.items() if name != "user-agent"}
    host = urlsplit(request.url).hostname
    if kept.get("host") == host:
        del kept["host"]
    return Asked(method=request.method, url=request.url, headers=kept, body=request.body)
