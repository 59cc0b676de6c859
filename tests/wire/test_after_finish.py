"""A finish reason proves the end only if nothing of the message comes after it."""

import json
from typing import Any

import pytest

from tests.wire.drive import decode
from unillm import IncompleteStreamError, Tool, ToolCallReady

GO = Tool("go")
DONE = b"data: [DONE]\n\n"


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(finish: str | None = None, **fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def call(name: str, arguments: str, index: int, finish: str | None = None) -> bytes:
    function = {"name": name, "arguments": arguments}
    entry = {"index": index, "id": f"c{index}", "function": function}
    return delta(finish, tool_calls=[entry])


def test_text_after_the_finish_needs_an_end_of_its_own():
    begun = [delta("stop", content="Hello "), delta(content="wor")]
    assert isinstance(decode(begun).error, IncompleteStreamError)
    assert isinstance(decode(begun, cut=True).error, IncompleteStreamError)
    for end in (DONE, delta("stop")):
        told = decode([*begun, delta(content="ld"), end])
        assert told.response is not None
        assert (told.response.text, told.response.finish_reason) == ("Hello world", "stop")


def test_a_call_begun_after_the_finish_is_not_offered():
    begun = [call("go", "{}", 0, finish="tool_calls"), call("go", "", 1)]
    for cut in (True, False):
        told = decode(begun, [GO], cut=cut)
        assert isinstance(told.error, IncompleteStreamError)
        assert not any(isinstance(event, ToolCallReady) for event in told.events)


def test_a_finish_on_every_chunk_ends_with_the_last():
    told = decode([delta("stop", content=word) for word in "abc"])
    assert told.response is not None
    assert (told.response.text, told.response.finish_reason) == ("abc", "stop")


def test_what_only_repeats_a_call_disproves_nothing():
    whole = [call("go", '{"a": 1}', 0, finish="tool_calls"), call("go", '{"a": 1}', 0)]
    told = decode(whole, [GO])
    assert told.response is not None
    assert [c.arguments for c in told.response.tool_calls] == [{"a": 1}]


@pytest.mark.parametrize("usage", [{"prompt_tokens": 1, "completion_tokens": 2}, None])
def test_usage_after_the_finish_disproves_nothing(usage):
    told = decode([delta("stop", content="Hi"), event({"choices": [], "usage": usage})])
    assert told.response is not None
    assert told.response.finish_reason == "stop"
