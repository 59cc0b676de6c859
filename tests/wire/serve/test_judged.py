"""What is written is held against the types of OpenAI's own package, strictly."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.wire.serve.test_round_trip import made_call, replying, streamed
from unillm import (
    AssistantMessage,
    ChatResponse,
    Cost,
    Event,
    Finished,
    ImagePart,
    Native,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallReady,
    Usage,
)
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.speaking import reply_to
from unillm.types.facts import Api

LOGPROB = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": []}
CITED = {"type": "url_citation", "url": "https://x", "title": "X", "start_index": 0, "end_index": 1}
NESTED_CITED = {
    "type": "url_citation",
    "url_citation": {name: value for name, value in CITED.items() if name != "type"},
}
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def whole(**fields: Any) -> ChatResponse:
    calls = (made_call(0, {"city": "Bern"}, None), made_call(1, {"city": "Zug"}, None))
    usual: dict[str, Any] = {
        "message": AssistantMessage("Hi", reasoning="Hm.", tool_calls=calls),
        "finish_reason": "tool_calls",
        "usage": Usage(input_tokens=3, output_tokens=2),
        "cost": Cost(total=Decimal("0.00042"), state="exact"),
        "provider": "box",
        "model": "m",
        "id": "resp_1",
        "created": 5,
    }
    return ChatResponse(**usual | fields)


def events_of(response: ChatResponse) -> list[Event]:
    events: list[Event] = []
    events += [ReasoningDelta(response.reasoning)] if response.reasoning else []
    events += [TextDelta(response.text)] if response.text else []
    events += [RefusalDelta(response.refusal)] if response.refusal else []
    events += [ToolCallReady(at, call) for at, call in enumerate(response.tool_calls)]
    return [*events, Finished(response)]


def data_in(pieces: list[bytes]) -> list[Any]:
    lines = b"".join(pieces).decode().splitlines()
    found = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(line) for line in found if line != "[DONE]"]


SAID = AssistantMessage("Hi")
ANSWERS = [
    whole(),
    whole(message=SAID, finish_reason="stop"),
    whole(message=AssistantMessage(refusal="No."), finish_reason="stop"),
    whole(message=SAID, finish_reason="length", usage=None, cost=Cost()),
    whole(message=AssistantMessage(None), finish_reason="content_filter"),
]


@pytest.mark.parametrize("response", ANSWERS)
def test_completions_are_openai_s(response: ChatResponse) -> None:
    ChatCompletion.model_validate(replying("chat", stream=False).whole(response))
    for chunk in data_in(streamed("chat", events_of(response), response)):
        ChatCompletionChunk.model_validate(chunk)


@pytest.mark.parametrize("response", ANSWERS)
def test_responses_are_openai_s(response: ChatResponse) -> None:
    Response.model_validate(replying("responses", stream=False).whole(response))
    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    events = data_in(streamed("responses", events_of(response), response))
    for event in events:
        adapter.validate_python(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    streamed_items = [e["item"] for e in events if e["type"] == "response.output_item.done"]
    assert streamed_items == events[-1]["response"]["output"]


def test_what_is_beside_the_text_is_told() -> None:
    response = whole(
        message=AssistantMessage((TextPart("Hi"), ImagePart(PIXEL), ImagePart("https://x/y.png"))),
        finish_reason="stop",
        logprobs=(LOGPROB,),
        annotations=(CITED,),
    )
    body = replying("chat", stream=False).whole(response)
    message = body["choices"][0]["message"]
    assert message["images"][0]["image_url"]["url"] == PIXEL
    assert list(message["annotations"]) == [NESTED_CITED]
    assert list(body["choices"][0]["logprobs"]["content"]) == [LOGPROB]
    output = replying("responses", stream=False).whole(response)["output"]
    assert output[0]["content"][0]["annotations"] == [CITED]
    assert output[0]["content"][0]["logprobs"] == [LOGPROB]
    assert output[1]["type"] == "image_generation_call"
    events = data_in(streamed("responses", events_of(response), response))
    kinds = [event["type"] for event in events]
    assert "response.output_text.annotation.added" in kinds
    last = data_in(streamed("chat", events_of(response), response))[-2]
    assert list(last["choices"][0]["delta"]["annotations"]) == [NESTED_CITED]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_cost_stands_in_the_usage_only_where_it_is_exact(api: Api) -> None:
    exact = replying(api, stream=False).whole(whole())
    assert exact["usage"]["cost"] == 0.00042
    assert exact["unillm"]["cost"]["total"] == "0.00042"
    bounded = Cost(low=Decimal(1), high=Decimal(2), state="bounded", reason="it was cut")
    told = replying(api, stream=False).whole(whole(cost=bounded))
    assert "cost" not in told["usage"]
    assert told["unillm"]["cost"] == {
        "state": "bounded", "total": None, "low": "1", "high": "2", "reason": "it was cut",
    }  # fmt: skip


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_an_unknown_end_is_no_stop(api: Api) -> None:
    response = whole(message=SAID, finish_reason="other", finish_reason_raw="bored")
    body = replying(api, stream=False).whole(response)
    if api == "chat":
        assert body["choices"][0]["finish_reason"] == "bored"
    else:
        assert (body["status"], body["incomplete_details"]) == ("incomplete", {"reason": "bored"})


def test_a_stream_tells_usage_only_if_asked_to() -> None:
    asked = asked_in(
        "chat",
        b'{"messages": [{"role": "user", "content": "Hi"}], "stream": true}',
        lambda _: None,
    )
    reply, response = reply_to(asked, "1"), whole()
    pieces = [reply.begin(None), *(reply.feed(event) for event in events_of(response))]
    chunks = data_in(pieces)
    assert all("usage" not in chunk for chunk in chunks)
    assert chunks[-1]["unillm"]["cost"]["total"] == "0.00042"
    assert pieces[-1].endswith(b"data: [DONE]\n\n")


def test_a_custom_tool_is_given_text() -> None:
    asked = asked_in(
        "responses",
        json.dumps({"input": "Hi", "tools": [{"type": "custom", "name": "shell"}]}).encode(),
        lambda _: None,
    )
    call = ToolCall("c", "shell", {"input": "ls -l"}, raw='{"input": "ls -l"}')
    response = whole(message=AssistantMessage(None, tool_calls=(call,)))
    (item,) = reply_to(asked, "1").whole(response)["output"]
    assert (item["type"], item["call_id"], item["input"]) == ("custom_tool_call", "c", "ls -l")
    Response.model_validate({**replying("responses").whole(response), "output": [item]})


@pytest.mark.parametrize("given", [CITED, NESTED_CITED], ids=["flat", "nested"])
def test_annotations_are_as_the_interface_has_them(given: dict[str, Any]) -> None:
    response = whole(message=SAID, finish_reason="stop", annotations=(given,))
    message = replying("chat", stream=False).whole(response)["choices"][0]["message"]
    assert message["annotations"] == [NESTED_CITED]
    item = replying("responses", stream=False).whole(response)["output"][0]
    assert item["content"][0]["annotations"] == [CITED]


def test_a_text_after_a_refusal_has_its_annotations() -> None:
    reply = replying("responses")
    events: list[Event] = [RefusalDelta("No."), TextDelta("But")]
    message = AssistantMessage("But", refusal="No.")
    response = whole(message=message, finish_reason="stop", annotations=(CITED,))
    told = data_in([reply.begin(None), *map(reply.feed, [*events, Finished(response)])])
    refused, said = told[-1]["response"]["output"][0]["content"]
    assert (refused["type"], said["annotations"]) == ("refusal", [CITED])


def test_what_is_incomplete_says_so() -> None:
    response = whole(message=SAID, finish_reason="length")
    body = replying("responses", stream=False).whole(response)
    assert (body["status"], body["output"][0]["status"]) == ("incomplete", "incomplete")


def test_the_phase_of_an_answer_is_told() -> None:
    items = ({"type": "message", "phase": "final_answer", "content": []},)
    native = Native("openai", api="responses", items=items)
    response = whole(message=AssistantMessage("Hi", native=native), finish_reason="stop")
    assert replying("responses", stream=False).whole(response)["output"][0]["phase"] == (
        "final_answer"
    )


@pytest.mark.parametrize("raw", ["tool_calls", "function_call"])
def test_an_end_of_calls_is_not_told_where_there_are_none(raw: str) -> None:
    """Clients that read it look for the calls."""
    response = whole(message=SAID, finish_reason="other", finish_reason_raw=raw)
    body = replying("chat").whole(response)
    *_, last, _ = data_in(streamed("chat", [Finished(response)], response))
    for told in (body["choices"], last["choices"]):
        assert [choice["finish_reason"] for choice in told] == ["other"]
