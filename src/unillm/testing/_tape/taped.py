"""One recorded exchange as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from unillm.errors import (
    ConnectError,
    ConnectTimeoutError,
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
    UnillmError,
)
from unillm.types.dataclass import dataclass

__all__ = ["FAILURES", "Asked", "End", "Failure", "Piece", "Taped", "Told"]

End: TypeAlias = Literal["end", "stall", "left", "raise"]
"""How an answer ended: properly; in silence until a time limit passed; when the client left; with
an error of the transport."""

FAILURES: Mapping[str, type[UnillmError]] = {
    kind.__name__: kind
    for kind in (
        *(ConnectError, ConnectTimeoutError, RequestTimeoutError),
        *(TransportError, MalformedResponseError),
    )
}
"""What a transport fails with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it was sent.

    Attributes:
        method: The HTTP method.
        url: The full URL.
        headers: The headers; names are lower case.
        body: The body.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """What one read of a body gave.

    Attributes:
        data: The bytes.
        pause: Seconds that were waited for them, if that was recorded.
    """

    data: bytes
    pause: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error of the transport.

    Attributes:
        kind: The name of its class, one of `FAILURES`.
        message: What it said.
        retryable: Whether it said that it may pass.
    """

    kind: str
    message: str
    retryable: bool

    @classmethod
    def of(cls, error: UnillmError) -> Failure:
        """Describe an error."""
        known = (kind.__name__ for kind in type(error).__mro__ if kind.__name__ in FAILURES)
        kind = next(known, TransportError.__name__)
        return cls(kind=kind, message=error.message, retryable=error.retryable)

    def error(self) -> UnillmError:
        """Make the error again."""
        return FAILURES[self.kind](self.message, retryable=self.retryable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a request.

    Attributes:
        status: The HTTP status; None when no head came.
        headers: The response headers; names are lower case.
        pause: Seconds until the head came, if that was recorded.
        pieces: The body, one entry a read.
        end: How it ended.
        failure: The error, if it ended with one.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    pause: float | None = None
    pieces: tuple[Piece, ...] = ()
    end: End = "left"
    failure: Failure | None = None

    @property
    def body(self) -> bytes:
        """Return the body in one piece."""
        return b"".join(piece.data for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """One request and what came of it."""

    asked: Asked
    told: Told
