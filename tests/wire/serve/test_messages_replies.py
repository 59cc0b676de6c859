"""What is written as Messages is what Anthropic's own package reads, and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message as Told
from anthropic.types import RawMessageStreamEvent
from anthropic.types.shared import ErrorResponse
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.wire.serve.test_judged import events_of, whole
from tests.wire.serve.test_restarts import ATTEMPT
from tests.wire.serve.test_restarts import events_of as events_of_attempts
from tests.wire.serve.test_round_trip import answers, made_call
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
    StreamContinued,
    StreamRestarted,
    TextDelta,
    TextPart,
    ToolCall,
    ToolCallReady,
    ToolMessage,
    Usage,
    UserMessage,
    errors,
)
from unillm._wire.serve.failed import failed, not_served, refused
from unillm._wire.serve.messages_reply import PING
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.sealed import Seal
from unillm._wire.serve.speaking import Reply, reply_to
from unillm.errors import IncompleteStreamError, UnillmError
from unillm.types.edits import Edit

SEAL = Seal(b"key")
ITEMS = ({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": []},)
NATIVE = Native("openai", api="responses", items=ITEMS, origin="https://api.openai.com:443")
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
HI: dict[str, Any] = {"role": "user", "content": "Hi"}
ASKED: dict[str, Any] = {
    "model": "m",
    "max_tokens": 9,
    "messages": [HI],
    "thinking": {"type": "adaptive"},
}


def replying(**fields: Any) -> Reply:
    asking = {**ASKED, "stream": True, **fields}
    return reply_to(asked_in("messages", json.dumps(asking).encode(), lambda _: None, SEAL), "1")


def streamed(events: Iterable[Event], **fields: Any) -> bytes:
    reply = replying(**fields)
    return reply.begin(None) + b"".join(map(reply.feed, events))


def told(body: bytes) -> list[tuple[str, Any]]:
    """Return the events of a stream, each with the name that stands before it."""
    found: list[tuple[str, Any]] = []
    for event in body.rpartition(b"\n\n")[0].decode().split("\n\n"):
        name, data = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def client(body: bytes, status: int = 200, **headers: str) -> anthropic.Anthropic:
    """Return a client of Anthropic's package that is answered with a body, byte by byte."""
    kind = "text/event-stream" if body.startswith(b"event") else "application/json"
    pieces: Iterator[bytes] = (body[at : at + 7] for at in range(0, len(body), 7))

    def answer(_: httpx2.Request) -> httpx2.Response:
        given = {"content-type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        return httpx2.Response(status, headers=given, content=pieces)

    return anthropic.Anthropic(
        api_key="sk-fake", http_client=httpx2.Client(transport=httpx2.MockTransport(answer))
    )


def streaming(body: bytes) -> Told:
    """Return what a client of Anthropic's package makes of a stream."""
    with (
        client(body) as judge,
        judge.messages.stream(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        ) as stream,
    ):
        return stream.get_final_message()


def accumulated(body: bytes) -> Told:
    """Return the same by its accumulator alone: making a client takes a while."""
    message, buffers = None, dict[int, bytes]()
    for name, event in told(body):
        if name != "ping":
            message = accumulate_event(
                event=EVENT.validate_python(event),
                current_snapshot=message,
                json_bufs=buffers,
                output_format=anthropic.NOT_GIVEN,
            )
    assert message is not None
    return message


def body_of(response: ChatResponse, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(replying(stream=False, **fields).whole(response)))
    return found


def replayed(content: list[Any]) -> Any:
    """Return the message of the assistant that a client sends back, with results of its calls."""
    called = [block["id"] for block in content if block["type"] == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": one, "content": "1"} for one in called]
    said = [HI, {"role": "assistant", "content": content}, {"role": "user", "content": results}]
    asking = {**ASKED, "messages": said}
    asked = asked_in("messages", json.dumps(asking).encode(), lambda _: None, SEAL)
    assert not asked.notes
    first, message, *after = asked.request.messages
    assert first == UserMessage("Hi")
    assert after == ([ToolMessage(one, "1") for one in called] or [UserMessage("")])
    return message


def sent_back(message: Told) -> list[Any]:
    return [block.to_dict() for block in message.content]


def kept(message: AssistantMessage) -> AssistantMessage:
    """Return a message as it comes back: a client keeps what arguments say, not how."""
    calls = tuple(
        ToolCall(
            c.id,
            c.name,
            c.arguments,
            raw=json.dumps(c.arguments, separators=(",", ":"), ensure_ascii=False),
        )
        for c in message.tool_calls
    )
    said = "".join(filter(None, [message.content, message.refusal]))  # type: ignore[list-item]  # texts alone are drawn
    field = "reasoning_content" if message.reasoning else None
    return AssistantMessage(
        said or None, reasoning=message.reasoning, reasoning_field=field, tool_calls=calls
    )


@given(answer=answers())
def test_a_stream_is_what_anthropic_s_package_reads(
    answer: tuple[list[Event], ChatResponse],
) -> None:
    events, response = answer
    body = streamed(events)
    index, is_open = -1, False
    for name, event in told(body):
        assert name == event["type"]
        if name == "content_block_start":
            assert not is_open
            index, is_open = index + 1, True
        if name.startswith("content_block"):
            assert is_open
            assert event["index"] == index
        if name == "content_block_stop":
            is_open = False
    assert not is_open
    message = accumulated(body)
    said = response.text + (response.refusal or "")
    assert "".join(b.text for b in message.content if b.type == "text") == said
    thinking = "".join(b.thinking for b in message.content if b.type == "thinking")
    assert thinking == (response.reasoning or "")
    calls = [(b.id, b.name, b.input) for b in message.content if b.type == "tool_use"]
    assert calls == [(c.id, c.name, c.arguments) for c in response.tool_calls]
    used = response.usage
    assert used is not None
    assert used.cached_input_tokens is not None
    assert used.cache_write_tokens is not None
    assert message.usage.output_tokens == used.output_tokens
    assert message.usage.cache_read_input_tokens == used.cached_input_tokens
    assert message.usage.cache_creation_input_tokens == used.cache_write_tokens
    uncached = used.input_tokens - used.cached_input_tokens - used.cache_write_tokens
    assert message.usage.input_tokens == max(uncached, 0)


@given(answer=answers())
def test_what_a_client_sends_back_is_what_was_said(
    answer: tuple[list[Event], ChatResponse],
) -> None:
    events, response = answer
    message = kept(response.message)
    if not (message.content or message.tool_calls):
        return  # it said nothing: there is nothing to send back
    assert replayed(sent_back(accumulated(streamed(events)))) == message
    body = body_of(response)
    Told.model_validate(body)
    assert replayed(body["content"]) == message


@given(answer=answers())
def test_a_body_is_what_the_stream_tells(answer: tuple[list[Event], ChatResponse]) -> None:
    events, response = answer
    body, message = body_of(response), accumulated(streamed(events)).to_dict()
    shared = ("id", "type", "role", "stop_reason", "stop_sequence")
    assert [body[name] for name in shared] == [message[name] for name in shared]
    spells = [kind for kind, _ in groupby(events, key=type) if kind in {TextDelta, ReasoningDelta}]
    if len(spells) == len(set(spells)) and spells != [TextDelta, ReasoningDelta]:
        content: Any = message["content"]
        # The package adds fields of its own to what it accumulates.
        assert [{k: b[k] for k in a} for a, b in zip(body["content"], content, strict=True)] == (
            body["content"]
        )


@given(answer=answers(), at=st.integers(0, 10**6))
def test_a_stream_that_is_cut_has_no_end(answer: tuple[list[Event], ChatResponse], at: int) -> None:
    body = streamed(answer[0])
    ended = body.rindex(b"event: message_delta")
    begun = body.index(b"\n\n") + 2
    message = accumulated(body[: begun + at % (ended - begun + 1)])
    assert message.stop_reason is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"finish_reason": "stop"}, "end_turn"),
        ({"finish_reason": "length"}, "max_tokens"),
        ({"finish_reason": "content_filter"}, "refusal"),
        ({"finish_reason": "other", "finish_reason_raw": "bored"}, None),
        ({"finish_reason": "stop", "message": AssistantMessage("A", refusal="No.")}, "end_turn"),
    ],
)
def test_an_end_has_anthropic_s_word(fields: dict[str, Any], reason: str | None) -> None:
    response = whole(**{"message": AssistantMessage("Hi"), **fields})
    body, message = body_of(response), accumulated(streamed(events_of(response)))
    assert body["stop_reason"] == message.stop_reason == reason
    assert (message.stop_details is not None) == (reason == "refusal")
    raw = fields.get("finish_reason_raw") or fields["finish_reason"]
    assert body["unillm"]["finish_reason"] == raw
    Told.model_validate(body)


