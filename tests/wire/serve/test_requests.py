"""Requests of others are read as what they ask, or refused: nothing is left out unsaid."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import TARGET, WEATHER
from tests.wire.responses.sending import planned
from unillm import (
    AssistantMessage,
    ImagePart,
    InvalidRequestError,
    Message,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.serve.asked import Asked
from unillm._wire.serve.reading import asked_in, face_at
from unillm.types.facts import Api
from unillm.types.request import ChatRequest

HI = {"role": "user", "content": "Hi"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


def chat(**fields: Any) -> Asked:
    return read("chat", {"model": "m", "messages": [HI], **fields})


def responses(**fields: Any) -> Asked:
    return read("responses", {"model": "m", "input": "Hi", **fields})


def read(api: Api, body: Any, earlier: dict[str, tuple[Message, ...]] | None = None) -> Asked:
    return asked_in(api, json.dumps(body).encode(), (earlier or {}).get)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Draw a conversation as an agent has one: turns of a user, and calls with their results."""
    said: list[Message] = [SystemMessage(draw(TEXT))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(1, 3))):
        said.append(
            UserMessage(
                draw(TEXT | st.just((TextPart("a"), ImagePart("https://x/y", detail="low"))))
            )
        )
        calls = tuple(
            ToolCall(f"c{turn}{n}", "get_weather", {"city": city}, raw=json.dumps({"city": city}))
            for n, city in enumerate(draw(st.lists(TEXT, max_size=2)))
        )
        content = draw(TEXT) if not calls else draw(st.none() | TEXT)
        said.append(AssistantMessage(content, tool_calls=calls))
        said += [ToolMessage(call.id, draw(TEXT)) for call in calls]
    return [*said, UserMessage(draw(TEXT))]


SETTINGS: dict[str, Any] = {
    "temperature": 0.5,
    "max_tokens": 99,
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "top_p": 0.9,
    "metadata": {"a": "b"},
    "user": "u",
}


@given(said=conversations(), names=st.sets(st.sampled_from(sorted(SETTINGS))))
def test_what_we_send_over_chat_completions_is_read_as_it_was(
    said: list[Message], names: set[str]
) -> None:
    settings = {name: SETTINGS[name] for name in names}
    request = ChatRequest(messages=tuple(said), tools=(WEATHER,), settings=settings)
    asked = asked_in("chat", encode(plan(request, TARGET)).body, lambda _: None)
    assert asked.request == request
    assert asked.model == TARGET.model


@given(said=conversations(), names=st.sets(st.sampled_from(sorted(SETTINGS))))
def test_what_we_send_over_responses_is_read_as_it_was(
    said: list[Message], names: set[str]
) -> None:
    settings = {name: SETTINGS[name] for name in names}
    sent = planned(*said, tools=(WEATHER,), settings=settings)
    asked = asked_in("responses", encode(sent).body, lambda _: None)
    assert asked.request.messages == tuple(said)
    assert [tool.name for tool in asked.request.tools] == ["get_weather"]
    sent_settings = {**sent.request.settings, "store": False}
    assert asked.request.settings == sent_settings
    assert not asked.request.extra_body


def test_a_request_is_the_arguments_of_a_call() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    asked = chat(
        tools=[tool, {"type": "web_search"}],
        max_completion_tokens=7,
        top_k=3,
        temperature=None,
        unillm={"tags": {"team": "blue"}, "session": "s", "timeout": 3},
    )
    call = asked.call
    assert [getattr(one, "name", one) for one in call.pop("tools")] == ["f", {"type": "web_search"}]
    assert call == {
        "messages": (UserMessage("Hi"),),
        "model": "m",
        "max_tokens": 7,
        "tags": {"team": "blue"},
        "session": "s",
        "timeout": 3,
        "extra_body": {"top_k": 3},
    }


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"n": 2}, "n=2"),
        ({"audio": {"voice": "alloy"}}, "audio"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"functions": [{"name": "f"}]}, "send tools"),
        ({"function_call": "auto"}, "tool_choice"),
        ({"tools": [{"type": "custom", "custom": {"name": "c"}}]}, "Responses API"),
    ],
)
def test_what_cannot_be_honoured_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=says):
        chat(**fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"truncation": "auto"}, "truncation"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "send the item itself"),
    ],
)
def test_what_rests_on_a_server_s_memory_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=says):
        responses(**fields)


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("chat", []),
        ("chat", {"model": "m"}),
        ("chat", {"model": "", "messages": [HI]}),
        ("chat", {"model": 3, "messages": [HI]}),
        ("chat", {"messages": "Hi"}),
        ("chat", {"messages": []}),
        ("chat", {"messages": [HI], "stream": "yes"}),
        ("chat", {"messages": [HI], "stream": 1}),
        ("chat", {"messages": [HI], "stream_options": 1}),
        ("chat", {"messages": [HI], "tools": {}}),
        ("chat", {"messages": [HI], "tools": [1]}),
        ("chat", {"messages": [HI], "tools": [{"type": "function"}]}),
        ("chat", {"messages": [HI], "tools": [{"type": "function", "function": {"name": 1}}]}),
        ("chat", {"messages": [HI], "unillm": 1}),
        ("chat", {"messages": [HI], "unillm": {"api_key": "x"}}),
        ("chat", {"messages": [HI], "max_tokens": 1, "max_completion_tokens": 2}),
        ("responses", {"input": 3}),
        ("responses", {"input": [3]}),
        ("responses", {"input": [{"role": "tool", "content": "x"}]}),
        ("responses", {"input": [{"role": "user", "content": 3}]}),
        ("responses", {"input": [{"type": "function_call", "name": "f"}]}),
        ("responses", {"input": [{"type": "function_call_output", "output": "x"}]}),
        ("responses", {"input": "Hi", "instructions": ["x"]}),
        ("responses", {"input": "Hi", "text": "x"}),
        ("responses", {"input": "Hi", "include": "x"}),
        ("responses", {"input": "Hi", "previous_response_id": "resp_gone"}),
        ("responses", {"input": "Hi", "previous_response_id": 3}),
    ],
)
def test_what_is_not_the_protocol_is_refused(api: Api, body: Any) -> None:
    with pytest.raises(InvalidRequestError):
        read(api, body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[1", b'{"a": NaN}', b"null", b"7"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        asked_in("chat", body, lambda _: None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "user", "message", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "model messages input role content type text tool_calls call_id name output".split()  # noqa: SIM905
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "model", "messages", "input", "stream", "stream_options", "tools", "n", "text", "reasoning",
        "include", "instructions", "unillm", "max_tokens", "previous_response_id", "modalities",
    ]
)  # fmt: skip


