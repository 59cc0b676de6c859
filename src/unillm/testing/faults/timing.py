"""Answers that come slowly, and answers that are not HTTP. Stalls are among the ends."""

from __future__ import annotations

import dataclasses

from unillm.testing._chunks import Chunks
from unillm.testing._render import render
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import TEXT, joined, sound_body, speaking, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw, Segment
from unillm.testing.seen import Seen

_STEP = 0.01
_PAUSE = 0.2


@fault
def slow_head(seen: Seen) -> Raw:
    """Serve a head that drips in over a quarter of a second, then a sound body."""
    body = sound_body(seen)
    lines = [
        b"HTTP/1.1 200 OK\r\n",
        b"content-type: application/json\r\n",
        b"x-slow: %b\r\n" % (b"z" * 20),
    ]
    last = [b"content-length: %d\r\n" % len(body), b"connection: close\r\n", b"\r\n"]
    drip: list[Segment] = []
    for line in (*lines, *last):
        drip += [line[: len(line) // 2], _STEP * 2, line[len(line) // 2 :], _STEP * 2]
    return Raw(wire=[*drip, body])


@fault
def slow_stream(_: Seen) -> Answer:
    """Serve a sound stream with 20 ms between its chunks."""
    return Answer(TEXT.text, pace=_STEP * 2)


@fault
def slow_body(seen: Seen) -> Raw:
    """Serve a sound body in ten pieces, 20 ms apart."""
    body = sound_body(seen)
    size = len(body) // 10 + 1
    paced: list[Segment] = []
    for start in range(0, len(body), size):
        paced += [body[start : start + size], _STEP * 2]
    return Raw(segments=paced, framing="length")


@fault
def slow_first_token(seen: Seen) -> Raw:
    """Serve a sound answer that keeps silent for 200 ms after its head."""
    sound = render(seen, TEXT)
    return dataclasses.replace(sound, segments=[_PAUSE, *sound.segments])


@chat_fault
def pause_in_text(seen: Seen) -> Raw:
    """Serve a sound text with a pause of 200 ms in the middle."""
    chunks = Chunks(seen)
    return streamed(
        seen, *speaking(chunks), _PAUSE, chunks.text("is sunny."), chunks.finish(), meant=TEXT
    )


@fault
def comments_for_ever(seen: Seen) -> Raw:
    """Serve keep-alive comments every 20 ms and no event, 10,000 at most."""
    if not seen.wants_stream:
        return Raw(
            segments=(part for _ in range(10_000) for part in (b"\n", _STEP * 2)),
            framing="chunked",
            headers={"content-type": "application/json"},
        )
    return Raw(segments=(part for _ in range(10_000) for part in (b": keep-alive\n\n", _STEP * 2)))


@fault
def garbage_instead_of_http(_: Seen) -> Raw:
    """Serve bytes that are not HTTP instead of a head."""
    return Raw(wire=[b"\x16\x03\x01\x02\x00 this is not HTTP\r\n\r\n"])


@fault
def bad_chunk_size(_: Seen) -> Raw:
    """Serve a chunked body whose second chunk has no number for its size."""
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return Raw(wire=[head, b"4\r\n: a\n\r\n", b"zz\r\noops\r\n"])


@fault
def http_1_0(seen: Seen) -> Raw:
    """Serve a sound answer in HTTP/1.0, whose body ends with the connection."""
    sound = render(seen, TEXT)
    kind = b"text/event-stream" if seen.wants_stream else b"application/json"
    head = b"HTTP/1.0 200 OK\r\ncontent-type: " + kind + b"\r\n\r\n"
    return Raw(wire=[head, *sound.segments])


@fault
def closed_after_answer(seen: Seen) -> Raw:
    """Serve a sound answer that promises to keep the connection, which then closes."""
    sound = render(seen, TEXT)
    body = joined(sound.segments)
    kind = b"text/event-stream" if seen.wants_stream else b"application/json"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
    return Raw(wire=[head, body])