def test_calls_end_with_tool_use() -> None:
    body = streamed(events_of(whole()))
    message = streaming(body)
    assert message.to_dict() == accumulated(body).to_dict()
    assert message.stop_reason == "tool_use"
    assert [block.type for block in message.content] == ["thinking", "text", *["tool_use"] * 2]


def test_calls_are_told_whole_and_only_at_the_end() -> None:
    call = made_call(0, {"city": "Bern"}, None)
    reply = replying()
    assert reply.feed(ToolCallReady(0, call)) == b""
    response = whole(message=AssistantMessage(None, tool_calls=(call,)))
    pieces = [event for name, event in told(reply.feed(Finished(response))) if "delta" in event]
    assert pieces[0]["delta"] == {"type": "input_json_delta", "partial_json": call.raw}


def test_a_repaired_call_is_told_as_it_was_repaired() -> None:
    edit = Edit("quotes", kind="syntax", before="'", after='"', start=1)
    call = ToolCall("c", "get_weather", {"city": "Bern"}, raw="{'city': 'Bern'", repairs=(edit,))
    response = whole(message=AssistantMessage(None, tool_calls=(call,)))
    (block,) = accumulated(streamed(events_of(response))).content
    assert block.type == "tool_use"
    assert block.input == {"city": "Bern"}
    assert body_of(response)["unillm"]["repairs"] == {"c": [edit.to_dict()]}


