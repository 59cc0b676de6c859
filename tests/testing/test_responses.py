"""Sound answers over the Responses API, held against the package of OpenAI."""

import base64
import json
from typing import Any

import openai
import pytest

from tests.testing.oracle import complaints
from tests.testing.wire import WEATHER, ask
from unillm.testing import Answer, FakeCall, FakeProvider, FakeTransport
from unillm.testing._sealed import seal, unseal
from unillm.types.transport import Limits, WireRequest

PATH = "/v1/responses"
WEATHER_TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
CITED = {
    "type": "url_citation",
    "url": "https://example.com/",
    "title": "Example",
    "start_index": 0,
    "end_index": 5,
}
FULL = {
    "reasoning": "Let me think.",
    "tool_calls": [FakeCall("get_weather", {"city": "Paris"}), FakeCall("f", "{oops", "call_7")],
}
ANSWERS = {
    "text": Answer("Hello, you  all.\n"),
    "nothing": Answer(None),
    "full": Answer("Hello.", **FULL, phase="commentary"),
    "calls": Answer(tool_calls=FULL["tool_calls"]),
    "sealed": Answer("Hi.", encrypted_reasoning="opaque"),
    "not-sealed": Answer("Hi.", reasoning="Hm.", encrypted_reasoning=None),
    "refusal": Answer(refusal="No, never."),
    "both": Answer("Well.", refusal="No."),
    "length": Answer("Half", finish_reason="length"),
    "length-in-call": Answer(tool_calls=[FakeCall("f", '{"a')], finish_reason="length"),
    "filtered": Answer("Half", finish_reason="content_filter"),
    "failed": Answer("Half", finish_reason="error"),
    "image": Answer("Here.", images=[b"\x89PNG"]),
    "cited": Answer("Hello there.", annotations=[CITED]),
    "custom": Answer(tool_calls=[FakeCall("run_sql", 'SELECT "x"', kind="custom")]),
    "no-usage": Answer("Hello.", usage=None),
    "deepseek": Answer("Hello.", **FULL, dialect="deepseek"),
    "vllm": Answer("Hello.", **FULL, dialect="vllm"),
    "tier": Answer("Hello.", extra={"service_tier": "priority"}, model="other"),
}


def serve(fake, answer, **fields):
    fake.enqueue(answer)
    return ask(fake, path=PATH, messages=None, input="Hello you", **fields)


def events(fake, answer, **fields):
    wire = serve(fake, answer, stream=True, **fields)
    blocks = [block.split("\n") for block in wire.text.split("\n\n")[:-1]]
    told = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert [name.removeprefix("event: ") for name, _ in blocks] == [one["type"] for one in told]
    return told


def types(told):
    """Give the types of events in order, the same ones in a row as one."""
    names = [one["type"].removeprefix("response.") for one in told]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def client(fake) -> Any:
    return openai.OpenAI(base_url=fake.base_url, api_key="k", max_retries=0)


@pytest.mark.parametrize("name", ANSWERS)
def test_openai_knows_every_type_and_key_of_a_body(fake_provider, name):
    body = serve(fake_provider, ANSWERS[name], tools=[WEATHER_TOOL]).json
    assert complaints(body) == []
    assert body["object"] == "response"


@pytest.mark.parametrize("name", ANSWERS)
def test_openai_knows_every_type_and_key_of_a_stream(fake_provider, name):
    told = events(fake_provider, ANSWERS[name], tools=[WEATHER_TOOL])
    assert [complaint for event in told for complaint in complaints(event)] == []
    assert [event["sequence_number"] for event in told] == list(range(len(told)))


@pytest.mark.parametrize("name", ANSWERS)
def test_a_stream_ends_with_the_body(fake_provider, name):
    body = serve(fake_provider, ANSWERS[name]).json
    told = events(fake_provider, ANSWERS[name])
    last = json.loads(json.dumps(told[-1]["response"]).replace("fake_2", "fake_1"))
    assert last == body
    done = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert done == told[-1]["response"]["output"]


def test_the_events_come_in_order(fake_provider):
    told = events(fake_provider, Answer("Hello you.", reasoning="Hm.", tool_calls=[FakeCall("f")]))
    part = ["content_part.added", "output_text.delta", "output_text.done", "content_part.done"]
    summary = "reasoning_summary_part.added", "reasoning_summary_text.delta"
    assert types(told) == [
        *("created", "in_progress"),
        *("output_item.added", *summary, "reasoning_summary_text.done"),
        *("reasoning_summary_part.done", "output_item.done"),
        *("output_item.added", *part, "output_item.done"),
        *("output_item.added", "function_call_arguments.delta", "function_call_arguments.done"),
        *("output_item.done", "completed"),
    ]


