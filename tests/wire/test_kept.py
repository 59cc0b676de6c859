"""Messages are written once and kept; what is sent is the same as if each were written anew."""

from __future__ import annotations

import gc
import json
import pickle
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import TARGET
from unillm import (
    AssistantMessage,
    ImagePart,
    RawPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UnillmError,
    UserMessage,
)
from unillm._wire import kept
from unillm._wire.chat_completions import body
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.written import written_texts
from unillm.catalog import find
from unillm.providers import names, profile_named
from unillm.types.facts import Api
from unillm.types.inputs import messages_from
from unillm.types.messages import TEXT, Message, Native, sent_as
from unillm.types.request import ChatRequest
from unillm.types.target import Target

HOME = "https://h.example:443"
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "content": []}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
CUSTOM = {"type": "custom_tool_call", "call_id": "c2", "name": "f", "input": "x"}

texts = st.sampled_from(["", "Hi", 'é "漢"\n', "NaN", "hm", "json"])
extras = st.sampled_from([{}, {}, {}, {"cache": {"at": 1.5}}, {"annotations": None}])
parts = st.one_of(
    texts.map(TextPart),
    st.just(ImagePart("https://x.example/a.png")),
    texts.map(lambda text: RawPart({"type": "text", "text": text, "cache_control": {}})),
)
contents = st.one_of(texts, st.lists(parts, min_size=1, max_size=2).map(tuple))
calls = st.builds(
    ToolCall,
    st.sampled_from(["c1", "c2", "c" * 80]),
    st.just("f"),
    st.sampled_from([{}, {"a": "é"}]),
    raw=st.sampled_from(["", '{"a": 1}']),
)
natives = st.one_of(
    st.none(),
    st.just(Native("test", api="responses", items=(THOUGHT, SAID, CUSTOM), origin=HOME)),
    st.just(Native("test", api="chat", items=({"type": "x", "text": "hm"},), origin=HOME)),
)
messages = st.one_of(
    st.builds(SystemMessage, contents, role=st.sampled_from(["system", "developer"]), extra=extras),
    st.builds(UserMessage, contents, name=st.sampled_from([None, "ann"]), extra=extras),
    st.builds(
        AssistantMessage,
        st.one_of(st.none(), contents),
        reasoning=st.sampled_from([None, "hm"]),
        reasoning_field=st.sampled_from([None, "reasoning"]),
        tool_calls=st.lists(calls, max_size=2).map(tuple),
        refusal=st.sampled_from([None, "No"]),
        native=natives,
        extra=extras,
    ),
    st.builds(ToolMessage, st.sampled_from(["c1", "c2"]), contents, extra=extras),
)


def target_of(profile: str, api: Api | None = "chat", model: str | None = None) -> Target:
    return Target(
        provider="test",
        model=model or "m",
        base_url="https://h.example/v1",
        profile=replace(profile_named(profile), apis=("chat", "responses")),
        info=None if model is None else find(model),
        api=api,
    )


TARGETS = [target_of(name) for name in names()] + [
    target_of("openai", "responses"),
    target_of("openai", "responses", "gpt-5.5"),
    target_of("generic", "responses"),
    target_of("deepseek", "chat", "deepseek-v4-pro"),
]
"""Every dialect, over both interfaces."""


def sent(given: Any, target: Target) -> bytes | str:
    """Return the body that is sent, or why none is."""
    try:
        return encode(plan(ChatRequest(messages=messages_from(given)), target)).body
    except UnillmError as error:
        return error.message


def fresh(messages: Sequence[Message]) -> list[Message]:
    """Return equal messages of which nothing is kept."""
    return deepcopy(list(messages))


@given(st.lists(messages, min_size=1, max_size=5), st.permutations(range(len(TARGETS))))
def test_what_is_kept_is_what_would_be_written(history: list[Message], order: list[int]):
    for at in [*order[:4], *order[:4]]:
        assert sent(history, TARGETS[at]) == sent(fresh(history), TARGETS[at])


def test_messages_that_were_given_are_written_once():
    history: list[Message] = [UserMessage("Hi"), AssistantMessage("Ho"), UserMessage("Hey")]
    first = sent(history, TARGET)
    kept_as = [sent_as(message) for message in history]
    assert all(kept_as)
    assert sent([*history, "more"], TARGET) != first
    assert [sent_as(message) for message in history] == kept_as


def test_nothing_is_kept_of_dicts():
    (message,) = messages_from([{"role": "user", "content": "Hi"}])
    encode(plan(ChatRequest(messages=(message,)), TARGET))
    assert sent_as(message) is TEXT


roles = st.sampled_from(["system", "developer", "user", "assistant"])


@given(
    st.lists(st.tuples(roles, texts), min_size=1, max_size=5), st.permutations(range(len(TARGETS)))
)
def test_texts_given_as_dicts_are_sent_as_messages_are(told: list[Any], order: list[int]):
    dicts = [{"role": role, "content": text} for role, text in told]
    made = messages_from(dicts)
    for at in order[:4]:
        meant = sent(fresh(made), TARGETS[at])
        assert sent(dicts, TARGETS[at]) == meant
        assert [sent(list(made), TARGETS[at]) for _ in range(2)] == [meant, meant]