def test_a_long_name_is_the_client_s_again() -> None:
    long = "mcp__plugin_a-long-name_of-a-server__" + "x" * 60
    other = long[:-1] + "y"
    tools = [{"name": name, "input_schema": {"type": "object"}} for name in (long, other, "f")]
    choice = {"type": "tool", "name": other}
    asking = {**ASKED, "tools": tools, "tool_choice": choice}
    asked = asked_in("messages", json.dumps(asking).encode(), lambda _: None, SEAL)
    first, second, third = (tool.name for tool in asked.request.tools)
    assert len({first, second, third}) == 3
    assert max(map(len, (first, second))) == 64
    assert asked.request.settings["tool_choice"]["function"]["name"] == second
    calls = tuple(ToolCall(f"c{n}", n, {}, raw="{}") for n in (first, second, "f"))
    response = whole(message=AssistantMessage(None, tool_calls=calls))
    content = reply_to(asked, "1").whole(response)["content"]
    assert [block["name"] for block in content] == [long, other, "f"]
    assert [call.name for call in replayed(content).tool_calls] == [first, second, "f"]


CALLS = (ToolCall("c", "f", {}, raw="{}"),)


@pytest.mark.parametrize(
    "message",
    [
        AssistantMessage("A", native=NATIVE),
        AssistantMessage("A", reasoning="Hm.", native=NATIVE),
        AssistantMessage(native=NATIVE, tool_calls=CALLS),
        AssistantMessage("A", reasoning="Hm.", native=NATIVE, tool_calls=CALLS),
    ],
    ids=["nothing shown", "shown", "calls, nothing shown", "calls, shown"],
)
def test_the_provider_s_own_items_come_back(message: AssistantMessage) -> None:
    response = whole(message=message)
    content = sent_back(accumulated(streamed(events_of(response))))
    whole_content = body_of(response)["content"]
    assert replayed(whole_content) == message
    assert [block["type"] for block in whole_content].count("thinking") == 1
    if message.tool_calls:
        assert replayed(content) == message
    else:
        # The last block is what clients show as the answer.
        assert content[-1]["text"] == whole_content[-1]["text"] == "A"
        assert replayed(content).native is None


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_that_is_not_to_be_shown_comes_back_all_the_same(*, stream: bool) -> None:
    thinking = {"type": "adaptive", "display": "omitted"}
    response = whole(message=AssistantMessage("A", reasoning="Hm."), finish_reason="stop")
    body = streamed(events_of(response), thinking=thinking)
    content = (
        sent_back(accumulated(body))
        if stream
        else (body_of(response, thinking=thinking)["content"])
    )
    assert [block["type"] for block in content] == ["thinking", "text"]
    assert content[0]["thinking"] == ""
    assert b'"Hm."' not in body
    assert replayed(content).reasoning == "Hm."


@pytest.mark.parametrize("fields", [{}, {"thinking": {"type": "disabled"}}])
def test_who_did_not_ask_for_thinking_gets_the_answer_first(fields: dict[str, Any]) -> None:
    message = AssistantMessage("A", reasoning="Hm.", native=NATIVE)
    response, asking = whole(message=message), {"thinking": None, **fields}
    for content in (
        sent_back(accumulated(streamed(events_of(response), **asking))),
        body_of(response, **asking)["content"],
    ):
        assert [block["type"] for block in content] == ["text"]


