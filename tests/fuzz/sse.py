"""Event streams: the same as by the letter of the specification, however torn, and bounded."""

from __future__ import annotations

from unittest.mock import patch

from tests.fuzz.pieces import seeds_of, torn
from tests.wire.letter import by_the_letter, fed, shown
from tests.wire.recordings import STREAMED
from unillm import MalformedResponseError
from unillm._wire import sse

LIMIT = 64


def check(data: bytes) -> None:
    """Decode a stream whole and torn."""
    pieces = torn(data)
    stream = b"".join(pieces)
    assert fed(pieces) == fed([stream]) == by_the_letter(stream)
    ended = sse.SSEDecoder()
    events = [event for piece in pieces for event in ended.feed(piece)] + ended.close()
    whole = sse.SSEDecoder()
    again = whole.feed(stream) + whole.feed(b"\n") + whole.feed(b"\n")
    assert shown(events) == shown(again)
    check_bound(pieces)


def check_bound(pieces: list[bytes]) -> None:
    """Hold the decoder to a small limit: it refuses before it keeps more."""
    decoder = sse.SSEDecoder()
    with patch.object(sse, "MAX_EVENT", LIMIT):
        for piece in pieces:
            try:
                decoder.feed(piece)
            except MalformedResponseError:
                return
            # What is joined to the lines by `\n` is counted with the words before it.
            kept = sum(map(len, decoder._tail)) + sum(map(len, decoder._data))
            assert kept <= LIMIT


def seeds() -> list[bytes]:
    """Return the recorded streams."""
    return [seed for recording in STREAMED for seed in seeds_of(recording.body)]
