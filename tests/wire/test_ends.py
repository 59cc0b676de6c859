"""What proves that an answer is complete, for each way a profile may set it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.drive import WEATHER, decode, decoder_for
from unillm import IncompleteStreamError, MalformedResponseError, ToolArgumentsError
from unillm._wire import decoder as module

DONE = b"data: [DONE]\n\n"


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def call(arguments: str) -> bytes:
    """Return an event with a call."""
    function = {"name": "get_weather", "arguments": arguments}
    return chunk(tool_calls=[{"index": 0, "id": "a", "function": function}])


TEXT, FINISH = chunk(content="Sunny."), chunk("stop")
WHOLE, OPEN = call('{"city": "Paris"}'), call('{"city": "Par')
LOST, REFUSED = IncompleteStreamError, ToolArgumentsError

ENDS: list[tuple[str, bytes, bool, Any]] = [
    # how the profile proves the end · body · whether the connection broke · finish reason or error
    ("finish_reason", TEXT + FINISH + DONE, False, "stop"),
    ("finish_reason", TEXT + FINISH, False, "stop"),
    ("finish_reason", TEXT + FINISH, True, "stop"),
    ("finish_reason", TEXT + DONE, False, "other"),
    ("finish_reason", TEXT, False, LOST),
    ("finish_reason", DONE, False, LOST),
    ("finish_reason", WHOLE + DONE, False, LOST),
    ("finish_reason", TEXT + WHOLE + DONE, False, LOST),
    ("finish_reason", WHOLE + FINISH, False, "tool_calls"),
    ("finish_reason", OPEN + FINISH, False, REFUSED),
    ("done", TEXT + FINISH + DONE, False, "stop"),
    ("done", TEXT + FINISH, False, LOST),
    ("done", TEXT + FINISH, True, LOST),
    ("done", TEXT + DONE, False, "other"),
    ("done", WHOLE + FINISH, False, LOST),
    ("eof", TEXT, False, "other"),
    ("eof", TEXT, True, LOST),
    ("eof", TEXT + FINISH, True, "stop"),
    ("eof", WHOLE, False, "tool_calls"),
    ("eof", OPEN, False, REFUSED),
    ("eof", OPEN, True, LOST),
    ("eof", b"", False, LOST),
    ("eof", b": hello\n\n", False, LOST),
]


@pytest.mark.parametrize(("how", "body", "cut", "outcome"), ENDS)
def test_end(how, body, cut, outcome):
    told = decode([body], [WEATHER], stream_end=how, cut=cut)
    if isinstance(outcome, str):
        assert told.error is None
        assert told.response is not None
        assert told.response.finish_reason == outcome
        notes = {note.code for note in told.response.notes}
        assert notes <= {"no_finish_reason", "ended_by_eof"}
        assert bool(notes) is (FINISH not in body)
    else:
        assert type(told.error) is outcome
        assert told.partial.text == ("Sunny." if TEXT in body else "")


def test_after_done_nothing_is_read():
    told = decode([TEXT + FINISH + DONE + chunk(content=" Ignored."), b"data: {oops\n\n"])
    assert told.response is not None
    assert told.response.text == "Sunny."


def test_a_body_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MAX_BODY", 1000)
    decoder = decoder_for()
    for _ in range(1000 // len(TEXT)):
        decoder.feed(TEXT)
    with pytest.raises(MalformedResponseError, match="larger than 1,000 bytes"):
        decoder.feed(TEXT)
    assert decoder.partial.text.startswith("Sunny.Sunny.")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"choices": [', IncompleteStreamError),
        (b'{"choices": [{"message": {"content": "caf\xc3', IncompleteStreamError),
        (b'{"choices": [{"message": {"content": "\\u00', IncompleteStreamError),
        (b'{"choices": tru', IncompleteStreamError),
        # Not cut off but broken: asking again would only cost.
        (b'{"choices": [{"message": {"content": "a" "b"}}]}', MalformedResponseError),
        (b'{"choices": [1 2]}', MalformedResponseError),
        (b'{"choices": NaN}', MalformedResponseError),
        (b'{"choices": []} {"choices": []}', MalformedResponseError),
        (b"[]", MalformedResponseError),
        (b"{'choices': []}", MalformedResponseError),
    ],
)
def test_a_body_that_broke_off_is_told_from_one_that_is_broken(body, kind):
    told = decode([body])
    assert type(told.error) is kind


@pytest.mark.parametrize(
    "begin", [b"d", b"da", b"data", b"data:", b": k", b"e", b"\xef\xbb\xbfdat"]
)
def test_a_stream_cut_in_its_first_bytes_is_incomplete(begin):
    assert type(decode([begin]).error) is IncompleteStreamError


@pytest.mark.parametrize("begin", [b"hello", b"daisy", b"0", b"\xff\xfe", b"\x1f\x8b"])
def test_what_never_was_a_stream_is_malformed(begin):
    error = decode([begin]).error
    assert type(error) is MalformedResponseError
    assert "no event stream" in str(error)