def test_cost_stands_in_the_usage_only_where_it_is_exact() -> None:
    exact = body_of(whole())
    assert exact["usage"]["cost"] == 0.00042
    assert exact["unillm"]["cost"]["total"] == "0.00042"
    last = told(streamed(events_of(whole())))[-2][1]
    assert (last["usage"]["cost"], last["unillm"]["cost"]["total"]) == (0.00042, "0.00042")
    bounded = Cost(low=Decimal(1), high=Decimal(2), state="bounded", reason="it was cut")
    assert "cost" not in body_of(whole(cost=bounded))["usage"]


def test_usage_that_was_not_reported_is_nought() -> None:
    response = whole(usage=None, cost=Cost())
    usage = accumulated(streamed(events_of(response))).usage
    assert (usage.input_tokens, usage.output_tokens) == (0, 0)
    assert usage.cache_read_input_tokens is None
    assert body_of(response)["unillm"]["cost"]["state"] == "unknown"


def test_thinking_and_tier_are_in_the_usage() -> None:
    used = Usage(input_tokens=3, output_tokens=9, reasoning_tokens=7)
    message = Told.model_validate(body_of(whole(usage=used, service_tier="default")))
    assert message.usage.output_tokens_details is not None
    assert message.usage.output_tokens_details.thinking_tokens == 7
    assert message.usage.service_tier == "standard"
    assert Told.model_validate(body_of(whole(service_tier="flex"))).usage.service_tier is None


def test_what_has_no_place_stands_beside() -> None:
    image, cited = ImagePart("https://x/y.png"), {"type": "url_citation", "url": "https://x"}
    message = AssistantMessage((TextPart("Hi"), image))
    body = body_of(whole(message=message, annotations=(cited,)))
    assert [block["type"] for block in body["content"]] == ["text"]
    assert body["unillm"]["images"] == [image.url]
    assert body["unillm"]["annotations"] == [cited]


def test_a_ping_is_read_over() -> None:
    body = streamed(events_of(whole()))
    pinged = body.replace(b"event: content", PING + b"event: content")
    assert streaming(pinged) == streaming(body)


# ---------------------------------------------------------------- restarts


def through(attempts: Sequence[Sequence[TextDelta | ReasoningDelta]]) -> bool:
    """Tell whether each attempt after the first begins with what was told."""
    so_far = ""
    for at, attempt in enumerate(attempts):
        said = "".join(event.text for event in attempt if isinstance(event, TextDelta))
        last = at == len(attempts) - 1
        if not (said.startswith(so_far) or (so_far.startswith(said) and not last)):
            return False
        so_far = max(so_far, said, key=len)
    return True


@given(attempts=st.lists(ATTEMPT, min_size=1, max_size=4))
def test_an_answer_that_begins_anew_goes_on_or_fails(
    attempts: list[list[TextDelta | ReasoningDelta]],
) -> None:
    events = events_of_attempts(attempts)
    if not through(attempts):
        with pytest.raises(IncompleteStreamError, match="began anew"):
            streamed(events)
        return
    last = events[-1]
    assert isinstance(last, Finished)
    message = accumulated(streamed(events))
    text = "".join(block.text for block in message.content if block.type == "text")
    assert text == last.response.text
    back, final = replayed(sent_back(message)), last.response.message
    assert (back.content, back.reasoning) == (final.content, final.reasoning)
    assert back.tool_calls == kept(final).tool_calls


@pytest.mark.parametrize("native", [None, NATIVE])
def test_what_was_thought_in_vain_does_not_come_back(native: Native | None) -> None:
    message = AssistantMessage("Hello", reasoning="B", native=native)
    response = whole(message=message, finish_reason="stop")
    restarted = StreamRestarted(2, "it broke off")
    events = [ReasoningDelta("A"), restarted, ReasoningDelta("B"), TextDelta("Hello")]
    content = sent_back(accumulated(streamed([*events, Finished(response)])))
    assert [block["type"] for block in content] == ["thinking", "thinking", "text"]
    assert replayed(content).reasoning == "B"


def test_what_is_continued_goes_on() -> None:
    reply = replying()
    reply.begin(None)
    assert reply.feed(StreamContinued(2, "it broke off")) == b""
    assert reply.feed(StreamRestarted(2, "nothing had been said")) == b""
    assert reply.feed(TextDelta("")) == b""


