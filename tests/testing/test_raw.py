"""Raw answers are written byte for byte, and end as they say."""

import time

import pytest

from tests.testing.wire import ask, connect, read, request, segments_in
from unillm.testing import FakeProvider, Raw


def serve(fake: FakeProvider, raw: Raw, **options):
    fake.enqueue(raw)
    return ask(fake, **options)


def test_a_chunked_body_ends_with_its_last_chunk(fake_provider):
    wire = serve(fake_provider, Raw(segments=[b"ab", b"", b"c"]))
    assert wire.raw.endswith(b"\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    assert (wire.body, wire.whole, wire.end) == (b"abc", True, "fin")
    assert "content-type: text/event-stream" in wire.head


def test_a_body_with_a_length_keeps_its_promise(fake_provider):
    wire = serve(fake_provider, Raw(segments=[b"ab", b"c"], framing="length"))
    assert "content-length: 3" in wire.head
    assert (wire.body, wire.whole) == (b"abc", True)
    assert "content-type: application/json" in wire.head


def test_a_body_without_a_frame_ends_with_the_connection(fake_provider):
    fake_provider.enqueue(Raw(segments=[b"abc"], framing="close"))
    with connect(fake_provider) as sock:
        sock.sendall(request({}, connection="keep-alive"))
        wire = read(sock)
    assert (wire.body, wire.end) == (b"abc", "fin")
    assert "connection: close" in wire.head


@pytest.mark.parametrize("framing", ["chunked", "length"])
@pytest.mark.parametrize(
    ("end", "seen"), [("cut", "fin"), ("reset", "reset"), ("stall", "silence")]
)
def test_a_spoilt_end_comes_after_all_segments(fake_provider, framing, end, seen):
    raw = Raw(segments=[b"abc", 0.02], framing=framing, end=end)
    wire = serve(fake_provider, raw, quiet=0.05 if end == "stall" else 5.0)
    assert (wire.body, wire.whole, wire.end) == (b"abc", False, seen)


@pytest.mark.parametrize(
    ("end", "seen"), [("eof", "fin"), ("cut", "fin"), ("reset", "reset"), ("stall", "silence")]
)
def test_wire_replaces_everything(fake_provider, end, seen):
    wire = serve(
        fake_provider,
        Raw(wire=[b"HT", 0.01, b"TP"], end=end),
        quiet=0.05 if end == "stall" else 5.0,
    )
    assert (wire.raw, wire.end) == (b"HTTP", seen)


def test_an_empty_wire_is_no_answer(fake_provider):
    wire = serve(fake_provider, Raw(wire=[]))
    assert (wire.raw, wire.end) == (b"", "fin")


def test_headers_win_over_generated_ones(fake_provider):
    headers = {"Content-Type": "text/plain", "X-Request-Id": "mine", "X-More": "é"}
    wire = serve(fake_provider, Raw(segments=[b"x"], headers=headers, status=299))
    assert wire.head.startswith("HTTP/1.1 299 Unknown")
    assert wire.head.count("content-type") == wire.head.count("x-request-id") == 1
    assert "content-type: text/plain\r\nx-request-id: mine" not in wire.head  # own order is kept
    assert "x-more: é" in wire.head


def test_every_segment_is_a_tcp_segment(fake_provider):
    fake_provider.enqueue(Raw(segments=[b"a", b"b", b"c"]))
    with connect(fake_provider) as sock:
        sock.sendall(request({}))
        assert read(sock).body == b"abc"
        assert segments_in(sock) == 5  # with the head and the last chunk


def test_floats_are_waits(fake_provider):
    start = time.monotonic()
    serve(fake_provider, Raw(segments=[b"a", 0.1, b"b"]))
    assert time.monotonic() - start >= 0.1


def test_events_and_json(fake_provider):
    wire = serve(fake_provider, Raw.of_events({"a": "é"}, b": raw\n\n", 0.0))
    assert wire.body == 'data: {"a": "é"}\n\n: raw\n\ndata: [DONE]\n\n'.encode()
    wire = serve(fake_provider, Raw.of_json([1], status=418, headers={"x-a": "b"}))
    assert (wire.status, wire.json, "x-a: b" in wire.head) == (418, [1], True)
    wire = serve(fake_provider, Raw.of_events(1, done=False, end="cut"))
    assert (wire.body, wire.whole) == (b"data: 1\n\n", False)


def test_a_big_body_waits_for_a_slow_reader(fake_provider):
    fake_provider.enqueue(Raw(segments=(b"x" * 65536 for _ in range(160))))
    with connect(fake_provider) as sock:
        sock.sendall(request({}))
        time.sleep(0.05)
        assert fake_provider.in_flight == 1
        assert len(read(sock).body) == 160 * 65536
    assert fake_provider.in_flight == 0