@pytest.mark.parametrize("target", TARGETS[:1] + TARGETS[-4:-1], ids=range(4))
@pytest.mark.parametrize("role", ["system", "user", "assistant"])
def test_what_was_put_into_a_message_of_a_text_is_sent(role: str, target: Target):
    (message,) = messages_from([{"role": role, "content": "Hi"}])
    message.extra["held"] = 1
    request = ChatRequest(messages=(message, UserMessage("Ho")))
    assert b'"held":1' in encode(plan(request, target)).body


def test_a_text_that_cannot_be_written_is_told():
    broken = sent([{"role": "user", "content": "\ud800"}], TARGET)
    assert isinstance(broken, str)
    assert "cannot be written as JSON" in broken


def test_a_dict_that_was_changed_is_sent_as_it_is_now():
    history: list[Any] = [{"role": "user", "content": "one"}, {"role": "user", "content": [{}]}]
    history[1]["content"][0] |= {"type": "text", "text": "two"}
    before = sent(history, TARGET)
    history[0]["content"] = "uno"
    history[1]["content"][0]["text"] = "due"
    after = sent(history, TARGET)
    assert isinstance(before, bytes)
    assert after == before.replace(b"one", b"uno").replace(b"two", b"due")


@pytest.mark.parametrize("target", TARGETS[:1] + TARGETS[-4:-1], ids=range(4))
@pytest.mark.parametrize(
    "made",
    [
        lambda held: UserMessage("Hi", extra=held),
        lambda held: SystemMessage("Hi", extra=held),
        lambda held: AssistantMessage("Hi", extra=held),
        lambda held: ToolMessage("c1", "Hi", extra=held),
        lambda held: UserMessage((RawPart(held),)),
        lambda held: AssistantMessage("Hi", tool_calls=(ToolCall("c1", "f", held),)),
        lambda held: AssistantMessage(
            "Hi",
            native=Native("test", api="responses", items=(SAID | {"held": held},), origin=HOME),
        ),
    ],
    ids=["user", "system", "assistant", "tool", "part", "arguments", "native"],
)
def test_what_was_changed_inside_of_a_message_is_seen(made: Any, target: Target):
    held: dict[str, Any] = {}
    message = made(held)
    sent(message, target)
    sent(message, target)
    held["mark"] = 17
    now = sent(message, target)
    assert now == sent(fresh([message]), target)


def test_messages_are_the_same_values_whether_they_were_sent_or_not():
    message, other = UserMessage("Hi"), UserMessage("Hi")
    plain = (repr(message), pickle.dumps(message), message.to_json())
    sent(message, TARGET)
    assert message == other
    assert plain == (repr(message), pickle.dumps(message), message.to_json())
    again = pickle.loads(pickle.dumps(message))
    assert sent(again, TARGET) == sent(other, TARGET)


def test_bytes_go_with_their_messages():
    message = UserMessage("Hi")
    sent(message, TARGET)
    shelf = ref(shelf_of(message))
    assert shelf()
    del message
    gc.collect()
    assert shelf() is None


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(kept, "_SHELVES", 2)
    history: list[Message] = [UserMessage(f"{at}" + "x" * 40_000) for at in range(5)]
    first = sent(history, TARGET)
    assert [len(shelf_of(message)) for message in history] == [0, 0, 0, 1, 1]
    assert sent(history, TARGET) == first


def shelf_of(message: Message) -> Any:
    """Return what the bytes of a message are on."""
    known = sent_as(message)
    assert known
    return known[1]


def test_a_message_that_is_longer_than_a_shelf_is_not_kept():
    message = UserMessage("x" * 100_000)
    sent(message, TARGET)
    assert sent_as(message) == ()


def test_a_turn_writes_what_is_new_alone(monkeypatch):
    written: list[Any] = []

    def counted(wire: dict[str, Any]) -> bytes:
        written.append(wire)
        return written_texts(wire)

    monkeypatch.setattr(body, "written_texts", counted)
    history: list[Any] = [UserMessage(f"message {at}") for at in range(200)]
    sent(history, TARGET)
    assert len(written) == 200
    for at in range(3):
        history.append(UserMessage(f"more {at}"))
        sent(history, TARGET)
    assert len(written) == 203


@pytest.mark.parametrize(("target", "field"), [(TARGETS[0], "messages"), (TARGETS[-2], "input")])
def test_a_conversation_of_the_callers_own_takes_the_place_of_this_one(target: Target, field: str):
    own = [{"role": "user", "content": "own"}]
    request = ChatRequest(messages=(UserMessage("Hi"),), extra_body={field: own, "x": 1})
    wire = json.loads(encode(plan(request, target)).body)
    assert list(wire)[:2] == ["model", field]
    assert (wire[field], wire["x"]) == (own, 1)


def test_an_answer_that_says_nothing_leaves_no_gap_in_the_input():
    request = ChatRequest(messages=(AssistantMessage(""), AssistantMessage(None)))
    wire = json.loads(encode(plan(request, TARGETS[-2])).body)
    assert wire["input"] == []
