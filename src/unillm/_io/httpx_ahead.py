"""What of a body in chunks has arrived already: one read of the network may bring hundreds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

_WAYS = ("_h11_state", "_connection", "_httpcore_stream", "_stream")
"""By what names the stream of a response leads to its parser, the last step first."""
_STEPS = 6
_READER, _BUFFER = "_reader", "_receive_buffer"
"""Where the parser has what reads the body for it, and the bytes that have arrived."""


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
            return found if hasattr(found, _READER) and hasattr(found, _BUFFER) else None
    return None


def length_of(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes the body of a response has, as its headers say; None: they do not."""
    told = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (told.isascii() and told.isdecimal()):
        return None
    return int(told) or None


def joined(parser: Any, chunk: bytes) -> bytes:
    """Return a chunk that was read, with those that have arrived behind it.

    They are read by what reads the chunks for the parser, whose state no data changes. What comes
    after them, the end of the body or an error, is given back: the parser is told of it when it
    reads the next time.
    """
    from h11 import Data, LocalProtocolError

    read, buffer = getattr(parser, _READER), getattr(parser, _BUFFER)
    parts = [chunk]
    try:
        while type(event := read(buffer)) is Data:
            parts.append(event.data)
    except LocalProtocolError as error:
        setattr(parser, _READER, partial(_raise, error))
    else:
        if event is not None:
            setattr(parser, _READER, partial(_told, event))
    return b"".join(parts) if len(parts) > 1 else chunk


def _raise(error: Exception, _: Any) -> NoReturn:
    raise error


def _told(event: Any, _: Any) -> Any:
    return event
