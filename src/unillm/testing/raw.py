"""An answer given byte by byte."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from unillm.types.dataclass import dataclass

__all__ = ["End", "Framing", "Raw", "Segment"]

Segment: TypeAlias = bytes | float
"""Bytes to write in one piece, or seconds to wait."""

End: TypeAlias = Literal["eof", "cut", "reset", "stall"]
Framing: TypeAlias = Literal["chunked", "length", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Answer with exactly these bytes, in these pieces, at this pace, with this end.

    Attributes:
        segments: The body. Bytes are written one by one and not delayed (TCP_NODELAY), so that each
            is a TCP segment, unless a client reads too slowly for that; a float is a wait in
            seconds. Any iterable; a generator serves one request.
        status: The HTTP status.
        headers: Response headers. They win over the generated ones (``content-type``,
            ``content-length``, ``x-request-id``). Without a ``content-type`` it is
            ``text/event-stream`` under chunked framing, else ``application/json``.
        end: ``"eof"`` ends the body properly; ``"cut"`` closes the connection (FIN) before the last
            chunk or before the promised length; ``"reset"`` resets it (RST); ``"stall"`` stays
            silent until the client leaves or the server stops.
        framing: How the body is delimited: ``"chunked"``, ``"length"`` (a ``content-length``, too
            large unless ``end`` is ``"eof"``), or ``"close"`` (the body ends with the connection,
            so that a cut cannot be told from an end).
        wire: Instead of all of the above but ``end``: everything to be written, head included.
            Empty means not one byte. The connection is closed afterwards.
    """

    segments: Iterable[Segment] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    end: End = "eof"
    framing: Framing = "chunked"
    wire: Iterable[Segment] | None = None

    @classmethod
    def of_json(
        cls, value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Raw:
        """Make an answer with a JSON body.

        Args:
            value: Anything ``json.dumps`` takes.
            status: The HTTP status.
            headers: More response headers.
        """
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(segments=(body,), status=status, headers=dict(headers or {}), framing="length")

    @classmethod
    def of_events(cls, *payloads: object, done: bool = True, end: End = "eof") -> Raw:
        """Make a stream with one server-sent event for each payload.

        Args:
            payloads: Bytes go out as they are, floats are waits in seconds, anything else is sent
                as JSON in a ``data:`` line.
            done: Whether ``data: [DONE]`` follows.
            end: How the body ends.
        """
        segments = [event(payload) for payload in payloads]
        return cls(segments=[*segments, b"data: [DONE]\n\n"] if done else segments, end=end)


def event(payload: object) -> Segment:
    """Return the segment for one payload of `Raw.of_events`."""
    if isinstance(payload, bytes | float):
        return payload
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"
