"""Calls found in the text: where they go, and what becomes of text that was held back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.drive import WEATHER
from unillm import (
    ChatResponse,
    Event,
    IncompleteStreamError,
    ServerError,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
)
from unillm._flow.calls import finisher_for
from unillm._wire.assemble import AnswerOf
from unillm._wire.chat_completions.reading import ChatReading
from unillm._wire.decoder import Decoder

LEAK = '[[{"city": "Paris"}]]'


class Brackets:
    """Takes what stands in double brackets for the arguments of a call of the weather."""

    left = 0

    def __init__(self) -> None:
        self.held = ""

    def feed(self, text: str) -> list[str | ToolCall]:
        self.held += text
        done: list[str | ToolCall] = []
        while "[" in self.held:
            before, _, rest = self.held.partition("[")
            inner, end, after = rest[1:].partition("]]")
            if not end:
                self.held = f"[{rest}"
                return [*done, before] if before else done
            done += [before, self.call(inner)]
            self.held = after
        done.append(self.held)
        self.held = ""
        return done

    def call(self, inner: str) -> ToolCall:
        return ToolCall("", "get_weather", json.loads(inner), raw=inner, origin="rescued")

    def close(self) -> list[str | ToolCall]:
        held, self.held = self.held, ""
        return [held] if held else []


def decoder() -> Decoder:
    of = AnswerOf(
        provider="box",
        model="m",
        request_id=None,
        tool_names=frozenset({"get_weather"}),
        seed="1",
        finish_call=finisher_for([WEATHER]),
        rescuer=Brackets,
    )
    return Decoder(of, {}, ChatReading)


def chunk(finish: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "r", "choices": [choice]}).encode() + b"\n\n"


def native(arguments: str, name: str = "get_weather") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": 0, "id": "c1", "function": function}]}


def read(*chunks: bytes) -> tuple[list[Event], ChatResponse]:
    decoding = decoder()
    events = [event for data in chunks for event in decoding.feed(data)]
    response = decoding.complete()
    return events + decoding.take_events(), response


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


def test_a_call_in_the_text_is_a_call():
    events, response = read(
        chunk(content="Let me see. "),
        chunk(content=LEAK[:5]),
        chunk(content=LEAK[5:]),
        chunk("stop", content=" So."),
    )
    [call] = response.tool_calls
    assert (call.name, call.arguments, call.origin) == ("get_weather", {"city": "Paris"}, "rescued")
    assert call.id.startswith("call_")
    assert response.text == "".join(texts(events)) == "Let me see.  So."
    assert (response.finish_reason, response.finish_reason_raw) == ("tool_calls", "stop")
    assert [note.code for note in response.notes] == ["rescued_calls"]
    assert events[2:] == [
        ToolCallStarted(0, call.id, "get_weather"),
        ToolCallDelta(0, call.raw),
        ToolCallReady(0, call),
    ]
    delta = events[3]
    assert isinstance(delta, ToolCallDelta)
    assert delta.partial == call.arguments


def test_an_answer_that_is_nothing_but_a_call_has_no_text():
    events, response = read(chunk(content=LEAK), chunk("stop"))
    assert response.message.content is None
    assert texts(events) == []


def test_a_body_takes_the_same_path():
    decoding = decoder()
    message = {"role": "assistant", "content": f"So: {LEAK}"}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    decoding.feed(json.dumps(body).encode())
    decoding.close()
    response = decoding.complete()
    assert [call.raw for call in response.tool_calls] == ['{"city": "Paris"}']
    assert response.text == "So: "


def test_a_message_after_its_pieces_is_known_by_all_that_was_received():
    whole = {"role": "assistant", "content": f"So: {LEAK}"}
    last = {"choices": [{"index": 0, "message": whole, "finish_reason": "stop"}]}
    events, response = read(
        chunk(content="So: "), chunk(content=LEAK), b"data: " + json.dumps(last).encode() + b"\n\n"
    )
    assert len(response.tool_calls) == 1
    assert texts(events) == ["So: "]


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_call_in_the_text_and_where_it_belongs_is_one_call(order):
    pieces = [chunk(content=LEAK), chunk(**native('{"city":"Paris"}'))][::order]
    _, response = read(*pieces, chunk("tool_calls"))
    [call] = response.tool_calls
    assert (call.id, call.origin, call.raw) == ("c1", "native", '{"city":"Paris"}')


@pytest.mark.parametrize("placeholder", ["", "{}"])
def test_a_call_whose_arguments_are_in_the_text_alone_gets_them(placeholder):
    events, response = read(chunk(content=LEAK), chunk(**native(placeholder)), chunk("tool_calls"))
    [call] = response.tool_calls
    assert (call.id, call.arguments, call.origin) == ("c1", {"city": "Paris"}, "rescued")
    assert events == [
        ToolCallStarted(0, "c1", "get_weather"),
        ToolCallDelta(0, call.raw),
        ToolCallReady(0, call),
    ]


def test_another_call_in_the_text_is_one_more():
    events, response = read(
        chunk(content=LEAK), chunk(**native('{"city": "Rome"}')), chunk("tool_calls")
    )
    assert [call.arguments["city"] for call in response.tool_calls] == ["Rome", "Paris"]
    assert [e.index for e in events if isinstance(e, ToolCallReady)] == [0, 1]
    assert len({call.id for call in response.tool_calls}) == 2


def test_what_was_held_back_is_given_out_when_the_answer_ends():
    events, response = read(chunk(content="So: [[not"), chunk("stop"))
    assert response.text == "".join(texts(events)) == "So: [[not"
    assert response.finish_reason == "stop"


def test_what_was_held_back_is_given_out_before_the_error():
    decoding = decoder()
    events = decoding.feed(chunk(content="So: [[not"))
    assert decoding.partial.text == "".join(texts(events)) == "So: "
    decoding.close()
    with pytest.raises(IncompleteStreamError) as caught:
        decoding.complete()
    events += decoding.give_up()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "".join(texts(events)) == "So: [[not"
    assert decoding.give_up() == []


def test_a_provider_that_gives_up_gives_out_what_was_held_back():
    decoding = decoder()
    events = decoding.feed(chunk(content="So: [[not") + chunk("error"))
    with pytest.raises(ServerError) as caught:
        decoding.complete()
    events += decoding.give_up()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "".join(texts(events)) == "So: [[not"


def test_a_call_in_the_text_of_an_answer_that_broke_off_is_never_offered():
    decoding = decoder()
    events = decoding.feed(chunk(content=f"So: {LEAK}"))
    decoding.close()
    with pytest.raises(IncompleteStreamError) as caught:
        decoding.complete()
    events += decoding.give_up()
    partial = caught.value.partial
    assert partial is not None
    assert partial.tool_calls == ()
    assert [call.raw for call in partial.invalid_tool_calls] == ['{"city": "Paris"}']
    assert not any(isinstance(event, ToolCallReady) for event in events)


def test_text_that_is_held_back_is_a_sign_of_life():
    decoding = decoder()
    assert decoding.feed(chunk(role="assistant", content="")) == []
    assert not decoding.has_begun
    known = decoding.progress
    assert decoding.feed(chunk(content="[[")) == []
    assert decoding.has_begun
    assert decoding.progress > known
