# pyright: basic, reportArgumentType=false
"""No call that may have been cut short, and no call that was not made, is ever offered."""

import json

import pytest

from unillm import InvalidToolCall, Tool, ToolCall
from unillm._flow.calls import finisher_for
from unillm._wire.assemble import AnswerOf
from unillm._wire.chat_completions.reading import ChatReading
from unillm._wire.decoder import Decoder
from unillm.errors import IncompleteStreamError

PING = Tool("ping")
GET = Tool("get")
GET_WEATHER = Tool("get_weather")


def decoded(*deltas, finish=None, end="done", stream_end="finish_reason"):
    tools = (PING, GET, GET_WEATHER)
    of = AnswerOf(
        provider="p",
        model="m",
        request_id=None,
        tool_names=frozenset(tool.name for tool in tools),
        seed="1",
        finish_call=finisher_for(tools),
    )
    decoder = Decoder(of, {}, ChatReading, stream_end=stream_end)
    for delta in (*deltas, None):
        choice = {"index": 0, "delta": delta or {}, "finish_reason": None if delta else finish}
        _ = decoder.feed(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
    _ = decoder.feed(b"data: [DONE]\n\n") if end == "done" else decoder.close()
    return decoder.complete()


def call(name=None, arguments=None, **labels):
    return {"tool_calls": [{**labels, "function": {"name": name, "arguments": arguments}}]}


@pytest.mark.parametrize("finish", ["length", "content_filter", "time_limit", "whatever"])
def test_a_name_alone_is_no_call_unless_the_model_stopped_of_itself(finish):
    (refused,) = decoded(call("ping", index=0, id="c1"), finish=finish).invalid_tool_calls
    assert "cut off" in refused.reason
    (good,) = decoded(call("ping", index=0, id="c1"), finish="tool_calls").tool_calls
    assert good.arguments == {}


def test_a_name_alone_is_no_call_where_the_end_of_the_body_is_all_the_proof():
    cut = decoded(call("ping", index=0, id="c1"), end="eof", stream_end="eof")
    assert not cut.tool_calls
    assert isinstance(cut.invalid_tool_calls[0], InvalidToolCall)


@pytest.mark.parametrize("word", ["null", "None", "", 0, {"a": 1}, ["stop"]])
def test_a_finish_reason_that_is_no_word_is_none(word):
    with pytest.raises(IncompleteStreamError):
        decoded({"content": "hel"}, finish=word, end="eof")


def test_labels_said_again_with_blank_arguments_are_the_same_call():
    first = call("ping", "{}", index=0, id="c1")
    again = call("ping", "\n", index=0, id="c1")
    (only,) = decoded(first, again, finish="tool_calls").tool_calls
    assert (only.id, only.arguments) == ("c1", {})


def test_a_name_that_grows_is_the_same_call():
    first = call("get", index=0, id="c1")
    again = call("get_weather", '{"city":"a"}', index=0, id="c1")
    (only,) = decoded(first, again, finish="tool_calls").tool_calls
    assert (only.id, only.name, only.arguments) == ("c1", "get_weather", {"city": "a"})


def test_two_readings_of_an_answer_that_was_cut_are_refused():
    pieces = (call("ping", '{"not":', index=0, id="c1"), call(None, '{"not":1}', index=0))
    assert not decoded(*pieces, finish="length").tool_calls
    (whole,) = decoded(*pieces, finish="tool_calls").tool_calls
    assert isinstance(whole, ToolCall)
    assert whole.arguments == {"not": 1}


def test_a_whole_message_after_its_pieces_is_not_said_twice():
    of = AnswerOf(
        provider="p",
        model="m",
        request_id=None,
        tool_names=frozenset(),
        seed="1",
        finish_call=finisher_for([]),
    )
    decoder = Decoder(of, {}, ChatReading)
    for choice in (
        {"delta": {"content": "hel"}},
        {"delta": {"content": "lo"}},
        {"message": {"content": "hello"}, "finish_reason": "stop"},
    ):
        _ = decoder.feed(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
    _ = decoder.close()
    response = decoder.complete()
    assert response.text == "hello"
    assert [note.code for note in response.notes] == ["repeated_message"]
