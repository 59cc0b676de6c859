"""The first event of an answer does not wait for those that came with it."""

import json

import pytest

import unillm
from tests.wire.drive import decoder_for


def text(piece: str) -> bytes:
    choice = {"index": 0, "delta": {"content": piece}}
    return b"data: %s\n\n" % json.dumps({"choices": [choice]}).encode()


ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
DONE = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize("between", [b"", b": alive\n\n", b"event: message\n"])
def test_it_is_given_alone_and_the_others_after_it(between: bytes) -> None:
    decoder = decoder_for()
    body = ROLE + text("one") + between + text("two") + text("three") + DONE
    assert decoder.feed(body, alone=True) == [unillm.TextDelta("one")]
    assert not decoder.done
    assert decoder.others() == [unillm.TextDelta("two"), unillm.TextDelta("three")]
    assert decoder.done
    assert decoder.others() == []
    assert decoder.complete().text == "onetwothree"


def test_nothing_is_lost_of_an_event_whose_end_is_still_to_come() -> None:
    decoder = decoder_for()
    whole = text("one") + text("two")
    assert decoder.feed(whole[:-5], alone=True) == [unillm.TextDelta("one")]
    assert decoder.others() == []
    assert decoder.feed(whole[-5:] + DONE, alone=True) == [unillm.TextDelta("two")]
    assert decoder.others() == []
    assert decoder.complete().text == "onetwo"


def test_what_fails_behind_it_fails_when_it_is_read() -> None:
    decoder = decoder_for()
    assert decoder.feed(text("one") + b"data: {broken\n\n", alone=True) == [unillm.TextDelta("one")]
    with pytest.raises(unillm.MalformedResponseError):
        decoder.others()


def test_without_any_event_there_is_nothing_left() -> None:
    decoder = decoder_for()
    assert decoder.others() == []
    assert decoder.feed(b" ", alone=True) == []
    assert decoder.feed(b'{"choices": []}', alone=True) == []
    assert decoder.others() == []
