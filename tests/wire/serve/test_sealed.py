"""Thinking that a client of the Responses API keeps for us, and sends back unread."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.serve.test_judged import data_in, events_of
from tests.wire.serve.test_requests import read, responses
from tests.wire.serve.test_round_trip import made_call
from unillm import AssistantMessage, ChatResponse, Native, UserMessage
from unillm._wire.serve.asked import Asked
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.sealed import OPEN, Seal
from unillm._wire.serve.speaking import reply_to
from unillm.types.messages import Message

ITEMS = ({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": []},)
NATIVE = Native("openai", api="responses", items=ITEMS, origin="https://api.openai.com:443")
LETTER = st.characters(min_codepoint=33, max_codepoint=126)
CHAT: dict[str, Any] = {"reasoning": "Hm.", "reasoning_field": "reasoning_content"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def answered(message: AssistantMessage) -> ChatResponse:
    reason = "tool_calls" if message.tool_calls else "stop"
    return ChatResponse(message=message, finish_reason=reason, provider="openai", model="m")


def output_of(response: ChatResponse, *, stream: bool, **asking: Any) -> list[Any]:
    asked = responses(stream=stream, **asking)
    reply = reply_to(asked, "1")
    if not stream:
        return reply.whole(response)["output"]
    events = data_in([reply.begin(None), *map(reply.feed, events_of(response))])
    ends = [event for event in events if event["type"] == "response.output_item.done"]
    done = {event["output_index"]: event["item"] for event in ends}
    assert [done[at] for at in sorted(done)] == events[-1]["response"]["output"]
    return events[-1]["response"]["output"]


def replayed(output: list[Any]) -> Message:
    asked: Asked = read("responses", {"input": [{"role": "user", "content": "Hi"}, *output]})
    return asked.request.messages[1]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("asking", [{"include": ["reasoning.encrypted_content"]}, {"store": False}])
@pytest.mark.parametrize(
    "message",
    [
        AssistantMessage("Hi", reasoning="Hm.", reasoning_field="reasoning_content"),
        AssistantMessage("Hi", native=NATIVE),
        AssistantMessage(**CHAT, tool_calls=(made_call(1, {"city": "x"}, None),)),
        AssistantMessage(native=NATIVE, tool_calls=(made_call(1, {"city": "x"}, None),)),
        AssistantMessage("Hi", reasoning="Hm.", native=NATIVE),
    ],
    ids=["text", "nothing shown", "calls", "calls, nothing shown", "both"],
)
def test_it_comes_back_as_it_was(
    message: AssistantMessage, asking: dict[str, Any], *, stream: bool
) -> None:
    output = output_of(answered(message), stream=stream, **asking)
    assert replayed(output) == message


def test_it_is_sealed_only_for_who_asks() -> None:
    message = AssistantMessage("Hi", reasoning="Hm.", native=NATIVE)
    output = output_of(answered(message), stream=False)
    assert "encrypted_content" not in json.dumps(output)
    assert replayed(output) == AssistantMessage(
        "Hi", reasoning="Hm.", reasoning_field="reasoning_content"
    )


def test_what_thought_nothing_has_no_seal() -> None:
    assert OPEN.of_message(AssistantMessage("Hi")) is None
    items = ({"type": "message", "content": []},)
    plain = Native("openai", api="responses", items=items)
    assert OPEN.of_message(AssistantMessage("Hi", native=plain)) is None
    output = output_of(answered(AssistantMessage("Hi")), stream=False, store=False)
    assert [item["type"] for item in output] == ["message"]


@given(reasoning=TEXT, at=st.integers(0, 10**6), byte=LETTER)
def test_what_is_damaged_is_nobody_s(reasoning: str, at: int, byte: str) -> None:
    whole = OPEN.of_text(reasoning)
    place = at % len(whole)
    assert OPEN.opened(whole[:place]) is None
    changed = whole[:place] + byte + whole[place + 1 :]
    found = OPEN.opened(changed)
    assert found is None or found.reasoning == reasoning


@given(
    reasoning=TEXT,
    key=st.binary(min_size=1),
    other=st.none() | st.binary(min_size=1),
    at=st.integers(0),
)
def test_a_seal_reads_its_own_alone(
    reasoning: str, key: bytes, other: bytes | None, at: int
) -> None:
    made = Seal(key).of_text(reasoning)
    found = Seal(key).opened(made)
    assert found is not None
    assert found.reasoning == reasoning
    if other != key:
        assert Seal(other).opened(made) is None
        assert Seal(key).opened(Seal(other).of_text(reasoning)) is None
    place = at % len(made)
    changed = made[:place] + ("A" if made[place] != "A" else "B") + made[place + 1 :]
    again = Seal(key).opened(changed)  # the last letter may say bits that mean nothing
    assert again is None or again.reasoning == reasoning
    assert Seal(key).opened(made[:place]) is None


@pytest.mark.parametrize(
    "given", [None, 3, "", "gAAAAABo", "unillm1.", "unillm1.%%%", "unillm1.eJw="]
)
def test_what_is_not_ours_is_not_read(given: Any) -> None:
    assert OPEN.opened(given) is None


def test_a_bomb_is_not_unpacked() -> None:
    packed = zlib.compress(b" " * (65 * 1024 * 1024) + b"{}")
    assert OPEN.opened("unillm1." + base64.b64encode(packed).decode()) is None


def test_what_another_encrypted_is_left_out_and_noted() -> None:
    item = {"type": "reasoning", "summary": [], "encrypted_content": "gAAAAABo"}
    said = [{"role": "user", "content": "Hi"}, item, {"role": "assistant", "content": "Yes."}]
    asked = read("responses", {"input": said})
    assert asked.request.messages == (UserMessage("Hi"), AssistantMessage("Yes."))
    assert [note.code for note in asked.notes] == ["dropped_thinking"]


def test_thinking_without_an_answer_is_left_out_and_noted() -> None:
    item = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
    asked = read("responses", {"input": [item, {"role": "user", "content": "Hi"}]})
    assert asked.request.messages == (UserMessage("Hi"),)
    assert [note.code for note in asked.notes] == ["dropped_item"]


@pytest.mark.parametrize("made_by", ["gAAAAABo", OPEN.of_text("x"), Seal(b"other").of_text("x")])
@pytest.mark.parametrize("shown_in", ["summary", "content"])
def test_a_seal_with_a_key_leaves_out_what_is_shown_of_others_thinking(
    made_by: str, shown_in: str
) -> None:
    kind = "summary_text" if shown_in == "summary" else "reasoning_text"
    item: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": made_by}
    item[shown_in] = [{"type": kind, "text": "**Planning**"}]
    said = [{"role": "user", "content": "Hi"}, item, {"role": "assistant", "content": "Yes."}]
    body = json.dumps({"input": said}).encode()
    asked = asked_in("responses", body, lambda _: None, Seal(b"key"), lenient=True)
    assert asked.request.messages == (UserMessage("Hi"), AssistantMessage("Yes."))
    assert [note.code for note in asked.notes] == ["dropped_thinking"]
    item["encrypted_content"] = Seal(b"key").of_text("Hm.")
    body = json.dumps({"input": said}).encode()
    own = asked_in("responses", body, lambda _: None, Seal(b"key"), lenient=True)
    assert own.request.messages[1] == AssistantMessage(
        "Yes.", reasoning="Hm.", reasoning_field="reasoning_content"
    )


def test_what_is_left_out_many_times_is_noted_once() -> None:
    foreign = {"type": "reasoning", "summary": [], "encrypted_content": "gAAAAABo"}
    search, shell = {"type": "web_search_call"}, {"type": "local_shell_call"}
    turn = [{"role": "user", "content": "Hi"}, foreign, search, shell, search]
    turn += [{"role": "assistant", "content": "Yes."}]
    asked = read("responses", {"input": turn * 50})
    assert len(asked.request.messages) == 100
    assert [note.code for note in asked.notes] == ["dropped_thinking", *["dropped_item"] * 2]
    assert "web_search_call" in asked.notes[1].message
