"""The HTTP around a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus

from unillm.testing.raw import Framing, Raw, Segment

_BODILESS = frozenset({204, 304})
_MISSING = 64


def written(
    raw: Raw, number: int, *, kept: bool, sent: Callable[[bytes], None]
) -> Iterator[Segment]:
    """Return everything an answer puts on the wire, pauses included, up to its end.

    Args:
        raw: The answer.
        number: Position of the request among all; makes the request id.
        kept: Whether the connection outlives the answer.
        sent: Is told of each segment of the body once the next one is asked for, or none is.
    """
    if raw.wire is not None:
        yield from _told(raw.wire, "close", sent)
        return
    segments = list(raw.segments) if raw.framing == "length" else raw.segments
    whole = segments if isinstance(segments, list) else None
    yield head(raw, whole, number, kept=kept)
    yield from _told(segments, raw.framing, sent)
    if raw.end == "eof":
        yield tail(raw)


def _told(
    segments: Iterable[Segment], framing: Framing, sent: Callable[[bytes], None]
) -> Iterator[Segment]:
    for segment in segments:
        if isinstance(segment, bytes):
            try:
                yield frame(segment, framing)
            finally:
                sent(segment)  # whoever reads no further has it all the same
        else:
            yield segment


def head(raw: Raw, segments: Sequence[Segment] | None, number: int, *, kept: bool) -> bytes:
    """Return the status line and the headers.

    Args:
        raw: The answer.
        segments: The whole body, needed under ``length`` framing only.
        number: Position of the request among all; makes the request id.
        kept: Whether the connection outlives the answer.
    """
    headers = {"x-request-id": f"req_fake_{number}"}
    if raw.status not in _BODILESS:
        headers["content-type"] = (
            "text/event-stream" if raw.framing == "chunked" else "application/json"
        )
        if raw.framing == "chunked":
            headers["transfer-encoding"] = "chunked"
        elif raw.framing == "length":
            sent = sum(len(segment) for segment in segments or () if isinstance(segment, bytes))
            headers["content-length"] = str(sent if raw.end == "eof" else sent + _MISSING)
    if not kept:
        headers["connection"] = "close"
    headers |= {name.lower(): value for name, value in raw.headers.items()}
    lines = [
        f"HTTP/1.1 {raw.status} {_phrase(raw.status)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def frame(segment: bytes, framing: Framing) -> bytes:
    """Return the bytes that carry one segment of a body."""
    if framing != "chunked":
        return segment
    return b"%x\r\n%b\r\n" % (len(segment), segment) if segment else b""


def tail(raw: Raw) -> bytes:
    """Return the bytes that end a body properly."""
    return b"0\r\n\r\n" if raw.framing == "chunked" and raw.status not in _BODILESS else b""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
