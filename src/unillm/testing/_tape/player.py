"""Transports that answer from a recording, without network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import anyio

from unillm.errors import TransportError, UnillmError
from unillm.testing._silence import TimeIsUpError, wait
from unillm.testing._tape.reel import Reel
from unillm.testing._tape.taped import Piece, Told
from unillm.testing.recording_error import RecordingError
from unillm.types.transport import Limits, WireRequest

__all__ = ["AsyncPlayer", "Player"]

LONGEST = 2.0
"""Seconds that a recorded pause is replayed for at most."""


class Player:
    """Answer requests from a recording."""

    def __init__(self, reel: Reel) -> None:
        """Take the recording."""
        self._reel = reel

    def send(self, request: WireRequest, headers: Mapping[str, str], limits: Limits) -> _Played:
        """Return the recorded answer to a request, or raise the recorded error."""
        told = self._reel.claim(request, headers)
        wait(_bounded(told.pause), limits.head)
        if told.status is None:
            raise _ended(told)
        return _Played(told, told.status)

    def close(self) -> None:
        """Do nothing: nothing is open."""


class _Played:
    """An answer out of a recording."""

    def __init__(self, told: Told, status: int) -> None:
        self.status = status
        self.headers = told.headers
        self._told = told
        self._at = count()

    def step(self) -> Piece:
        """Return what the next read gives; nothing at the proper end."""
        at = next(self._at)
        if at < len(self._told.pieces):
            return self._told.pieces[at]
        if self._told.end == "end":
            return Piece(b"")
        raise _ended(self._told)

    def read(self, timeout: float | None) -> bytes:
        piece = self.step()
        wait(_bounded(piece.pause), timeout)
        return piece.data

    def drain(self, seconds: float) -> None:
        """Do nothing: no connection waits to be used again."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class AsyncPlayer:
    """The async twin of `Player`."""

    def __init__(self, reel: Reel) -> None:
        """Take the recording."""
        self._reel = reel

    async def send(
        self,
        request: WireRequest,
        headers: Mapping[str, str],
        limits: Limits,  # noqa: ARG002 - whoever calls sets the time limits
    ) -> _AsyncPlayed:
        """Return the recorded answer to a request, or raise the recorded error."""
        told = self._reel.claim(request, headers)
        await anyio.sleep(_bounded(told.pause))
        if told.status is None:
            raise _ended(told)
        return _AsyncPlayed(_Played(told, told.status))

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


class _AsyncPlayed:
    """An answer out of a recording, read by awaiting."""

    def __init__(self, played: _Played) -> None:
        self.status = played.status
        self.headers = played.headers
        self._played = played

    async def read(self) -> bytes:
        piece = self._played.step()
        await anyio.sleep(_bounded(piece.pause))
        return piece.data

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


def _bounded(pause: float | None) -> float:
    return min(pause or 0.0, LONGEST)


def _ended(told: Told) -> UnillmError:
    if told.failure is not None:
        return told.failure.error()
    if told.end == "stall":
        return TimeIsUpError("nothing more came when this was recorded.")
    if told.end == "end":
        return TransportError("the recording has an end but no status.")
    return RecordingError(
        "the recording ends here, because the client that was recorded left at this point. "
        "Record again."
    )