def test_what_comes_in_pieces_is_what_is_done(fake_provider):
    told = events(fake_provider, ANSWERS["full"])
    for kind, text in [("output_text", "Hello."), ("reasoning_summary_text", "Let me think.")]:
        pieces = [e["delta"] for e in told if e["type"] == f"response.{kind}.delta"]
        assert "".join(pieces) == text
    pieces = [
        event["delta"]
        for event in told
        if event["type"] == "response.function_call_arguments.delta" and event["output_index"] == 2
    ]
    assert len(pieces) > 1
    assert "".join(pieces) == '{"city": "Paris"}'
    added = [event["item"] for event in told if event["type"] == "response.output_item.added"]
    assert [item.get("status") for item in added] == [None, *["in_progress"] * 3]
    assert (added[0]["summary"], added[1]["content"], added[2]["arguments"]) == ([], [], "")
    assert "encrypted_content" not in added[0]


def test_reasoning_is_a_summary_and_what_only_the_fake_can_read(fake_provider):
    item, message, call, other = serve(fake_provider, ANSWERS["full"]).json["output"]
    assert item["summary"] == [{"type": "summary_text", "text": "Let me think."}]
    assert unseal(item["encrypted_content"]) == "Let me think."
    assert "think" not in item["encrypted_content"]
    assert message["phase"] == "commentary"
    assert (call["call_id"], other["call_id"]) == ("call_fake_1_0", "call_7")
    assert call["id"] != call["call_id"]
    assert other["arguments"] == "{oops"


@pytest.mark.parametrize("dialect", ["deepseek", "vllm"])
def test_others_send_the_reasoning_itself(fake_provider, dialect):
    item = serve(fake_provider, Answer("Hi.", reasoning="Hm.", dialect=dialect)).json["output"][0]
    assert item["content"] == [{"type": "reasoning_text", "text": "Hm."}]
    assert (item["summary"], "encrypted_content" in item) == ([], False)


@pytest.mark.parametrize("text", ["", "Hm.", "é\ud800", "x" * 999])
def test_what_is_sealed_is_known_again(text):
    sealed = seal(text)
    assert unseal(sealed) == text
    assert unseal(sealed[:-4]) is None
    assert unseal("A" + sealed[1:] if sealed[0] != "A" else "B" + sealed[1:]) is None


@pytest.mark.parametrize("sealed", ["", "AAAA", "gAAAAABn", "é", "=", "not base64!"])
def test_what_is_not_sealed_is_not_known(sealed):
    assert unseal(sealed) is None


def test_an_end_that_is_none(fake_provider):
    cut = serve(fake_provider, ANSWERS["length-in-call"]).json
    assert (cut["status"], cut["incomplete_details"]) == (
        "incomplete",
        {"reason": "max_output_tokens"},
    )
    assert cut["output"][0]["status"] == "incomplete"
    filtered = serve(fake_provider, ANSWERS["filtered"]).json
    assert filtered["incomplete_details"] == {"reason": "content_filter"}
    failed = serve(fake_provider, ANSWERS["failed"]).json
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")


def test_usage_is_in_this_interfaces_words_and_on_the_bill(fake_provider):
    chats = {"prompt_tokens": 20, "completion_tokens": 5, "prompt_tokens_details": {}}
    own = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    cached = {**chats, "prompt_tokens_details": {"cached_tokens": 7}}
    for usage in (chats, own, cached):
        serve(fake_provider, Answer("Hi.", usage=usage), model="m", stream=usage is cached)
    body = serve(fake_provider, Answer("Hi.", usage=chats), model="n").json
    assert body["usage"] == {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 25,
    }
    assert fake_provider.wait(in_flight=0)
    tally = fake_provider.bill["m"]
    assert (tally.reported, tally.input_tokens, tally.output_tokens) == (3, 41, 12)
    assert tally.cached_input_tokens == 7


def test_words_are_counted(fake_provider):
    usage = serve(fake_provider, Answer("Hello.", **FULL), instructions="Be brief.").json["usage"]
    assert usage["input_tokens"] == 4
    assert usage["output_tokens"] == 1 + 3 + 3 + 2
    assert usage["output_tokens_details"] == {"reasoning_tokens": 3}


