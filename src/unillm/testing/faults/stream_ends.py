"""Answers that end where they should not: every end at every place.

A name is ``<end>-<place>``. An ``eof`` ends the body properly, as if all were said; a ``cut``
closes the connection inside it (FIN); a ``reset`` resets the connection (RST); a ``stall`` keeps
it open and silent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from unillm.testing._chunks import Chunks
from unillm.testing.faults._scene import (
    TEXT,
    in_arguments,
    in_text,
    next_text,
    pieces,
    sound_body,
    speaking,
    until,
)
from unillm.testing.faults.fault import Fault
from unillm.testing.raw import End, Raw, Segment
from unillm.testing.seen import Seen
from unillm.types.facts import Api

__all__ = ["FAULTS"]

_SETTLE = 0.02
"""Seconds before a reset: some systems discard what the client has not read by then."""

_ENDS = {
    "eof": "then the body ends properly, as if all were said",
    "cut": "then the connection closes too early",
    "reset": "then the connection is reset",
    "stall": "then nothing more comes, on an open connection",
}


def _before_event(_: Seen) -> list[Segment]:
    return []


def _in_text(seen: Seen) -> list[Segment]:
    return in_text(seen)


def _in_arguments(seen: Seen) -> list[Segment]:
    return in_arguments(seen, '{"city": "Par')


def _in_utf8(seen: Seen) -> list[Segment]:
    line = next_text(seen, "café")
    return [*in_text(seen), line[: line.index("é".encode()) + 1]]


def _in_line(seen: Seen) -> list[Segment]:
    line = next_text(seen, "sunny.")
    return [*in_text(seen), line[: line.index(b"ny.")]]


def _after_finish(seen: Seen) -> list[Segment]:
    chunks = Chunks(seen)
    return pieces(*speaking(chunks), chunks.text("is sunny."), chunks.finish())


def _before_terminal(seen: Seen) -> list[Segment]:
    return until(seen, TEXT, "response.completed")


_PLACES: dict[str, tuple[str, Callable[[Seen], list[Segment]]]] = {
    "before-event": ("The head of a stream and no event", _before_event),
    "in-text": ("Some text", _in_text),
    "in-arguments": ('A tool call as far as {"city": "Par', _in_arguments),
    "in-utf8": ("Some text and the first byte of an é", _in_utf8),
    "in-line": ("Some text and half a data line", _in_line),
    "after-finish": ("A text with its finish_reason, without usage and [DONE]", _after_finish),
    "before-terminal": ("A text that is done, without the last event", _before_terminal),
}
_ONLY: dict[str, Api] = {"after-finish": "chat", "before-terminal": "responses"}


_HEADS: dict[str, tuple[str, list[Segment]]] = {
    "before-head": ("Not one byte", []),
    "in-head": ("Half a head", [b"HTTP/1.1 200 OK\r\ncontent-ty"]),
}


def _in_stream(place: str, end: End) -> Fault:
    seen_first, segments = _PLACES[place]

    def make(seen: Seen) -> Raw:
        if not seen.wants_stream:
            return _half_body(seen, end)
        return Raw(segments=_settled(segments(seen), end), end=end)

    return Fault(f"{end}-{place}", f"{seen_first}, {_ENDS[end]}.", make, _ONLY.get(place))


def _in_body(end: End) -> Fault:
    def make(seen: Seen) -> Raw:
        return _half_body(seen, end)

    return Fault(f"{end}-in-body", f"Half a JSON body, {_ENDS[end]}.", make)


def _in_head(place: str, end: End) -> Fault:
    summary, sent = _HEADS[place]

    def make(_: Seen) -> Raw:
        return Raw(wire=_settled(list(sent), end), end=end)

    return Fault(f"{end}-{place}", f"{summary}, {_ENDS[end]}.", make)


def _half_body(seen: Seen, end: End) -> Raw:
    body = sound_body(seen)
    return Raw(segments=_settled([body[: len(body) // 2]], end), framing="length", end=end)


def _settled(segments: list[Segment], end: End) -> list[Segment]:
    return [*segments, _SETTLE] if end == "reset" else segments


_ALL: tuple[End, ...] = get_args(End)
FAULTS = (
    *(_in_stream(place, end) for end in _ALL for place in _PLACES),
    *(_in_body(end) for end in _ALL),
    *(_in_head(place, end) for end in _ALL for place in _HEADS if end != "eof"),
)
