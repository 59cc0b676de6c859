"""An answer read by its client, without sockets: the bytes that would be on the wire, parsed."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator
from typing import Any

import h11

from unillm.errors import MalformedResponseError, TransportError
from unillm.testing._arrived import Arrived, Head
from unillm.testing._meter import unpacker
from unillm.testing._service import Serving
from unillm.testing._silence import TimeIsUpError

__all__ = ["arriving"]

_PACKED = frozenset({"gzip", "deflate", "x-gzip"})


def arriving(serving: Serving) -> Generator[Arrived]:
    """Return what arrives of an answer, up to its proper end.

    Raises:
        TransportError: The connection broke, or it is not HTTP.
        MalformedResponseError: It cannot be decompressed.
        TimeIsUpError: Nothing more comes.
    """
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="POST", target="/", headers=[("host", "fake")]))
    parser.send(h11.EndOfMessage())
    unpack: Any = None
    for arrived in _events(serving, parser):
        if isinstance(arrived, h11.Response):
            head = _head(arrived)
            unpack = unpacker() if head.headers.get("content-encoding") in _PACKED else None
            yield head
        elif not isinstance(arrived, bytes):
            yield arrived
        elif data := _unpacked(arrived, unpack):
            yield data


def _events(serving: Serving, parser: h11.Connection) -> Iterator[h11.Response | bytes | float]:
    for segment in serving.written(kept=True):
        if not isinstance(segment, bytes):
            yield segment
        elif segment:
            parser.receive_data(segment)
            yield from _parsed(parser)
    if serving.raw.end != "stall":
        serving.over()
    if parser.their_state in {h11.DONE, h11.MUST_CLOSE}:
        return
    if serving.raw.end == "stall":
        raise TimeIsUpError("the server is silent.")
    if serving.raw.end == "reset":
        raise TransportError("the connection broke: it was reset.")
    if parser.their_state is h11.SEND_RESPONSE:
        message = "the server broke the HTTP protocol: it disconnected without a response."
        raise TransportError(message)
    parser.receive_data(b"")
    yield from _parsed(parser)


def _parsed(parser: h11.Connection) -> Iterator[h11.Response | bytes]:
    while True:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError as problem:
            message = f"the server broke the HTTP protocol: {problem}."
            raise TransportError(message) from problem
        if isinstance(event, h11.Response):
            yield event
        elif isinstance(event, h11.Data):
            yield bytes(event.data)
        elif not isinstance(event, h11.InformationalResponse):
            return


def _head(response: h11.Response) -> Head:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        key, text = name.decode("ascii").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Head(response.status_code, headers)


def _unpacked(data: bytes, unpack: Any) -> bytes:
    try:
        return unpack.decompress(data) if unpack else data
    except zlib.error as problem:
        message = f"the body cannot be decompressed: {problem}."
        raise MalformedResponseError(message) from problem