def test_a_refusal_is_said() -> None:
    response = whole(message=AssistantMessage(None, refusal="No."), finish_reason="stop")
    events: list[Event] = [RefusalDelta("N"), RefusalDelta("o."), Finished(response)]
    assert sent_back(accumulated(streamed(events)))[0]["text"] == "No."


# ---------------------------------------------------------------- errors


def test_a_stream_that_fails_is_raised() -> None:
    reply = replying()
    begun = reply.begin(None) + reply.feed(TextDelta("So far"))
    failed = reply.fail(errors.IncompleteStreamError("it broke off"))
    (name, event) = told(failed)[0]
    assert name == "error"
    ErrorResponse.model_validate(event)
    with pytest.raises(anthropic.APIStatusError, match="it broke off") as raised:
        streaming(begun + failed)
    assert raised.value.error_code == "incomplete_stream"


BAD = "invalid_request_error"
KINDS: list[tuple[UnillmError, int, str, type[anthropic.APIStatusError]]] = [
    (errors.InvalidRequestError("x"), 400, BAD, anthropic.BadRequestError),
    (errors.NoTargetError("x"), 400, BAD, anthropic.BadRequestError),
    (errors.AuthenticationError("x"), 401, "authentication_error", anthropic.AuthenticationError),
    (errors.BudgetExceededError("x"), 402, "billing_error", anthropic.APIStatusError),
    (errors.InsufficientBalanceError("x"), 402, "billing_error", anthropic.APIStatusError),
    (errors.PermissionDeniedError("x"), 403, "permission_error", anthropic.PermissionDeniedError),
    (errors.ModelNotFoundError("x"), 404, "not_found_error", anthropic.NotFoundError),
    (errors.RateLimitError("x"), 429, "rate_limit_error", anthropic.RateLimitError),
    (errors.OverloadedError("x", status=503), 529, "overloaded_error", anthropic.APIStatusError),
    (errors.FirstTokenTimeoutError("x"), 504, "timeout_error", anthropic.APIStatusError),
    (errors.ConnectError("x"), 502, "api_error", anthropic.InternalServerError),
    (errors.BadRequestError("x", status=413), 413, "request_too_large", anthropic.APIStatusError),
    (errors.BadRequestError("x", status=422), 422, BAD, anthropic.APIStatusError),
    (errors.ContextLengthError("x", status=413), 400, BAD, anthropic.BadRequestError),
    (UnillmError("x"), 500, "api_error", anthropic.InternalServerError),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "kind", "raised"), KINDS)
def test_an_error_is_anthropic_s(
    error: UnillmError, status: int, kind: str, raised: type[anthropic.APIStatusError]
) -> None:
    reply = failed(error, "messages")
    assert (reply.status, reply.body["error"]["type"]) == (status, kind)
    assert reply.headers["x-should-retry"] == "false"
    assert reply.headers["x-unillm-error"] == type(error).__name__
    judge = client(json.dumps(reply.body).encode(), reply.status, **reply.headers)
    with judge, pytest.raises(raised) as found:
        judge.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
    assert found.value.status_code == status
    long = isinstance(error, errors.ContextLengthError)
    message = reply.body["error"]["message"]
    assert message.startswith("prompt is too long: ") == long


def test_a_delay_and_an_id_are_headers() -> None:
    error = errors.RateLimitError("slow", status=429, retry_after=1.2, request_id="req_1")
    reply = failed(error, "messages")
    assert reply.headers["retry-after"] == "2"
    assert reply.headers["request-id"] == reply.body["request_id"] == "req_1"
    told_as = ErrorResponse.model_validate(reply.body)
    assert told_as.request_id == "req_1"


def test_what_is_refused_before_anybody_is_asked_is_anthropic_s_too() -> None:
    reply = refused(401, "no_key", "Send the key.", "messages")
    assert reply.status == 401
    assert reply.body == {
        "type": "error",
        "error": {
            "type": "authentication_error",
            "message": "Send the key.",
            "details": {"error_code": "no_key"},
        },
    }
    assert refused(401, "no_key", "x").body["error"]["type"] == "authentication_error"
    assert refused(415, "json", "x").body["error"]["type"] == "invalid_request_error"
    assert refused(501, "later", "x").body["error"]["type"] == "server_error"
    nothing = not_served("POST", "/v1/messages/batches", "messages")
    assert (nothing.status, nothing.body["error"]["type"]) == (404, "not_found_error")
    assert "/messages/count_tokens" in nothing.body["error"]["message"]