@pytest.mark.parametrize("api", ["chat", "responses"])
@given(body=st.dictionaries(FIELDS, JSON, max_size=6))
def test_anything_is_read_or_refused(api: Api, body: dict[str, Any]) -> None:
    try:
        asked = read(api, body)
    except InvalidRequestError:
        return
    assert asked.call["messages"] == asked.request.messages


def test_an_answer_is_gone_on_from() -> None:
    before = (UserMessage("One"), AssistantMessage("Two"))
    asked = read(
        "responses",
        {"previous_response_id": "resp_1", "input": "Three", "instructions": "Be brief."},
        {"resp_1": before},
    )
    assert asked.request.messages == (SystemMessage("Be brief."), *before, UserMessage("Three"))
    assert asked.conversation == (*before, UserMessage("Three"))


def test_items_of_one_turn_are_one_message() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Look."}]},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Wait."}],
        },
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": "2"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"role": "assistant", "content": "Sunny."},
        {"role": "assistant", "content": "Anything else?"},
    ]
    asked = responses(input=items)
    calls = tuple(ToolCall(name, "f", {}, raw="{}") for name in ("c1", "c2"))
    said = asked.request.messages
    assert said[0] == UserMessage((TextPart("Weather?"),))
    assert said[1] == AssistantMessage(
        "Wait.", reasoning="Look.", reasoning_field="reasoning_content", tool_calls=calls
    )
    assert said[2:] == (
        ToolMessage("c1", "1"),
        ToolMessage("c2", "2"),
        AssistantMessage("Sunny."),
        AssistantMessage("Anything else?"),
    )
    assert [note.code for note in asked.notes] == ["dropped_item"]


def test_nested_settings_have_their_names() -> None:
    schema = {"type": "object", "properties": {}}
    asked = responses(
        text={"format": {"type": "json_schema", "name": "n", "schema": schema}, "verbosity": "low"},
        reasoning={"effort": "high", "summary": "auto"},
        max_output_tokens=5,
        include=["reasoning.encrypted_content", "message.output_text.logprobs"],
        truncation="disabled",
    )
    assert asked.request.settings == {
        "max_tokens": 5,
        "verbosity": "low",
        "reasoning_effort": "high",
        "reasoning_summary": "auto",
        "logprobs": True,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": schema},
        },
    }
    assert not asked.request.extra_body


@pytest.mark.parametrize(
    ("method", "path", "api"),
    [
        ("POST", "/v1/chat/completions", "chat"),
        ("POST", "/v1/chat/completions/", "chat"),
        ("POST", "/responses", "responses"),
        ("GET", "/v1/responses", None),
        ("POST", "/v1/embeddings", None),
        ("GET", "/v1/responses/resp_1", None),
        ("POST", "/", None),
    ],
)
def test_a_path_has_its_interface(method: str, path: str, api: Api | None) -> None:
    assert face_at(method, path) == api


def test_without_input_nothing_is_said() -> None:
    before = (UserMessage("One"), AssistantMessage("Two"))
    asked = read(
        "responses", {"previous_response_id": "r", "instructions": "Go on."}, {"r": before}
    )
    assert asked.request.messages == (SystemMessage("Go on."), *before)
    assert read("responses", {}).request.messages == ()


def test_parts_of_the_assistant_keep_their_order() -> None:
    kinds = ("output_text", "input_text", "output_text")
    parts = [{"type": kind, "text": text} for kind, text in zip(kinds, "ABC", strict=True)]
    asked = responses(input=[HI, {"role": "assistant", "content": parts}])
    assert asked.request.messages[1] == AssistantMessage("ABC")


def test_calls_of_custom_tools_go_out_as_they_came() -> None:
    said = [
        {"role": "user", "content": "Hi"},
        {"type": "custom_tool_call", "call_id": "c", "name": "run", "input": "SELECT 1"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "1"},
    ]
    asked = responses(input=said, tools=[{"type": "custom", "name": "run"}])
    sent = planned(*asked.request.messages, hosted_tools=asked.request.hosted_tools)
    assert json.loads(encode(sent).body)["input"] == said


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"tags": 5}, "tags"),
        ({"tags": [["a", "b"]]}, "tags"),
        ({"session": 5}, "session"),
        ({"rewrite": 5}, "rewrite"),
        ({"rewrite": "tool_choice"}, "rewrite"),
        ({"rewrite": [{}]}, "rewrite"),
    ],
)
@pytest.mark.parametrize("lenient", [True, False])
def test_an_option_of_the_wrong_type_is_refused_by_its_name(
    options: dict[str, Any], named: str, lenient: bool
) -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}], "unillm": options}
    with pytest.raises(InvalidRequestError, match=rf"unillm\.{named} must be"):
        asked_in("chat", json.dumps(body).encode(), lambda _: None, lenient=lenient)
