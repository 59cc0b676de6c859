"""Sound answers, as bodies and as streams, in three dialects."""

import json
import time
from dataclasses import dataclass

import jsonschema
import pytest

from tests.testing.wire import WEATHER, ask
from unillm.testing import Answer, FakeCall, FakeProvider, faults

USAGE = {"stream_options": {"include_usage": True}}
FULL = {
    "reasoning": "Let me think.",
    "tool_calls": [FakeCall("get_weather", {"city": "Paris"}), FakeCall("f", "{oops", "call_7")],
}


@dataclass
class Theirs:
    """A tool call of another type, with the names that count."""

    id: str
    name: str
    arguments: dict


def serve(fake, answer, **fields):
    fake.enqueue(answer)
    return ask(fake, **fields)


def deltas(wire):
    return [
        choice["delta"] for event in wire.events if event != "[DONE]" for choice in event["choices"]
    ]


def joined(wire, field):
    return "".join(delta.get(field) or "" for delta in deltas(wire))


def test_a_body(fake_provider):
    body = serve(fake_provider, Answer("Hello.", **FULL), model="x").json
    assert (body["object"], body["model"], body["id"]) == (
        "chat.completion",
        "x",
        "chatcmpl-fake-1",
    )
    (choice,) = body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hello.",
        "refusal": None,
        "reasoning_content": "Let me think.",
        "tool_calls": [
            {
                "id": "call_fake_1_0",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
            },
            {"id": "call_7", "type": "function", "function": {"name": "f", "arguments": "{oops"}},
        ],
    }
    assert body["usage"]["prompt_tokens"] == 6
    assert body["usage"]["completion_tokens"] == 1 + 3 + 3 + 2
    assert body["usage"]["completion_tokens_details"] == {"reasoning_tokens": 3}


def test_a_stream(fake_provider):
    wire = serve(fake_provider, Answer("Hello, you  all.\n", **FULL), stream=True)
    assert "content-type: text/event-stream" in wire.head
    assert deltas(wire)[0] == {"role": "assistant", "content": None}
    assert joined(wire, "content") == "Hello, you  all.\n"
    assert joined(wire, "reasoning_content") == "Let me think."
    order = [key for delta in deltas(wire)[1:-1] for key in delta]
    assert order == sorted(order, key=["reasoning_content", "content", "tool_calls"].index), (
        "reasoning, then text, then calls"
    )
    first, *rest = [delta["tool_calls"][0] for delta in deltas(wire) if "tool_calls" in delta]
    assert first == {
        "index": 0,
        "id": "call_fake_1_0",
        "type": "function",
        "function": {"name": "get_weather", "arguments": ""},
    }
    pieces = [piece["function"]["arguments"] for piece in rest if piece["index"] == 0]
    assert len(pieces) > 1
    assert "".join(pieces) == '{"city": "Paris"}'
    assert wire.events[-2]["choices"][0] == {
        "index": 0,
        "delta": {},
        "logprobs": None,
        "finish_reason": "tool_calls",
    }
    assert wire.events[-1] == "[DONE]"
    assert "usage" not in wire.text


def test_usage_in_a_chunk_of_its_own_if_asked_for(fake_provider):
    wire = serve(fake_provider, Answer("Hello."), stream=True, **USAGE)
    *others, last, _ = wire.events
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 7
    assert [event["usage"] for event in others] == [None] * len(others)


@pytest.mark.parametrize("asked", [{}, USAGE])
def test_deepseek_puts_usage_on_the_last_chunk(fake_provider, asked):
    answer = Answer("Hello.", reasoning="Hm.", dialect="deepseek", keep_alives=2)
    wire = serve(fake_provider, answer, stream=True, **asked)
    assert wire.body.startswith(b": keep-alive\n\n: keep-alive\n\ndata: ")
    last = wire.events[-2]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["delta"] == {"content": ""}
    assert (
        last["usage"].items()
        >= {
            "prompt_cache_hit_tokens": 0,
            "prompt_cache_miss_tokens": 6,
        }.items()
    )
    assert {"content": None, "reasoning_content": "Hm."} in deltas(wire)
    assert {"content": "Hello.", "reasoning_content": None} in deltas(wire)


def test_vllm_calls_reasoning_reasoning(fake_provider):
    answer = Answer("Hello.", reasoning="Hm.", dialect="vllm")
    assert {"reasoning": "Hm."} in deltas(serve(fake_provider, answer, stream=True))
    message = serve(fake_provider, answer).json["choices"][0]["message"]
    assert (message["reasoning"], "reasoning_content" in message) == ("Hm.", False)


def test_blank_lines_come_before_the_body(fake_provider):
    wire = serve(fake_provider, Answer("Hello.", blank_lines=3))
    assert wire.body.startswith(b"\n\n\n{")
    assert wire.json["object"] == "chat.completion"


