"""Answers that are cut at a stop text: what is left out, what stands, and when they are whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.drive import WEATHER, Told, decode
from tests.wire.recordings import RECORDINGS
from unillm import (
    IncompleteStreamError,
    ReasoningDelta,
    ServerError,
    TextDelta,
    ToolArgumentsError,
    ToolCallStarted,
)

MIDDLE = 6
DONE = b"data: [DONE]\n\n"
LEAK = '<tool_call>{"name": "get_weather", "arguments": {"city": "END"}}</tool_call>'


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


USAGE = event({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 9}})


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    return event({"id": "r", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def call(arguments: str, index: int = 0, name: str | None = "get_weather") -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": name} if name else {})}
    named = {"id": f"c{index}"} if name else {}
    return {"tool_calls": [{"index": index, **named, "function": function}]}


def cut(*chunks: bytes, **how: Any) -> Told:
    return decode(chunks, (WEATHER,), stops=("END", "\n\n"), **how)


def codes(told: Told) -> list[str]:
    assert told.response is not None
    return [note.code for note in told.response.notes]


def texts(told: Told) -> list[str]:
    return [e.text for e in told.events if isinstance(e, TextDelta)]


def test_everything_after_a_stop_text_is_left_out():
    told = cut(
        chunk(content="one E", reasoning_content="Hm."),
        chunk(content="ND two"),
        chunk(reasoning_content="More."),
        chunk(refusal="No."),
        chunk(**call('{"city"')),
        chunk(**call(': "Rome"}', name=None)),
        chunk("length", content=" three"),
        USAGE,
        DONE,
    )
    response = told.response
    assert response is not None
    assert (response.text, response.reasoning, response.refusal) == ("one ", "Hm.", None)
    assert (response.tool_calls, response.invalid_tool_calls) == ((), ())
    assert (response.finish_reason, response.finish_reason_raw) == ("stop", "length")
    assert response.usage is not None
    assert response.usage.output_tokens == 9
    assert told.events == (ReasoningDelta("Hm."), TextDelta("one "))
    assert codes(told) == ["cut_at_stop"]
    assert response.notes[0].message == "the text was cut where 'END' began"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter", "tool_calls"])
def test_without_a_stop_text_an_answer_ends_as_ever(finish):
    told = cut(chunk(content="one E"), chunk(finish, content="N"), USAGE, DONE)
    plain = decode([chunk(content="one E"), chunk(finish, content="N"), USAGE, DONE])
    assert told.response == plain.response
    assert "".join(texts(told)) == "one EN"


def test_a_call_that_began_before_is_kept_and_one_after_is_not():
    told = cut(
        chunk(**call('{"city": ')),
        chunk(content="END"),
        chunk(**call('"Rome"}', name=None)),
        chunk(**call('{"city": "Paris"}', 1)),
        chunk("tool_calls"),
        DONE,
    )
    response = told.response
    assert response is not None
    assert [made.arguments for made in response.tool_calls] == [{"city": "Rome"}]
    assert (response.finish_reason, response.text) == ("tool_calls", "")
    assert sum(isinstance(e, ToolCallStarted) for e in told.events) == 1


def test_a_call_that_is_left_out_takes_its_nameless_fragments_along():
    bare: Any = {"tool_calls": [{"function": {"arguments": '{"city": "Paris"}'}}]}
    named: Any = {
        "tool_calls": [{"id": "c9", "function": {"name": "get_weather", "arguments": ""}}]
    }
    told = cut(
        chunk(**call('{"city": "Rome"}')),
        chunk(content="END"),
        chunk(**named),
        chunk(**bare),
        chunk("tool_calls"),
        DONE,
    )
    assert told.response is not None
    assert [made.arguments for made in told.response.tool_calls] == [{"city": "Rome"}]


def test_a_stop_text_does_not_reach_over_a_call():
    rome = chunk(**call('{"city": "Rome"}'))
    told = cut(chunk(content="E"), rome, chunk(content="ND"), chunk("tool_calls"), DONE)
    assert told.response is not None
    assert told.response.text == "END"
    assert [type(e).__name__ for e in told.events[:2]] == ["TextDelta", "ToolCallStarted"]


def test_a_call_in_the_text_is_not_cut_by_a_stop_text_in_it():
    told = cut(chunk(content=f"So: {LEAK} and END."), chunk("stop"), DONE, rescues=True)
    response = told.response
    assert response is not None
    assert [made.arguments for made in response.tool_calls] == [{"city": "END"}]
    assert response.text == "So:  and "
    assert codes(told) == ["cut_at_stop", "rescued_calls"]


def test_a_call_in_the_text_after_a_stop_text_is_left_out():
    told = cut(chunk(content=f"So END {LEAK}"), chunk("stop"), DONE, rescues=True)
    assert told.response is not None
    assert (told.response.text, told.response.tool_calls) == ("So ", ())


def test_of_two_stop_texts_a_pending_one_is_settled_by_the_end():
    told = decode([chunk(content="abc"), chunk("stop"), DONE], stops=("abcd", "bc"))
    assert told.response is not None
    assert (told.response.text, codes(told)) == ("a", ["cut_at_stop"])


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ([], "IncompleteStreamError"),
        ([chunk(content="more")], "IncompleteStreamError"),
        ([event({"error": {"message": "boom", "code": 500}})], "boom"),
        ([b"data: {{{\n\n"], "MalformedResponseError"),
        ([chunk(**call('{"city"'))], "IncompleteStreamError"),
    ],
    ids=["nothing", "text", "error", "nonsense", "call"],
)
@pytest.mark.parametrize("torn", [True, False], ids=["torn", "closed"])
def test_what_fails_after_the_cut_takes_nothing_from_the_answer(rest, said, torn):
    told = cut(chunk(content="one END"), *rest, cut=torn)
    response = told.response
    assert response is not None
    assert (response.text, response.finish_reason) == ("one ", "stop")
    assert (response.finish_reason_raw, response.usage) == (None, None)
    assert codes(told) == ["cut_at_stop", "cut_after_stop"]
    assert said in response.notes[1].message


def test_a_provider_that_gives_up_after_the_cut_gave_the_answer():
    told = cut(chunk(content="one END"), chunk("error"), DONE)
    assert told.response is not None
    assert (told.response.finish_reason, told.response.finish_reason_raw) == ("stop", "error")


def test_done_without_a_finish_reason_ends_an_answer_that_was_cut():
    told = cut(chunk(content="END"), chunk(**call("{")), DONE)
    assert told.response is not None
    assert (told.response.finish_reason, codes(told)) == ("stop", ["cut_at_stop"])


def test_a_call_before_the_cut_is_not_known_to_be_whole_if_the_answer_broke_off():
    told = cut(chunk(**call('{"city": "Rome"}')), chunk(content="END"), cut=True)
    assert isinstance(told.error, IncompleteStreamError)
    assert [bad.name for bad in told.partial.invalid_tool_calls] == ["get_weather"]


def test_a_call_before_the_cut_that_was_cut_off_is_refused():
    told = cut(chunk(**call('{"city": "Ro')), chunk(content="END"), chunk("length"), DONE)
    assert isinstance(told.error, ToolArgumentsError)
    assert told.partial.finish_reason == "length"


def test_what_was_held_back_is_given_out_where_the_answer_breaks_off():
    told = cut(chunk(content="one EN"), cut=True)
    assert isinstance(told.error, IncompleteStreamError)
    assert told.partial.text == "".join(texts(told)) == "one EN"
    told = cut(chunk(content="one EN"), chunk("error"), DONE)
    assert isinstance(told.error, ServerError)
    assert told.partial.text == "".join(texts(told)) == "one EN"


def test_a_body_is_cut_as_a_stream_is():
    said = {"role": "assistant", "content": "one END two", **call('{"city": "Rome"}')}
    logprobs = {"content": [{"token": token} for token in ("one", " ", "END", " two")]}
    choice = {"index": 0, "message": said, "finish_reason": "tool_calls", "logprobs": logprobs}
    told = decode([json.dumps({"id": "r", "choices": [choice]}).encode()], stops=("END",))
    response = told.response
    assert response is not None
    assert (response.text, response.tool_calls, response.finish_reason) == ("one ", (), "stop")
    assert response.logprobs == ({"token": "one"}, {"token": " "})


def test_a_message_after_its_pieces_is_still_known_after_the_cut():
    whole = {"role": "assistant", "content": "one END two"}
    last = {"choices": [{"index": 0, "message": whole, "finish_reason": "stop"}]}
    told = cut(chunk(content="one END"), chunk(content=" two"), event(last), DONE)
    assert texts(told) == ["one "]


SPOKEN = [
    recording
    for recording in RECORDINGS
    if len(decode([recording.body], recording.tools, api=recording.api).partial.text) > MIDDLE
]


@pytest.mark.parametrize("recording", SPOKEN, ids=lambda r: r.name)
def test_every_recording_is_cut_in_the_same_place_in_any_pieces(recording):
    how: dict[str, Any] = {"tools": recording.tools, "api": recording.api}
    text = decode([recording.body], **how).partial.text
    half = len(text) // 2
    stops = (text[half : half + 3], "\0")
    whole = decode([recording.body], stops=stops, **how)
    assert whole.partial.text == "".join(texts(whole)) == text[: text.find(stops[0])]
    for size in (1, 7, 50):
        pieces = [recording.body[at : at + size] for at in range(0, len(recording.body), size)]
        told = decode(pieces, stops=stops, **how)
        assert "".join(texts(told)) == "".join(texts(whole))
        assert told.partial == whole.partial
