"""Shapes of hosts that are rarer than those recorded: nothing is lost, fused or taken for whole."""

# pyright: reportOptionalMemberAccess=false

import json
from typing import Any

import pytest

from tests.wire.drive import WEATHER, decode
from unillm import (
    BadRequestError,
    InvalidToolCall,
    MalformedResponseError,
    ProviderError,
    RateLimitError,
    ServerError,
    Tool,
    ToolArgumentsError,
    ToolCallReady,
)

DONE = b"data: [DONE]\n\n"
GO = Tool("go")


def event(value: Any, kind: str | None = None) -> bytes:
    head = f"event: {kind}\n".encode() if kind else b""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return head + b"data: " + data + b"\n\n"


def choice(index: Any = 0, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    made = {"delta": fields, "finish_reason": finish}
    return made if index is None else {"index": index, **made}


def stream(*choices: dict[str, Any]) -> list[bytes]:
    return [event({"choices": [one]}) for one in choices]


def text_of(pieces: list[bytes]) -> str:
    told = decode(pieces)
    assert told.response is not None, told.error
    return told.response.text


class TestChoices:
    @pytest.mark.parametrize("index", ["0", 0, 1, "3", None, True, 0.5], ids=repr)
    def test_the_only_choice_is_kept_whatever_its_index(self, index):
        pieces = stream(choice(index, content="Hel"), choice(index, "stop", content="lo"))
        assert text_of(pieces) == "Hello"
        message = {"message": {"content": "Hello"}, "finish_reason": "stop"}
        body = {"choices": [message if index is None else {"index": index, **message}]}
        assert text_of([json.dumps(body).encode()]) == "Hello"

    @pytest.mark.parametrize("indexes", [(0, 1), ("0", "1"), (None, None), (1, 2)], ids=repr)
    def test_of_two_choices_the_first_is_kept(self, indexes):
        both = [choice(i, "stop", content=word) for i, word in zip(indexes, "AB", strict=True)]
        told = decode([event({"choices": both})])
        assert told.response is not None
        assert told.response.text == "A"
        assert [note.code for note in told.response.notes] == ["extra_choice"]


class TestMessages:
    @pytest.mark.parametrize(
        "pieces", [("Hel", "lo"), ("Hello",), ("H", "Hel", "Hello"), ("Hello", "Hello")]
    )
    def test_messages_as_pieces(self, pieces):
        chunks = [event({"choices": [{"index": 0, "message": {"content": p}}]}) for p in pieces]
        assert text_of([*chunks, *stream(choice(finish="stop"))]) == "Hello"

    def test_the_whole_after_its_pieces_brings_only_what_is_new(self):
        function = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
        whole = {
            "content": "Hello there",
            "reasoning_content": "Well",
            "tool_calls": [{"id": "c", "function": function}],
        }
        end = {"choices": [{"index": 0, "message": whole, "finish_reason": "stop"}]}
        told = decode([*stream(choice(content="Hello")), event(end)], [WEATHER])
        assert told.response is not None
        assert (told.response.text, told.response.reasoning) == ("Hello there", "Well")
        assert [call.name for call in told.response.tool_calls] == ["get_weather"]

    def test_another_text_after_the_pieces_is_noted(self):
        end = {"choices": [{"message": {"content": "Bye"}, "finish_reason": "stop"}]}
        told = decode([*stream(choice(content="Hello")), event(end)])
        assert told.response is not None
        assert told.response.text == "Hello"
        assert [note.code for note in told.response.notes] == ["repeated_message"]


class TestBodies:
    def test_a_list_of_chunks_is_read_to_its_end(self):
        chunks = [choice(content="He"), choice(content="llo"), choice(finish="stop")]
        body = json.dumps([{"choices": [one]} for one in chunks]).encode()
        assert text_of([body]) == "Hello"

    @pytest.mark.parametrize("cut", range(1, 9))
    def test_a_byte_order_mark_may_stand_on_a_line_of_its_own(self, cut):
        body = b'\xef\xbb\xbf\r\n{"choices": [{"message": {"content": "Hi"}}]}'
        assert text_of([body[:cut], body[cut:]]) == "Hi"

    def test_zeros_do_not_replace_counts(self):
        counts = [{"prompt_tokens": 10, "completion_tokens": 2}]
        counts.append({"prompt_tokens": 0, "completion_tokens": 0})
        pieces = [event({"choices": [choice(content="a")], "usage": u}) for u in counts]
        told = decode([*pieces, *stream(choice(finish="stop"))])
        assert told.response is not None
        assert told.response.usage is not None
        assert told.response.usage.input_tokens == 10


ERRORS = [
    (event({"object": "error", "message": "engine died", "code": 500}), ServerError),
    (event({"code": "DataInspectionFailed", "message": "engine died"}), ProviderError),
    (event({"errors": [{"message": "engine died"}]}), ProviderError),
    (event({"success": False, "choices": None, "message": "engine died"}), ProviderError),
    (event({"error": [{"code": 429, "message": "engine died"}]}), RateLimitError),
    (event({"error": {"code": 429.0, "message": "engine died"}}), RateLimitError),
    (event({"choices": [{"delta": {"error": {"message": "engine died"}}}]}), ProviderError),
    (event(b"engine died", "error"), ServerError),
    (event("engine died", "error"), ServerError),
    (event({"message": "engine died", "code": 400}, "Error"), BadRequestError),
    (event(b"null", "error"), ServerError),
    (event(b"[DONE]", "error"), ServerError),
]


@pytest.mark.parametrize(("error", "kind"), ERRORS)
def test_an_error_in_any_shape_is_an_error(error, kind):
    told = decode([*stream(choice(content="He")), error, DONE])
    assert isinstance(told.error, kind)
    assert told.partial.text == "He"
    if b"engine" in error:
        assert "engine died" in told.error.message


@pytest.mark.parametrize("error", [e for e, _ in ERRORS if e.startswith(b"data: {")])
def test_an_error_as_a_body_says_what_the_provider_said(error):
    told = decode([error.removeprefix(b"data: ").strip()])
    assert isinstance(told.error, ProviderError)
    assert "engine died" in told.error.message


class TestCallsWithoutLabels:
    def entry(self, **fields: Any) -> bytes:
        function = {k: v for k, v in fields.items() if k in {"name", "arguments"}}
        labels = {k: v for k, v in fields.items() if k in {"id", "index"}}
        return event({"choices": [choice(tool_calls=[{**labels, "function": function}])]})

    def told(self, *entries: bytes) -> Any:
        return decode([*entries, *stream(choice(finish="tool_calls")), DONE], [GO])

    def test_an_index_that_comes_late_belongs_to_the_active_call(self):
        told = self.told(
            self.entry(id="a", name="go"),
            self.entry(index=0, arguments='{"x"'),
            self.entry(index=0, arguments=":1}"),
        )
        assert told.response is not None
        assert [call.arguments for call in told.response.tool_calls] == [{"x": 1}]

    @pytest.mark.parametrize(
        "entries",
        [
            [{"id": "a", "name": "go"}, {"id": "b", "arguments": '{"x":1}'}],
            [{"index": 0, "name": "go", "id": "a"}, {"index": 1, "arguments": '{"x":1}'}],
        ],
    )
    def test_a_call_whose_arguments_may_be_elsewhere_is_not_offered_empty(self, entries):
        told = self.told(*(self.entry(**fields) for fields in entries))
        assert isinstance(told.error, ToolArgumentsError)
        assert not any(isinstance(event, ToolCallReady) for event in told.events)
        assert all(isinstance(call, InvalidToolCall) for call in told.error.invalid_tool_calls)

    def test_half_a_character_in_a_call_is_not_replaced(self):
        function = {"name": "go", "arguments": '{"x": "a\ud83d'}
        first = {"choices": [choice(tool_calls=[{"index": 0, "id": "a", "function": function}])]}
        told = self.told(event(first), self.entry(index=0, arguments='b"}'))
        assert isinstance(told.error, MalformedResponseError)

    def test_arguments_nested_too_deeply_are_malformed(self):
        deep = "[" * 300 + '"\\ud83d"' + "]" * 300
        function = '{"name": "go", "arguments": {"x": ' + deep + "}}"
        data = '{"choices": [{"delta": {"tool_calls": [{"function": ' + function + "}]}}]}"
        assert isinstance(self.told(event(data.encode())).error, MalformedResponseError)