def test_what_is_given_is_sent(fake_provider):
    answer = Answer(
        refusal="No, never.",
        usage={"prompt_tokens": 1},
        finish_reason="odd",
        headers={"x-a": "b"},
        model="other",
        extra={"service_tier": "flex"},
    )
    wire = serve(fake_provider, answer)
    assert "x-a: b" in wire.head
    assert (wire.json["model"], wire.json["service_tier"]) == ("other", "flex")
    assert wire.json["usage"] == {"prompt_tokens": 1}
    assert wire.json["choices"][0]["finish_reason"] == "odd"
    assert wire.json["choices"][0]["message"]["refusal"] == "No, never."
    streamed = serve(fake_provider, answer, stream=True)
    assert joined(streamed, "refusal") == "No, never."
    assert {event["model"] for event in streamed.events[:-1]} == {"other"}
    assert "usage" not in serve(fake_provider, Answer("x", usage=None)).json


@pytest.mark.parametrize(
    "call",
    [
        FakeCall("f", {"a": 1}, "c1"),
        {"name": "f", "arguments": {"a": 1}, "id": "c1"},
        Theirs("c1", "f", {"a": 1}),
    ],
)
def test_calls_come_in_several_types(fake_provider, call):
    body = serve(fake_provider, Answer(tool_calls=[call])).json
    (sent,) = body["choices"][0]["message"]["tool_calls"]
    assert (sent["id"], sent["function"]) == ("c1", {"name": "f", "arguments": '{"a": 1}'})


def test_a_pace_is_kept(fake_provider):
    start = time.monotonic()
    serve(fake_provider, Answer("a b c d", pace=0.02), stream=True)
    assert time.monotonic() - start >= 0.1


def reply(fake, **fields):
    return ask(fake, **fields).json["choices"][0]["message"]


def test_the_last_user_text_is_echoed(fake_provider):
    parts = [
        {"type": "text", "text": "Hello"},
        {"type": "image_url"},
        {"type": "text", "text": "you"},
    ]
    messages = [WEATHER, {"role": "user", "content": parts}]
    assert reply(fake_provider, messages=messages)["content"] == "You said: Hello you"
    assert reply(fake_provider, messages=[])["content"] == "You said nothing."
    assert reply(fake_provider, messages="?")["content"] == "You said nothing."


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        (None, "get_weather"),
        ("required", "get_weather"),
        ({"type": "function", "function": {"name": "other"}}, "other"),
        ({"type": "function", "function": {"name": "unknown"}}, "get_weather"),
    ],
)
def test_an_offered_tool_is_called(fake_provider, choice, called):
    tools = [faults.WEATHER_TOOL, {"type": "function", "function": {"name": "other"}}]
    message = reply(fake_provider, tools=tools, tool_choice=choice)
    (call,) = message["tool_calls"]
    assert (message["content"], call["function"]["name"]) == (None, called)
    expected = {"city": "Paris"} if called == "get_weather" else {}
    assert json.loads(call["function"]["arguments"]) == expected


def test_a_tool_is_not_called_when_it_must_not_be(fake_provider):
    message = reply(fake_provider, tools=[faults.WEATHER_TOOL], tool_choice="none")
    assert "tool_calls" not in message


def test_a_tool_result_is_quoted(fake_provider):
    messages = [WEATHER, {"role": "tool", "tool_call_id": "x", "content": "22 degrees"}]
    message = reply(fake_provider, tools=[faults.WEATHER_TOOL], messages=messages)
    assert message["content"] == "The tool answered: 22 degrees"


def test_the_dialect_of_unqueued_answers_can_be_chosen():
    with FakeProvider(dialect="deepseek") as fake:
        assert "prompt_cache_hit_tokens" in ask(fake).json["usage"]


HERSELF = {"$ref": "#"}
SCHEMAS = [
    {"type": "object"},
    {},
    faults.WEATHER_TOOL["function"]["parameters"],
    {"type": "string", "minLength": 9, "maxLength": 12},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date-time"},
    {"enum": ["a", "b"]},
    {"const": 7},
    {"type": "boolean", "default": False},
    {"type": ["null", "integer"], "minimum": 5},
    {"type": ["null"]},
    {"type": "null"},
    {"type": "number", "exclusiveMinimum": 3, "maximum": 5},
    {"type": "integer", "maximum": -3},
    {"type": "integer", "exclusiveMaximum": 0},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    {"type": "array"},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 3},
    {"type": "array", "prefixItems": [{"type": "integer"}, {"const": 1}], "items": False},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": HERSELF}},
        "required": ["name", "kids"],
    },
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "next": {"anyOf": [HERSELF, {"type": "null"}]},
        },
        "required": ["name", "next"],
    },
    {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}},
        "required": ["a", "b"],
        "additionalProperties": False,
        "$defs": {"a": {"properties": {"n": {"type": "integer"}}, "required": ["n"]}},
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_schema_is_satisfied(fake_provider, schema):
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    value = json.loads(reply(fake_provider, response_format=wanted)["content"])
    assert jsonschema.Draft202012Validator(schema).is_valid(value)


def test_a_schema_that_contains_itself_comes_to_an_end(fake_provider):
    schema = {"properties": {"again": {"$ref": "#"}}, "required": ["again"], "type": "object"}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert '{"again": null}' in reply(fake_provider, response_format=wanted)["content"]


@pytest.mark.parametrize(
    ("wanted", "content"),
    [
        ({"type": "json_object"}, '{"answer": "Paris"}'),
        ({"type": "text"}, "You said: What is the weather in Paris?"),
    ],
)
def test_other_formats(fake_provider, wanted, content):
    assert reply(fake_provider, response_format=wanted)["content"] == content
