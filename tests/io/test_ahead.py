"""Chunks of a body that came together are handed out together, and nothing is lost at their end."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import trio

import unillm
from unillm._io.aiohttp_async import AsyncAiohttpTransport
from unillm._io.httpx_ahead import joined, length_of, parser_of
from unillm._io.httpx_async import AsyncHttpxTransport
from unillm._io.httpx_sync import HttpxTransport
from unillm.types.transport import Limits, WireRequest

LIMITS = Limits(connect=5, head=5, read=5)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
PIECES = [f"piece {number};".encode() for number in range(300)]
WHOLE = b"".join(PIECES)


def chunked(pieces: list[bytes], end: bytes = b"0\r\n\r\n") -> bytes:
    """Return an answer whose body comes in chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return HEAD + b"transfer-encoding: chunked\r\n\r\n" + body + end


@contextlib.contextmanager
def server(*answers: bytes) -> Iterator[str]:
    """Answer every request with the next of some answers, sent at once; the last one stays."""
    listening = socket.create_server(("127.0.0.1", 0))
    left = list(answers)

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while read(connection):
                    connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def read(connection: socket.socket) -> bool:
    """Read one request; tell whether there was one."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        if not more:
            return False
        got += more
    return True


def asked(url: str) -> WireRequest:
    return WireRequest(method="GET", url=url, headers={}, body=b"")


def reads(url: str, client: httpx.Client | None = None, times: int = 1) -> list[list[bytes]]:
    """Return what each read of some answers gave, one after the other."""
    transport = HttpxTransport(client)
    found = []
    for _ in range(times):
        exchange = transport.send(asked(url), {}, LIMITS)
        found.append([])
        while data := exchange.read(5):
            found[-1].append(data)
        exchange.close()
    transport.close()
    return found


async def async_reads(url: str, times: int = 1) -> list[list[bytes]]:
    transport = AsyncHttpxTransport()
    found = []
    for _ in range(times):
        exchange = await transport.send(asked(url), {}, LIMITS)
        found.append([])
        while data := await exchange.read():
            found[-1].append(data)
        await exchange.aclose()
    await transport.aclose()
    return found


def test_what_came_together_is_read_together() -> None:
    with server(chunked(PIECES)) as url:
        (got,) = reads(url)
    assert b"".join(got) == WHOLE
    assert len(got) < 10


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_async_reads_are_the_same(run) -> None:
    with server(chunked(PIECES)) as url:
        args = (async_reads(url, 2),) if run is asyncio.run else (async_reads, url, 2)
        found = run(*args)
    assert [b"".join(got) for got in found] == [WHOLE, WHOLE]
    assert all(len(got) < 10 for got in found)


def counted(size: int) -> bytes:
    """Return an answer whose head says how long its body is."""
    return HEAD + b"content-length: %d\r\n\r\n" % size + WHOLE[:size]


async def ends(transport: Any, url: str, times: int) -> list[tuple[bytes, bool, bool, bytes]]:
    """Return of some answers what was read, whether that was all, before and then, and the end."""
    found = []
    for _ in range(times):
        exchange = await transport.send(asked(url), {}, LIMITS)
        before, got = exchange.is_whole, b""
        while len(got) < int(exchange.headers["content-length"]):
            got += await exchange.read()
        found.append((got, before, exchange.is_whole, await exchange.read()))
        await exchange.aclose()
    await transport.aclose()
    return found


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_a_body_whose_length_was_said_is_whole_with_its_last_byte(run) -> None:
    with server(counted(1_000), counted(500)) as url:  # of one connection, which serves again
        args = (AsyncHttpxTransport(), url, 2)
        found = run(ends(*args)) if run is asyncio.run else run(ends, *args)
    assert found == [(WHOLE[:size], False, True, b"") for size in (1_000, 500)]


def test_so_it_is_over_aiohttp() -> None:
    async def main() -> Any:
        return await ends(AsyncAiohttpTransport(), url, 2)

    with server(counted(1_000), counted(500)) as url:
        found = asyncio.run(main())
    assert [(got, whole, end) for got, _, whole, end in found] == [
        (WHOLE[:1_000], True, b""),
        (WHOLE[:500], True, b""),
    ]


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({"content-length": "12"}, 12),
        ({"content-length": "0"}, None),
        ({"content-length": "-1"}, None),
        ({"content-length": "12, 12"}, None),
        ({"content-length": "12", "transfer-encoding": "chunked"}, None),
        ({}, None),
    ],
)
def test_a_length_counts_where_it_is_one_and_nothing_else_ends_the_body(headers, length) -> None:
    assert length_of(headers) == length


def test_a_connection_serves_again_after_its_body_was_read_to_the_end() -> None:
    other = [b"another", b" answer"]
    with server(chunked(PIECES), chunked(other), chunked(PIECES)) as url:  # of one connection
        found = reads(url, times=3)
    assert [b"".join(got) for got in found] == [WHOLE, b"another answer", WHOLE]


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"0\r\n\r\n", b""),
        (b"0\r\nx-trailer: one\r\nx-trailer: two\r\n\r\n", b""),
        (b'5;name="a;b"\r\nabcde\r\n0005\r\nfghij\r\n0;last\r\nx-t: 1\r\n\r\n', b"abcdefghij"),
        (b"3\r\n\r\n\r\r\n2\r\n0\n\r\n0\r\n\r\n", b"\r\n\r0\n"),
    ],
    ids=["empty", "only trailers", "extensions, zeros and trailers", "line ends as data"],
)
def test_odd_chunks_are_read_as_http_has_them(body: bytes, whole: bytes) -> None:
    """And the connection serves again: nothing of the end was lost, or taken for the next."""
    odd = HEAD + b"transfer-encoding: chunked\r\n\r\n" + body
    with server(odd, odd, chunked(PIECES)) as url:
        first, second, third = reads(url, times=3)
    assert (b"".join(first), b"".join(second), b"".join(third)) == (whole, whole, WHOLE)


@pytest.mark.parametrize(
    "size", [b"f" * 30, b"0x5", b"", b"5 5"], ids=["huge", "0x", "none", "two"]
)
def test_sizes_that_are_none_end_the_body_with_an_error(size: bytes) -> None:
    with server(chunked(PIECES[:3], size + b"\r\nabcde\r\n0\r\n\r\n")) as url:
        transport = HttpxTransport()
        exchange = transport.send(asked(url), {}, LIMITS)
        got = b""
        with pytest.raises(unillm.TransportError):  # noqa: PT012 - all reads but the last are good
            while data := exchange.read(5):
                got += data
        exchange.close()
        transport.close()
    assert got == b"".join(PIECES[:3])


def test_a_client_that_was_handed_in_reads_so_too() -> None:
    with server(chunked(PIECES)) as url, httpx.Client() as client:
        (got,) = reads(url, client)
    assert b"".join(got) == WHOLE
    assert len(got) < 10


@pytest.mark.parametrize(
    "end",
    [b"zz\r\nxx", b"5\r\nabcdeXX", b"-1\r\n"],
    ids=["no number", "no line end", "a negative number"],
)
def test_what_came_before_broken_http_is_handed_out_and_then_told(end: bytes) -> None:
    with server(chunked(PIECES, end)) as url:
        transport = HttpxTransport()
        exchange = transport.send(asked(url), {}, LIMITS)
        got = b""
        with pytest.raises(unillm.TransportError) as caught:  # noqa: PT012 - all reads but the last are good
            while data := exchange.read(5):
                got += data
        exchange.close()
        transport.close()
    assert got.startswith(WHOLE)
    assert "HTTP" in str(caught.value)


def test_a_body_that_ends_too_early_is_told_as_such() -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        read(connection)
        connection.sendall(chunked(PIECES, b""))
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    transport = HttpxTransport()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    exchange = transport.send(asked(url), {}, LIMITS)
    got = b""
    with pytest.raises(unillm.TransportError):  # noqa: PT012 - all reads but the last are good
        while data := exchange.read(5):
            got += data
    exchange.close()
    transport.close()
    listening.close()
    assert got == WHOLE


def test_the_parser_is_where_it_is_looked_for() -> None:
    """Should this fail after a new release of httpx, every chunk of a stream is read by itself."""
    with server(chunked(PIECES)) as url, httpx.Client() as client:
        with client.stream("GET", url) as response:
            assert parser_of(response, {"transfer-encoding": "chunked"}) is not None
            assert parser_of(response, {"content-length": "5"}) is None
        other = httpx.Response(200, stream=httpx.ByteStream(b"x"))
        assert parser_of(other, {"transfer-encoding": "chunked"}) is None


def test_the_parser_tells_what_was_given_back_and_goes_on() -> None:
    import h11

    parser = h11.Connection(our_role=h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(chunked([b"a", b"b", b"c"]))
    assert type(parser.next_event()) is h11.Response
    first: Any = parser.next_event()
    assert joined(parser, first.data) == b"abc"
    assert type(parser.next_event()) is h11.EndOfMessage
    assert parser.their_state is h11.DONE
    parser.start_next_cycle()
    assert parser.next_event() is h11.NEED_DATA