def test_an_image_is_in_base64_and_only_in_the_end(fake_provider):
    told = events(fake_provider, ANSWERS["image"])
    assert base64.b64decode(told[-1]["response"]["output"][0]["result"]) == b"\x89PNG"
    assert "result" not in told[2]["item"]
    assert types(told)[3:6] == [f"image_generation_call.{s}" for s in STAGES]


STAGES = ("in_progress", "generating", "completed")


def test_annotations_are_as_each_interface_has_them(fake_provider):
    nested = {
        "type": "url_citation",
        "url_citation": {k: v for k, v in CITED.items() if k[0] != "t" or k == "title"},
    }
    for given in (CITED, nested):
        part = serve(fake_provider, Answer("Hello.", annotations=[given])).json["output"][0]
        assert part["content"][0]["annotations"] == [CITED]
        fake_provider.enqueue(Answer("Hello.", annotations=[given]))
        body = ask(fake_provider).json
        assert body["choices"][0]["message"]["annotations"] == [nested]
        assert complaints(body) == []
    fake_provider.enqueue(Answer("Hello.", annotations=[CITED]))
    wire = ask(fake_provider, stream=True)
    deltas = [e["choices"][0]["delta"] for e in wire.events if e != "[DONE]"]
    assert {"annotations": [nested]} in deltas


def test_a_response_repeats_what_was_asked(fake_provider):
    asked = {"temperature": 0.5, "reasoning": {"effort": "low"}, "metadata": {"a": "b"}}
    body = serve(
        fake_provider, Answer("x"), tools=[WEATHER_TOOL], service_tier="flex", **asked
    ).json
    assert (body["temperature"], body["metadata"], body["service_tier"]) == (
        0.5,
        {"a": "b"},
        "flex",
    )
    assert body["reasoning"] == {"effort": "low", "summary": None}
    assert body["tools"][0]["name"] == "get_weather"
    odd = {"service_tier": "auto", "reasoning": None, "text": 7, "tools": "?", "temperature": None}
    body = serve(fake_provider, ANSWERS["tier"], **odd).json
    assert (body["service_tier"], body["model"], body["temperature"]) == ("priority", "other", 1.0)


def reply(fake, **fields):
    return ask(fake, path=PATH, **{"messages": None, **fields}).json["output"]


def text_of(output):
    (message,) = output
    return message["content"][0]["text"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Hello", "You said: Hello"),
        ([WEATHER], "You said: What is the weather in Paris?"),
        ([{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}], "You said: Hi"),
        ([], "You said nothing."),
        (7, "You said nothing."),
    ],
    ids=["text", "message", "parts", "none", "number"],
)
def test_the_last_user_text_is_echoed(fake_provider, given, said):
    assert text_of(reply(fake_provider, input=given)) == said


def test_a_tool_is_called_and_its_result_quoted(fake_provider):
    (call,) = reply(
        fake_provider, input="What about Rome?", tools=[{"type": "web_search"}, WEATHER_TOOL]
    )
    assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"city": "Rome"})
    for output in ("21 degrees", [{"type": "input_text", "text": "21 degrees"}]):
        told = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
        again = reply(fake_provider, input=[WEATHER, call, told], tools=[WEATHER_TOOL])
        assert text_of(again) == "The tool answered: 21 degrees"


def test_the_named_tool_is_called_and_none_where_none_is_to_be(fake_provider):
    other = {**WEATHER_TOOL, "name": "other"}
    chosen = {"type": "function", "name": "other"}
    (call,) = reply(fake_provider, input="Hi", tools=[WEATHER_TOOL, other], tool_choice=chosen)
    assert call["name"] == "other"
    said = text_of(reply(fake_provider, input="Hi", tools=[WEATHER_TOOL], tool_choice="none"))
    assert said == "You said: Hi"


def test_a_schema_is_satisfied(fake_provider):
    wanted = {"type": "json_schema", "name": "city", "schema": WEATHER_TOOL["parameters"]}
    said = text_of(reply(fake_provider, input="About Rome", text={"format": wanted}))
    assert json.loads(said) == {"city": "Rome"}
    said = text_of(reply(fake_provider, input="json", text={"format": {"type": "json_object"}}))
    assert json.loads(said) == {"answer": "Paris"}


