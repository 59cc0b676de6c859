"""Every end at every place, on the wire."""

import json

import pytest

from tests.testing.wire import ask

SEEN = {"eof": "fin", "cut": "fin", "reset": "reset", "stall": "silence"}
LAST = {
    "before-event": b"",
    "in-text": b'"Paris "}, "logprobs": null, "finish_reason": null}]}\n\n',
    "in-arguments": b'"finish_reason": null}]}\n\n',
    "in-utf8": b'"caf\xc3',
    "in-line": b'{"content": "sun',
    "after-finish": b'"finish_reason": "stop"}]}\n\n',
}


@pytest.mark.parametrize("place", LAST)
@pytest.mark.parametrize("end", SEEN)
def test_a_stream_ends_in_its_place(fake_provider, end, place):
    wire = ask(
        fake_provider, quiet=0.01 if end == "stall" else 5.0, model=f"{end}-{place}", stream=True
    )
    assert (wire.status, wire.end, wire.whole) == (200, SEEN[end], end == "eof")
    assert wire.body[-len(LAST[place]) :] == LAST[place]
    assert b"[DONE]" not in wire.body
    if place == "in-arguments":
        pieces = [event["choices"][0]["delta"].get("tool_calls") for event in wire.events]
        text = "".join(piece[0]["function"]["arguments"] for piece in pieces if piece)
        assert text == '{"city": "Par'


@pytest.mark.parametrize(
    ("place", "stream"), [("in-body", True), ("in-body", False), ("in-text", False)]
)
@pytest.mark.parametrize("end", SEEN)
def test_a_body_ends_in_the_middle(fake_provider, end, place, stream):
    wire = ask(
        fake_provider, quiet=0.01 if end == "stall" else 5.0, model=f"{end}-{place}", stream=stream
    )
    assert (wire.status, wire.end, wire.whole) == (200, SEEN[end], end == "eof")
    assert wire.body.startswith(b'{"id"')
    with pytest.raises(json.JSONDecodeError):
        _ = wire.json


@pytest.mark.parametrize("end", ["cut", "reset", "stall"])
def test_no_head_comes(fake_provider, end):
    wire = ask(fake_provider, quiet=0.01 if end == "stall" else 5.0, model=f"{end}-before-head")
    assert (wire.raw, wire.end) == (b"", SEEN[end])


@pytest.mark.parametrize("end", ["cut", "reset", "stall"])
def test_half_a_head_comes(fake_provider, end):
    wire = ask(fake_provider, quiet=0.01 if end == "stall" else 5.0, model=f"{end}-in-head")
    assert (wire.raw, wire.end) == (b"HTTP/1.1 200 OK\r\ncontent-ty", SEEN[end])
