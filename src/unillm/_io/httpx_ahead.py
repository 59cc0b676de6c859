"""What of a body in chunks has arrived already: one read of the network may bring hundreds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

_WAYS = ("_h11_state", "_connection", "_httpcore_stream", "_stream")
"""By what names the stream of a response leads to its parser, the last step first."""
_STEPS = 6


def parser_of(response: Any, headers: Mapping[str, str]) -> Any:
    """Return what parses the body of a response, if that comes in chunks over HTTP/1.1.

    httpx hands out one chunk of HTTP after the other, each by a read of its own, though they came
    together. Their parser, h11, tells what there is and never waits. httpx shows nobody the parser:
    where the way to it is another one, each chunk is read by itself, and a test tells.

    Args:
        response: The response, of httpx or one of its kind, its body unread.
        headers: Its headers.
    """
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return None
    found = response.stream
    for _ in range(_STEPS):
        name = next((way for way in _WAYS if hasattr(found, way)), None)
        if name is None:
            return None
        found = getattr(found, name)
        if name == _WAYS[0]:
            return found if hasattr(found, "next_event") else None
    return None


def length_of(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes the body of a response has, as its headers say; None: they do not."""
    told = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (told.isascii() and told.isdecimal()):
        return None
    return int(told) or None


def joined(parser: Any, chunk: bytes) -> bytes:
    """Return a chunk that was read, with those that have arrived behind it.

    What comes after them, the end of the body or an error, is given back to the parser, which tells
    it when it is asked the next time.
    """
    from h11 import NEED_DATA, Data, RemoteProtocolError

    parts = [chunk]
    try:
        while type(event := parser.next_event()) is Data:
            parts.append(event.data)
    except RemoteProtocolError as error:
        _give_back(parser, _raising(error))
    else:
        if event is not NEED_DATA:
            _give_back(parser, lambda: event)
    return b"".join(parts) if len(parts) > 1 else chunk


def _give_back(parser: Any, tell: Any) -> None:
    def next_event() -> Any:
        del parser.next_event  # its own again
        return tell()

    parser.next_event = next_event


def _raising(error: Exception) -> Any:
    def tell() -> NoReturn:
        raise error

    return tell