def test_a_request_is_seen_as_chat_would_have_it(fake_provider):
    turn = serve(fake_provider, ANSWERS["full"]).json["output"]
    image = {"type": "input_image", "image_url": "data:,", "detail": "low"}
    asked = [
        {"role": "user", "content": [{"type": "input_text", "text": "Look"}, image]},
        *turn,
        {"type": "function_call_output", "call_id": "call_7", "output": "Sunny"},
        {"type": "item_reference", "id": "x"},
        "not an object",
    ]
    reply(
        fake_provider,
        input=asked,
        instructions="Be brief.",
        tools=[WEATHER_TOOL, {"type": "web_search"}],
    )
    seen = fake_provider.requests[-1]
    assert seen.api == "responses"
    assert seen.items == asked[:-1]
    assert [message["role"] for message in seen.messages] == ["system", "user", "assistant", "tool"]
    _, user, assistant, tool = seen.messages
    assert user["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}},
    ]
    assert assistant["content"] == [{"type": "text", "text": "Hello."}]
    assert assistant["reasoning_content"] == "Let me think."
    assert [call["id"] for call in assistant["tool_calls"]] == ["call_fake_1_0", "call_7"]
    assert tool == {"role": "tool", "tool_call_id": "call_7", "content": "Sunny"}
    assert [tool["name"] for tool in seen.tools] == ["get_weather"]
    ask(fake_provider)
    assert (fake_provider.requests[-1].api, fake_provider.requests[-1].items) == ("chat", [])


def test_openais_client_is_answered(fake_provider):
    fake_provider.enqueue(ANSWERS["full"], ANSWERS["full"], ANSWERS["cited"])
    with client(fake_provider) as theirs:
        body = theirs.responses.create(model="m", input="Hello")
        assert (body.output_text, body.status) == ("Hello.", "completed")
        with theirs.responses.stream(model="m", input="Hello", tools=[WEATHER_TOOL]) as stream:
            told = list(stream)
            assert stream.get_final_response().output_text == "Hello."
        assert told[-1].type == "response.completed"
        plain = list(theirs.responses.create(model="m", input="Hello", stream=True))
        assert plain[-1].response.usage.input_tokens == 1
        assert (
            theirs.chat.completions.create(model="m", messages=[WEATHER]).choices[0].message.content
        )
        with theirs.chat.completions.stream(model="m", messages=[WEATHER]) as chat:
            chat.until_done()
            assert chat.get_final_completion().choices[0].finish_reason == "stop"


def test_openais_client_runs_a_tool(fake_provider):
    with client(fake_provider) as theirs:
        asked = [{"role": "user", "content": "Weather in Rome?"}]
        first = theirs.responses.create(model="m", input=asked, tools=[WEATHER_TOOL])
        (call,) = first.output
        asked += [call, {"type": "function_call_output", "call_id": call.call_id, "output": "Sun"}]
        again = theirs.responses.create(model="m", input=asked, tools=[WEATHER_TOOL])
        assert again.output_text == "The tool answered: Sun"


def test_a_pace_and_comments_before(fake_provider):
    wire = serve(fake_provider, Answer("a b", pace=0.001, keep_alives=2), stream=True)
    assert wire.body.startswith(b": keep-alive\n\n: keep-alive\n\nevent: response.created\n")
    blank = serve(fake_provider, Answer("a", blank_lines=2))
    assert blank.body.startswith(b"\n\n{")
    assert blank.json["status"] == "completed"


def test_no_json_is_refused_and_a_key_is_asked_for():
    with FakeProvider(api_key="k", models=["m"]) as fake:
        assert ask(fake, path=PATH).status == 401
        assert len(fake.requests) == 1


ODD: tuple[Any, ...] = ({}, [], 7, None, [{}], {"type": {}}, {"a": []})
PLACES = ("input", "instructions", "tools", "text", "reasoning", "tool_choice", "service_tier")
INSIDE = ("type", "role", "content", "output", "summary", "call_id", "text", "name")


@pytest.mark.parametrize("stream", [True, False])
def test_whatever_is_asked_is_answered(stream):
    asked = [{"input": "Hi", place: odd} for place in PLACES for odd in ODD]
    for kind in ("message", "function_call", "function_call_output", "reasoning"):
        whole = {"type": kind, "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
        asked += [{"input": [{**whole, place: odd}]} for place in INSIDE for odd in ODD]
        asked += [
            {"input": [{**whole, "content": [{place: odd}]}]} for place in INSIDE for odd in ODD
        ]
    fake = FakeTransport()
    for fields in asked:
        body = json.dumps({"model": "m", "stream": stream, **fields}).encode()
        request = WireRequest(
            method="POST", url="http://box.example/v1/responses", headers={}, body=body
        )
        answer = fake.send(request, {}, Limits(connect=1, head=1, read=1))
        assert answer.status == 200, fields
        while answer.read(1):
            pass
        answer.close()
