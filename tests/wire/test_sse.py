"""The event stream decoder against the letter of the specification.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import random
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.letter import by_the_letter, fed, shown
from tests.wire.profile import examples
from unillm import MalformedResponseError
from unillm._wire import sse
from unillm._wire.sse import ServerEvent, SSEDecoder

values = st.text(st.sampled_from('ab :{}"é😀\0'), max_size=6)
fields = st.sampled_from(
    ["data", "data", "data", "event", "id", "retry", "foo", "", "dat", "data "]
)
lines = st.one_of(
    st.just(""),
    st.just(""),
    st.builds(lambda f, c, v: f + c + v, fields, st.sampled_from([":", ": ", ":  ", " :"]), values),
    st.builds(lambda f: f, fields),
    st.builds(lambda v: ":" + v, values),
)
streams = st.builds(
    lambda bom, parts: bom + b"".join(line.encode() + end for line, end in parts),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf"]),
    st.lists(st.tuples(lines, st.sampled_from([b"\n", b"\r", b"\r\n"])), max_size=10),
)


@examples(250)
@given(streams, st.integers(0, 2**32))
@example(b"data: a\r\r\ndata: b\n\n", 0)
@example(b"data\n\n", 0)
@example(b"data:\ndata:\n\n", 0)
@example(b"data: a\rdata: b\r\r", 0)
@example(b"event: x\n\ndata: a\n\n", 0)
@example(b"id: 1\nid: 2\0\ndata: a\n\n", 0)
@example(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", 0)
@example(b"\n\r\n\r\ndata: a\n\r", 0)
@example(b"data: \xff\xfe\n\n", 0)
@example(b"data: a\n\ndata: b\n\ndata: c", 0)
@example(b"data: a\n\n\ndata: b\n\n", 0)
@example(b"data: a\n\ndata: b\n: c\n\n", 0)
@example(b"data: a\ndata: b\n\ndata: c\n\n", 0)
@example(b"data: \n\ndata:  a\n\n", 0)
def test_same_events_as_the_letter_however_torn(stream, seed):
    whole = fed([stream])
    assert whole == by_the_letter(stream)
    for at in range(len(stream) + 1):
        assert fed([stream[:at], stream[at:]]) == whole
    assert fed([stream[at : at + 1] for at in range(len(stream))]) == whole
    dice = random.Random(seed)
    for _ in range(3):
        cuts = sorted(dice.randrange(len(stream) + 1) for _ in range(dice.randrange(6)))
        edges = [0, *cuts, len(stream)]
        assert fed([stream[a:b] for a, b in pairwise(edges)]) == whole


@examples(100)
@given(streams)
def test_the_end_adds_at_most_the_event_it_cuts(stream):
    """What `close` hands out is what a blank line would have dispatched."""
    decoder = SSEDecoder()
    events = decoder.feed(stream)
    ended = shown(events + decoder.close())
    again = SSEDecoder()
    assert ended == shown(again.feed(stream) + again.feed(b"\n") + again.feed(b"\n"))
    assert decoder.close() == []


# What differs from the specification on purpose.


def test_an_unfinished_last_event_is_handed_out():
    """JSON shows by itself whether it is whole, and hosts do leave out the last blank line."""
    decoder = SSEDecoder()
    assert decoder.feed(b"data: {}\n\ndata: [DONE]") == [ServerEvent(b"{}")]
    assert by_the_letter(b"data: {}\n\ndata: [DONE]") == [("{}", "message", "")]
    assert decoder.close() == [ServerEvent(b"[DONE]")]


def test_data_stays_bytes():
    """A byte that is not UTF-8 is not replaced in silence: JSON refuses it."""
    (event,) = SSEDecoder().feed(b"data: \xff\n\n")
    assert event.data == b"\xff"
    assert by_the_letter(b"data: \xff\n\n") == [("\ufffd", "message", "")]


def test_retry_is_ignored():
    """Reconnecting would ask, and pay, for another answer."""
    assert fed([b"retry: 1\ndata: a\n\n"]) == [("a", "message", "")]


# The bounded buffer.


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT", 1000)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 2000,
        b"data: " + b"x" * 2000 + b"\n\n",
        b"data: xx\n" * 300,
        b"data\n" * 300,
        b"x" * 2000,
        b": " + b"x" * 2000,
        b"event: " + b"x" * 2000,
        b"data: a\n\n" * 50 + b"data: " + b"x" * 2000,
    ],
    ids=["endless", "whole", "many-lines", "bare-lines", "no-field", "comment", "type", "later"],
)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_an_event_that_is_too_large_is_refused(stream, size):
    with pytest.raises(MalformedResponseError, match="larger than 1,000 bytes"):
        fed([stream[at : at + size] for at in range(0, len(stream), size)])


@pytest.mark.usefixtures("small")
def test_many_small_events_are_no_large_one():
    assert len(fed([b": hello\nid: 7\ndata: abc\n\n" * 1000])) == 1000
    assert len(fed([b"data: abc\r\n\r\n"] * 1000)) == 1000
    assert fed([b": " + b"x" * 500 + b"\n"] * 100) == []


def test_the_limit_holds_an_image():
    assert sse.MAX_EVENT >= 22 * 1024 * 1024


@pytest.mark.usefixtures("small")
def test_memory_is_bounded_by_the_limit():
    """Blank lines, comments, ids and types of any number leave nothing behind."""
    decoder = SSEDecoder()
    noise = b": keep-alive\n\nid: 7\n\nevent: x\n\nfoo: bar\n\n\r\n\r\n" * 10
    tracemalloc.start()
    try:
        decoder.feed(noise)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(2000):
            decoder.feed(noise)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_a_long_line_is_joined_once():
    """A megabyte in pieces of 16 bytes is not copied anew with each of them."""
    decoder = SSEDecoder()
    decoder.feed(b"data: ")
    for _ in range(65_536):
        assert decoder.feed(b"x" * 16) == []
    (event,) = decoder.feed(b"\n\n")
    assert len(event.data) == 1024 * 1024
