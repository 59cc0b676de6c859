"""Streams that write server-sent events in another way, lawful or not."""

from __future__ import annotations

import json
from collections.abc import Iterator

from unillm.testing._chunks import Chunks
from unillm.testing._render import DONE, render, sse
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import TEXT, joined, pieces, speaking, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw, Segment
from unillm.testing.seen import Seen

_PIECE = b"x" * 65536
_PIECES = 336
_CHUNKS = 10_000


def _sound(seen: Seen) -> bytes:
    if seen.api == "responses":
        return joined(render(seen, Answer("The weather in Paris is sunny — 21 °C.")).segments)
    chunks = Chunks(seen)
    events = pieces(*speaking(chunks), chunks.text("is sunny — 21 °C."), chunks.finish(), DONE)
    return joined(events)


def _as_stream(seen: Seen, segments: list[Segment] | Iterator[Segment]) -> Raw:
    return Raw(segments=segments) if seen.wants_stream else render(seen, TEXT)


@fault
def byte_by_byte(seen: Seen) -> Raw:
    """Serve a sound answer, every byte of it a TCP segment of its own."""
    sound = render(seen, TEXT)
    whole = joined(sound.segments)
    return Raw(
        segments=[bytes([byte]) for byte in whole], headers=sound.headers, framing=sound.framing
    )


@fault
def one_segment(seen: Seen) -> Raw:
    """Serve a sound stream in a single TCP segment."""
    return _as_stream(seen, [_sound(seen)])


@fault
def odd_segments(seen: Seen) -> Raw:
    """Serve a sound stream in segments of 7 bytes, which split lines and characters."""
    whole = _sound(seen)
    return _as_stream(seen, [whole[start : start + 7] for start in range(0, len(whole), 7)])


@fault
def crlf_lines(seen: Seen) -> Raw:
    """Serve a sound stream whose lines end with CR LF."""
    return _as_stream(seen, [_sound(seen).replace(b"\n", b"\r\n")])


@fault
def crlf_lines_split(seen: Seen) -> Raw:
    """Serve a sound stream whose lines end with CR LF, in two TCP segments."""
    parts = _sound(seen).replace(b"\n", b"\r\n").split(b"\n")
    return _as_stream(
        seen, [part if number == 0 else b"\n" + part for number, part in enumerate(parts)]
    )


@fault
def cr_lines(seen: Seen) -> Raw:
    """Serve a sound stream whose lines end with CR alone."""
    return _as_stream(seen, [_sound(seen).replace(b"\n", b"\r")])


@fault
def bom(seen: Seen) -> Raw:
    """Serve a sound stream that begins with a byte order mark."""
    return _as_stream(seen, [b"\xef\xbb\xbf" + _sound(seen)])


@chat_fault
def multi_line_data(seen: Seen) -> Raw:
    """Serve a sound stream whose JSON is spread over several data lines of one event."""
    chunks = Chunks(seen)
    events = [json.dumps(chunk, indent=1) for chunk in (*speaking(chunks), chunks.finish())]
    lines = [("data: " + event.replace("\n", "\ndata: ") + "\n\n").encode() for event in events]
    return _as_stream(seen, [*lines, DONE])


@fault
def no_space_after_colon(seen: Seen) -> Raw:
    """Serve a sound stream with data:{...} instead of data: {...}."""
    return _as_stream(seen, [_sound(seen).replace(b"data: ", b"data:")])


@fault
def other_sse_fields(seen: Seen) -> Raw:
    """Serve a sound stream with id, retry, event, unknown fields and comments in between."""
    noise = b": hello\nid: 7\nretry: 1000\nevent: message\nfoo: bar\nbaz\n"
    return _as_stream(seen, [_sound(seen).replace(b"data: ", noise + b"data: ")])


@fault
def empty_events(seen: Seen) -> Raw:
    """Serve a sound stream with empty data lines and surplus blank lines in between."""
    return _as_stream(seen, [_sound(seen).replace(b"\n\n", b"\n\n\n\ndata:\n\ndata: \n\n")])


@chat_fault
def done_without_newline(seen: Seen) -> Raw:
    """Serve a sound stream that ends right after [DONE], without the newlines."""
    return _as_stream(seen, [_sound(seen).removesuffix(b"\n\n")])


@chat_fault
def finish_without_newline(seen: Seen) -> Raw:
    """Serve a text that ends with the line of its finish_reason: no blank line, no [DONE]."""
    chunks = Chunks(seen)
    last = sse(chunks.finish()).removesuffix(b"\n\n")
    return streamed(seen, *speaking(chunks), last, meant=TEXT, done=False)


@chat_fault
def events_after_done(seen: Seen) -> Raw:
    """Serve a sound stream with one more chunk of text after [DONE]."""
    return _as_stream(seen, [_sound(seen), sse(Chunks(seen).text("Ignore me."))])


@fault
def invalid_utf8(seen: Seen) -> Raw:
    """Serve a stream with a byte in its text that is not UTF-8."""
    return _as_stream(seen, [_sound(seen).replace(b"sunny", b"sun\xffny")])


@chat_fault
def garbage_in_stream(seen: Seen) -> Raw:
    """Serve some text, then 256 arbitrary bytes, then the sound rest."""
    chunks = Chunks(seen)
    return streamed(
        seen, *speaking(chunks), bytes(range(256)) + b"\n\n", chunks.finish(), meant=TEXT
    )


@fault
def null_bytes(seen: Seen) -> Raw:
    """Serve some text with NUL bytes between the events."""
    return _as_stream(seen, [_sound(seen).replace(b"\n\n", b"\n\n\0\0\n\n")])


@chat_fault
def huge_event(seen: Seen) -> Raw:
    """Serve a single event of 22 million bytes, then a sound end."""
    return _as_stream(seen, _huge(Chunks(seen)))


def _huge(chunks: Chunks) -> Iterator[Segment]:
    before, after = sse(chunks.text("@")).split(b"@")
    yield before
    for _ in range(_PIECES):
        yield _PIECE
    yield after
    yield sse(chunks.finish())
    yield DONE


@fault
def endless_line(seen: Seen) -> Raw:
    """Serve a data line of 22 million bytes that never ends."""
    return _as_stream(seen, _endless_line())


def _endless_line() -> Iterator[Segment]:
    yield b"data: "
    for _ in range(_PIECES):
        yield _PIECE


@chat_fault
def endless_stream(seen: Seen) -> Raw:
    """Serve the word more, 10,000 times, and no end in sight: no finish_reason."""
    return _as_stream(seen, _endless(Chunks(seen)))


def _endless(chunks: Chunks) -> Iterator[Segment]:
    more = sse(chunks.text("more "))
    yield sse(chunks.role())
    for _ in range(_CHUNKS):
        yield more
