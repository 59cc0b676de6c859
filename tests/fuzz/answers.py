"""Whole answers, streamed or not: documented exceptions alone, and the same however torn."""

from __future__ import annotations

from typing import get_args

from tests.fuzz.pieces import seeds_of, torn
from tests.wire.invariants import TOOLS, check_both, check_torn
from tests.wire.recordings import RECORDINGS
from unillm.types.profile import StreamEnd

ENDS: tuple[StreamEnd, ...] = get_args(StreamEnd)


def check(data: bytes) -> None:
    """Read the first byte as the circumstances, and decode the rest."""
    how = data[0] if data else 0
    pieces = torn(data[1:])
    tools = TOOLS if how & 1 else ()
    check_torn(pieces, tools, stream_end=ENDS[how // 4 % len(ENDS)], cut=bool(how & 2))
    check_both(b"".join(pieces), tools)


def seeds() -> list[bytes]:
    """Return every recording, with and without tools and the end of the connection."""
    return [
        bytes([how]) + seed
        for recording in RECORDINGS
        for how, seed in zip((1, 2, 5), seeds_of(recording.body), strict=True)
    ]
