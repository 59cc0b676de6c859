"""What agents write is put right where that changes nothing in its meaning, and is noted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from tests.wire.drive import TARGET
from tests.wire.serve.test_judged import data_in
from unillm import (
    AssistantMessage,
    ChatResponse,
    Finished,
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
from unillm._wire.serve.mended import INVALID, NO_RESULT, mended
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.speaking import reply_to
from unillm.types.facts import Api

HI = {"role": "user", "content": "Hi"}


def read(api: Api, body: Any) -> Asked:
    return asked_in(api, json.dumps(body).encode(), lambda _: None, lenient=True)


def chat(*messages: Any, **fields: Any) -> Asked:
    return read("chat", {"model": "m", "messages": [HI, *messages], **fields})


def said_in(*messages: Any) -> tuple[Message, ...]:
    return chat(*messages).request.messages[1:]


def codes(asked: Asked) -> list[str]:
    return [note.code for note in asked.notes]


def call(call_id: Any = "c", arguments: Any = '{"a": 1}', **more: Any) -> dict[str, Any]:
    return {"id": call_id, "function": {"name": "f", "arguments": arguments}, **more}


def called(*calls: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "tool_calls": [*calls], **more}


def result(call_id: Any = "c", content: Any = "1", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def made(call_id: str = "c", **more: Any) -> ToolCall:
    return ToolCall(call_id, "f", {"a": 1}, raw='{"a": 1}', **more)


# Messages.


@pytest.mark.parametrize("content", [None, "", []])
@pytest.mark.parametrize("more", [{"index": 0}, {"type": "function"}, {}])
def test_calls_are_taken_as_agents_write_them(content: Any, more: Any) -> None:
    assert said_in(called(call(**more), content=content), result()) == (
        AssistantMessage(None, tool_calls=(made(),)),
        ToolMessage("c", "1"),
    )


def test_what_a_message_has_for_its_maker_alone_is_left_out() -> None:
    asked = chat(
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "So", "cache_control": {"type": "ephemeral"}}],
            "provider_specific_fields": {"refusal": None},
            "refusal": None,
            "annotations": [],
            "audio": None,
            "function_call": None,
            "reasoning_content": "",
            "tool_calls": None,
        },
        {"role": "user", "content": "Go on", "name": ""},
    )
    assert asked.request.messages[1:] == (
        AssistantMessage("So"),
        UserMessage("Go on"),
    )
    assert codes(asked) == ["dropped_field"]
    assert "provider_specific_fields" in asked.notes[0].message
    assert "cache_control" in asked.notes[0].message
    assert "annotations" not in asked.notes[0].message


@pytest.mark.parametrize("empty", [{}, {"content": ""}, {"content": [], "reasoning_content": "Hm"}])
def test_what_says_nothing_is_left_out(empty: dict[str, Any]) -> None:
    asked = chat({"role": "assistant", **empty}, {"role": "user", "content": "Well?"})
    assert asked.request.messages == (UserMessage("Hi"), UserMessage("Well?"))
    assert codes(asked) == ["empty_message_left_out"]


def test_an_answer_that_is_to_be_gone_on_with_may_be_empty() -> None:
    (said,) = said_in({"role": "assistant", "content": "", "prefix": True})
    assert said == AssistantMessage("", extra={"prefix": True})


@pytest.mark.parametrize(
    ("fields", "reasoning"),
    [
        ({"reasoning": "Hm"}, "Hm"),
        ({"reasoning": {"x": 1}}, None),
        ({"reasoning_content": "", "reasoning": "Hm"}, "Hm"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}, "Hm"),
        ({"reasoning_content": "Oh", "reasoning_details": [{"text": "Hm"}]}, "Oh"),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}, 3]}, None),
    ],
)
def test_thinking_comes_in_many_fields(fields: dict[str, Any], reasoning: str | None) -> None:
    (said,) = said_in({"role": "assistant", "content": "So", **fields})
    assert isinstance(said, AssistantMessage)
    assert (said.reasoning, said.extra) == (reasoning, {})


def test_roles_come_in_any_order() -> None:
    said = said_in(
        {"role": "developer", "content": "Be brief."},
        HI,
        {"role": "system", "content": [{"type": "text", "text": "Now."}]},
    )
    assert said == (
        SystemMessage("Be brief.", role="developer"),
        UserMessage("Hi"),
        SystemMessage("Now."),
    )


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        ([{"type": "text", "text": " a\n"}, "b"], (TextPart(" a\n"), TextPart("b"))),
        ([{"type": "input_text", "text": "é"}], "é"),
        (
            [{"type": "image_url", "image_url": "https://x/y", "id": 3}],
            (ImagePart("https://x/y"),),
        ),
        ({"type": "text", "text": "a"}, "a"),
        (None, ""),
        ([], ""),
    ],
)
@pytest.mark.parametrize("role", ["user", "tool"])
def test_content_comes_in_many_forms(content: Any, meant: Any, role: str) -> None:
    message = {"role": role, "content": content, "tool_call_id": "c"}
    before = () if role == "user" else (called(call()),)
    assert said_in(*before, message)[-1].content == meant


def test_a_result_may_be_a_value() -> None:
    assert said_in(called(call()), result(content={"ü": [1]}))[-1].content == '{"ü": [1]}'
    assert said_in(called(call()), result(content=[{"a": 1}]))[-1].content == '[{"a": 1}]'


# Calls and their results.


@pytest.mark.parametrize("none", ["", None, 7, "  "])
def test_calls_without_an_id_are_given_one_and_results_follow_in_order(none: Any) -> None:
    asked = chat(called(call(none), call(none), call("c")), result("c", "3"), result(none, "1"),
                 result(none, "2"))  # fmt: skip
    said, *results = asked.request.messages[1:]
    assert isinstance(said, AssistantMessage)
    first, second, third = (one.id for one in said.tool_calls)
    assert third == "c"
    assert len({first, second, third, ""}) == 4
    assert results == [ToolMessage("c", "3"), ToolMessage(first, "1"), ToolMessage(second, "2")]
    assert codes(asked) == ["id_made"]


def test_ids_that_were_made_are_the_same_in_the_next_turn() -> None:
    turn = [called(call("")), result("")]
    first, second = said_in(*turn), said_in(*turn, HI, called(call("")), result(""))
    assert second[:2] == first


def test_an_id_is_made_that_nobody_has() -> None:
    (first, _, second, _) = said_in(
        called(call("")), result(""), called(call("call_1_0")), result("call_1_0")
    )
    assert isinstance(first, AssistantMessage)
    assert isinstance(second, AssistantMessage)
    assert first.tool_calls[0].id != second.tool_calls[0].id


def test_calls_with_one_id_are_told_apart() -> None:
    said, *results = said_in(called(call("c"), call("c")), result("c", "1"), result("c", "2"))
    assert isinstance(said, AssistantMessage)
    answered = [one.tool_call_id for one in results if isinstance(one, ToolMessage)]
    assert [one.id for one in said.tool_calls] == answered
    assert len({one.id for one in said.tool_calls}) == 2
    assert [one.content for one in results] == ["1", "2"]


def test_an_id_may_come_again_in_another_turn() -> None:
    turn = [called(call("call_0")), result("call_0")]
    asked = chat(*turn, *turn)
    assert asked.request.messages[1:3] == asked.request.messages[3:5]
    assert not asked.notes


def test_a_result_goes_to_its_call() -> None:
    asked = chat(
        called(call("a"), call("b")),
        {"role": "system", "content": "Careful."},
        result("b", "2"),
        {"role": "user", "content": "Quick!"},
        result("a", "1"),
    )
    assert [one.content for one in asked.request.messages] == [
        "Hi", None, "2", "1", "Careful.", "Quick!",
    ]  # fmt: skip
    assert codes(asked) == ["result_moved"]


def test_a_call_without_a_result_says_so() -> None:
    asked = chat(called(call("a"), call("b")), result("b"), HI)
    assert asked.request.messages[2:4] == (
        ToolMessage("b", "1"),
        ToolMessage("a", NO_RESULT, name="f"),
    )
    assert codes(asked) == ["result_missing"]


@pytest.mark.parametrize(
    "content", ["1", [{"type": "text", "text": "0"}, {"type": "text", "text": "1"}]]
)
def test_a_result_without_a_call_is_still_read(content: Any) -> None:
    asked = chat(result("gone", content, name="f"), called(call()), result(), result("c", "again"))
    told, _, answered, again = asked.request.messages[1:]
    assert isinstance(told, UserMessage)
    text = str(told.content)
    assert "tool f (gone)" in text
    assert told.content[-1] in {"1", TextPart("1")}
    assert answered == ToolMessage("c", "1")
    assert isinstance(again, UserMessage)
    assert "again" in str(again.content)
    assert codes(asked) == ["result_without_call"]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"a": 1}, {"a": 1}),
        ("", {}),
        (None, {}),
        (" ", {}),
        ("null", {}),
        ("{}", {}),
        ("{'a': 1}", {INVALID: "{'a': 1}"}),
        ('{"a": "b', {INVALID: '{"a": "b'}),
        ("[1]", {INVALID: "[1]"}),
        ('"x"', {INVALID: '"x"'}),
        ('{"a": NaN}', {INVALID: '{"a": NaN}'}),
    ],
)
def test_arguments_are_an_object_to_every_host(arguments: Any, meant: dict[str, Any]) -> None:
    asked = chat(called(call("c", arguments)), result())
    body = json.loads(encode(plan(asked.request, TARGET)).body)
    sent = body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == meant


def test_functions_of_old_are_calls() -> None:
    said = said_in(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
    )
    first, second = said
    assert isinstance(first, AssistantMessage)
    assert isinstance(second, ToolMessage)
    assert first.tool_calls[0].id == second.tool_call_id
    assert (second.content, second.name) == ("1", "f")


# Any conversation.

IDS = st.sampled_from(["", "a", "b", " "])
RAW = st.sampled_from(["", "[", '{"a":1}'])
CALLS = st.lists(st.builds(ToolCall, IDS, st.just("f"), st.just({}), raw=RAW), max_size=3)
SAID = st.one_of(
    st.builds(UserMessage, st.text("xy", max_size=2)),
    st.builds(AssistantMessage, st.none() | st.text("xy", max_size=2), tool_calls=CALLS.map(tuple)),
    st.builds(ToolMessage, st.sampled_from([" ", "a", "b"]), st.text("xy", max_size=2)),
)


def said_by(message: Message) -> bool:
    """Tell whether a message stands: one of the assistant that says nothing does not."""
    return not isinstance(message, AssistantMessage) or bool(message.content or message.tool_calls)


@given(messages=st.lists(SAID, max_size=8))
def test_any_conversation_is_mended_and_loses_nothing(messages: list[Message]) -> None:
    found, _ = mended(messages)
    if not any(said_by(message) for message in messages):
        assert found == tuple(messages)
        return
    left: list[str] = []
    for message in found:
        if isinstance(message, ToolMessage):
            assert message.tool_call_id in left
            left.remove(message.tool_call_id)
        else:
            assert not left
        if isinstance(message, AssistantMessage):
            left = [one.id for one in message.tool_calls]
            assert len(set(left)) == len(left)
            assert all(one.strip() for one in left)
            assert message.content or message.tool_calls
    assert not left
    assert mended(found) == (found, ())
    for kind in ("user", "assistant"):
        told = [m.content for m in messages if m.role == kind and m.content]
        kept = [m.content for m in found if m.role == kind and m.content]
        assert [one for one in kept if one in told] == told or kind == "user"
    whole = " ".join(str(m.content) for m in found)
    assert all(str(m.content) in whole for m in messages if m.content)
    assert sum(len(m.tool_calls) for m in found if isinstance(m, AssistantMessage)) == sum(
        len(m.tool_calls) for m in messages if isinstance(m, AssistantMessage)
    )


# Fields and settings.


def test_fields_that_are_nobody_s_business_go_no_further() -> None:
    asked = chat(
        client_metadata={"a": "b"}, metadata={"a": "b"},
        stream_options={"include_usage": True, "x": 1},
        top_k=3, prediction={"type": "content", "content": "x"}, context_management={"edits": []},
        n=1, user="u", store=False, logprobs=True, modalities=["text"], usage={"include": True},
        response_format={"type": "text"}, stop=[""], max_tokens=-1, prompt_cache_key="k",
    )  # fmt: skip
    assert asked.request.extra_body == {}
    assert asked.wants_usage
    assert asked.request.settings == {
        "user": "u", "store": False, "logprobs": True, "prompt_cache_key": "k",
    }  # fmt: skip
    (note,) = asked.notes
    assert note.code == "dropped_field"
    for name in ("top_k", "prediction", "context_management", "usage", "max_tokens"):
        assert name in note.message
    assert "client_metadata" not in note.message


@pytest.mark.parametrize(
    ("fields", "effort"),
    [
        ({"thinking": {"type": "disabled"}}, "none"),
        ({"thinking": {"type": "enabled"}}, None),
        ({"enable_thinking": False}, "none"),
        ({"chat_template_kwargs": {"enable_thinking": False}}, "none"),
        ({"reasoning": {"effort": "low"}}, "low"),
        ({"reasoning": {"enabled": False}}, "none"),
        ({"reasoning": {"effort": "low"}, "reasoning_effort": "high"}, "high"),
        ({"reasoning_effort": "ultra"}, None),
    ],
)
def test_thinking_is_turned_on_and_off_in_many_words(fields: Any, effort: str | None) -> None:
    asked = chat(**fields)
    assert asked.request.settings.get("reasoning_effort") == effort
    assert asked.request.extra_body == {}


@pytest.mark.parametrize(("older", "newer"), [(1, 2), (2, 1)])
def test_of_two_limits_the_smaller_holds(older: int, newer: int) -> None:
    asked = chat(max_tokens=older, max_completion_tokens=newer)
    assert asked.request.settings["max_tokens"] == 1
    assert codes(asked) == ["dropped_field"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("any", "required"),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
        ("auto", "auto"),
        ({"type": "function", "name": "f"}, {"type": "function", "name": "f"}),
    ],
)
def test_the_choice_of_a_tool_comes_in_many_words(given: Any, meant: Any) -> None:
    asked = chat(tools=[{"type": "function", "function": {"name": "f"}}], tool_choice=given)
    assert asked.request.settings["tool_choice"] == meant


@pytest.mark.parametrize("tools", [None, []])
def test_what_is_said_of_tools_needs_none(tools: Any) -> None:
    asked = chat(tools=tools, tool_choice="auto", parallel_tool_calls=True)
    body = json.loads(encode(plan(asked.request, TARGET)).body)
    assert body.keys().isdisjoint({"tools", "tool_choice", "parallel_tool_calls"})


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "f", "strict": False, "parameters": {}}},
        {"function": {"name": "f"}},
        {"type": "function", "name": "f", "parameters": None},
    ],
)
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_function_comes_in_many_forms(api: Api, tool: dict[str, Any]) -> None:
    asking = {"messages": [HI]} if api == "chat" else {"input": "Hi"}
    (read_tool,) = read(api, {**asking, "tools": [tool]}).request.tools
    assert read_tool.name == "f"
    assert read_tool.parameters == {"type": "object", "properties": {}}


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_tools_that_a_provider_runs_are_left_out(api: Api) -> None:
    asking: dict[str, Any] = {"messages": [HI]} if api == "chat" else {"input": "Hi"}
    asking["tools"] = [
        {"type": "web_search"},
        {"type": "local_shell"},
        {"type": "function", "name": "f"},
    ]
    asked = read(api, asking)
    assert (len(asked.request.tools), asked.request.hosted_tools) == (1, ())
    assert codes(asked) == ["dropped_tool"]
    assert "local_shell, web_search" in asked.notes[0].message
    with pytest.raises(UnsupportedFeatureError, match="web_search"):
        read(api, {**asking, "tool_choice": {"type": "web_search"}})


@pytest.mark.parametrize(
    "fields",
    [{"n": 2}, {"audio": {"voice": "x"}}, {"modalities": ["text", "audio"]}, {"functions": [{}]}],
)
def test_what_changes_the_meaning_is_still_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFeatureError):
        chat(**fields)


# The Responses API.

SPACE = {
    "type": "namespace",
    "name": "multi_agent_v1",
    "description": "Agents.",
    "tools": [
        {"type": "function", "name": "spawn", "description": "Start one.", "strict": False},
        {"type": "custom", "name": "tell"},
        {"type": "function", "name": "wait", "parameters": {"type": "object"}},
    ],
}


def grouped(**fields: Any) -> Asked:
    return read("responses", {"input": "Hi", "tools": [SPACE], "stream": True, **fields})


def test_tools_in_groups_are_flattened_and_their_calls_told_back() -> None:
    asked = grouped(tool_choice={"type": "function", "namespace": "multi_agent_v1", "name": "wait"})
    spawn, wait = asked.request.tools
    assert (spawn.name, wait.name) == ("multi_agent_v1__spawn", "multi_agent_v1__wait")
    assert spawn.description == "multi_agent_v1: Agents.\n\nStart one."
    assert wait.description is None
    assert asked.request.settings["tool_choice"] == {"type": "function", "name": wait.name}
    calls = (
        ToolCall("c1", spawn.name, {}, raw="{}"),
        ToolCall("c2", "multi_agent_v1__tell", {"input": "so"}, raw='{"input": "so"}'),
        ToolCall("c3", "other", {}, raw="{}"),
    )
    response = ChatResponse(
        message=AssistantMessage(None, tool_calls=calls),
        finish_reason="tool_calls",
        provider="box",
        model="m",
    )
    reply = reply_to(asked, "1")
    told = data_in([reply.begin(None), reply.feed(Finished(response))])
    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for event in told:
        adapter.validate_python(event)
    body = told[-1]["response"]
    Response.model_validate(body)
    items = body["output"]
    assert [(i["type"], i.get("namespace"), i["name"]) for i in items] == [
        ("function_call", "multi_agent_v1", "spawn"),
        ("custom_tool_call", "multi_agent_v1", "tell"),
        ("function_call", None, "other"),
    ]
    outputs = [
        {"type": kind + "_output", "call_id": f"c{n}", "output": "1"}
        for n, kind in enumerate(("function_call", "custom_tool_call", "function_call"), 1)
    ]
    back = grouped(input=[HI, *items, *outputs])
    said = back.request.messages[1]
    assert isinstance(said, AssistantMessage)
    assert [(one.id, one.name, one.arguments) for one in said.tool_calls] == [
        (one.id, one.name, one.arguments) for one in calls
    ]
    later = read("responses", {"input": [HI, *items, *outputs]}).request.messages[1]
    assert later == said


@given(
    spaces=st.lists(
        st.tuples(
            st.text("ab_.ü", min_size=1, max_size=40),
            st.lists(
                st.text("ab_.ü", min_size=1, max_size=40), min_size=1, max_size=4, unique=True
            ),
        ),
        max_size=4,
        unique_by=lambda one: one[0],
    ),
    plain=st.lists(st.text("ab_", min_size=1, max_size=20), max_size=3, unique=True),
)
def test_every_name_is_one_that_hosts_take_and_leads_back(
    spaces: list[tuple[str, list[str]]], plain: list[str]
) -> None:
    tools: list[Any] = [{"type": "function", "name": name} for name in plain]
    for space, names in spaces:
        inner = [{"type": "function", "name": name} for name in names]
        tools.append({"type": "namespace", "name": space, "description": "x", "tools": inner})
    asked = read("responses", {"input": "Hi", "tools": tools})
    names = [tool.name for tool in asked.request.tools]
    assert len(set(names)) == len(names)
    grouped_names = names[len(plain) :]
    assert all(len(one) <= 64 and one.isascii() and "." not in one for one in grouped_names)
    assert [asked.spaces[one] for one in grouped_names] == [
        (space, name) for space, inner_names in spaces for name in inner_names
    ]


def test_codex_is_served_without_what_nobody_else_knows() -> None:
    asked = grouped(
        client_metadata={"x": "y"},
        include=["reasoning.encrypted_content", "web_search_call.action.sources"],
        prompt_cache_key="k",
        reasoning={"summary": "auto", "context": "x"},
        store=False,
        text={"verbosity": "low", "other": 1},
        tool_choice="auto",
        truncation="auto",
    )
    assert asked.request.extra_body == {}
    assert asked.request.settings == {
        "prompt_cache_key": "k", "reasoning_summary": "auto", "store": False, "verbosity": "low",
        "tool_choice": "auto",
    }  # fmt: skip
    assert (asked.seals, asked.stores) == (True, False)
    assert codes(asked) == ["dropped_field"]
    for name in ("reasoning.context", "text.other", "truncation"):
        assert name in asked.notes[0].message


def test_nothing_is_kept_here() -> None:
    with pytest.raises(InvalidRequestError, match="previous_response_id"):
        read("responses", {"input": "Hi", "previous_response_id": "resp_1"})
    asked = read("responses", {"input": "Hi"})
    assert (asked.stores, asked.seals) == (False, True)
    assert grouped(store=True).stores is False


def test_items_without_an_id_are_matched_in_order() -> None:
    asked = read(
        "responses",
        {
            "input": [
                HI,
                {"type": "function_call", "name": "f", "arguments": "{}"},
                {"type": "function_call", "name": "f", "call_id": "", "arguments": "{'a': 1}"},
                {"type": "message", "role": "assistant", "content": None},
                {"type": "function_call_output", "output": {"content": "ü"}},
                {"type": "function_call_output", "call_id": None, "output": None},
            ]
        },
    )
    _, said, first, second = asked.request.messages
    assert isinstance(said, AssistantMessage)
    assert isinstance(first, ToolMessage)
    assert isinstance(second, ToolMessage)
    assert [one.id for one in said.tool_calls] == [first.tool_call_id, second.tool_call_id]
    assert said.tool_calls[1].arguments == {INVALID: "{'a': 1}"}
    assert (first.content, second.content) == ('{"content": "ü"}', "")


@pytest.mark.parametrize("kind", [[], {}, 7, None])
def test_a_kind_that_is_no_word_is_no_crash(kind: Any) -> None:
    asked = chat({"role": "user", "content": [{"type": kind, "text": "x"}]})
    assert len(asked.request.messages) == 2
    with pytest.raises(InvalidRequestError):
        chat({"role": kind, "content": "x"})


# Anthropic's Messages.


def test_a_conversation_over_messages_is_mended_too() -> None:
    body = {
        "model": "m",
        "max_tokens": 9,
        "messages": [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "a", "name": "f", "input": {}},
                    {"type": "tool_use", "id": "b", "name": "f", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "b", "content": "1"}],
            },
        ],
    }
    asked = asked_in("messages", json.dumps(body).encode(), lambda _: None, lenient=True)
    assert asked.request.messages[2:] == (
        ToolMessage("b", "1"),
        ToolMessage("a", NO_RESULT, name="f"),
    )
    assert "result_missing" in codes(asked)


def test_a_tool_that_is_offered_twice_is_one() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "x"}}
    other = {"type": "function", "function": {"name": "f", "description": "y"}}
    assert len(chat(tools=[tool, tool]).request.tools) == 1
    assert len(chat(tools=[tool, other]).request.tools) == 2


def test_results_without_ids_answer_in_order_what_is_left() -> None:
    names = [f"c{n}" for n in range(2_000)]
    named = [result(name, name) for name in names[::2]]
    said = said_in(called(*map(call, names)), *named, *(result(None, f"{n}") for n in range(1_000)))
    answered = {one.tool_call_id: one.content for one in said if isinstance(one, ToolMessage)}
    assert len(said) == 2_001
    assert answered == {
        name: name if at % 2 == 0 else f"{at // 2}" for at, name in enumerate(names)
    }


@pytest.mark.parametrize("arguments", [[1, "é"], 5, True, 0, False, []])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_arguments_that_are_neither_a_text_nor_an_object_are_not_lost(
    api: Api, arguments: Any
) -> None:
    if api == "chat":
        said = said_in(called(call(arguments=arguments)), result())
    else:
        item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": arguments}
        answered = {"type": "function_call_output", "call_id": "c", "output": "1"}
        said = read("responses", {"model": "m", "input": [item, answered]}).request.messages
    assert isinstance(said[0], AssistantMessage)
    (made_of,) = said[0].tool_calls
    assert made_of.arguments == {INVALID: json.dumps(arguments, ensure_ascii=False)}


def cut_in(text: bytes, api: Any = "chat", *, lenient: bool = True) -> Asked:
    body = b'{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "%s"}]}'
    return asked_in(api, body % text, lambda _: None, lenient=lenient)


@pytest.mark.parametrize("api", ["chat", "messages"])
@pytest.mark.parametrize(
    ("text", "read_as", "halves"),
    [
        (rb"a\ud83d", "a\ufffd", 1),
        (rb"\uDE00b", "\ufffdb", 1),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600", 1),
        (rb"\ud83d\n\ude00", "\ufffd\n\ufffd", 2),
        (rb"\\ud83d \ud83d", "\\ud83d \ufffd", 1),
        (rb"\\\ud83d", "\\\ufffd", 1),
    ],
)
def test_half_a_character_does_not_end_a_conversation(
    api: str, text: bytes, read_as: str, halves: int
) -> None:
    asked = cut_in(text, api)
    assert asked.request.messages[-1].content == read_as
    assert codes(asked) == ["half_character"]
    assert asked.notes[0].message.startswith(f"{halves} half")


@pytest.mark.parametrize("text", [rb"\\ud83d", rb"\ud83d\ude00", rb"\ufffd"])
def test_what_is_no_half_is_not_noted(text: bytes) -> None:
    asked = cut_in(text)
    assert asked.request.messages[-1].content == json.loads(b'"' + text + b'"')
    assert not asked.notes


def test_half_a_character_is_refused_where_nothing_is_mended_or_the_rest_is_no_json() -> None:
    with pytest.raises(InvalidRequestError, match="no JSON"):
        cut_in(rb"\ud83d", lenient=False)
    with pytest.raises(InvalidRequestError, match="no JSON"):
        cut_in(rb"\ud83d\x")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "thinking.budget_tokens"),
        ({"reasoning": {"max_tokens": 9}}, "reasoning.max_tokens"),
        ({"reasoning": {"effort": "low", "exclude": True}}, "reasoning.exclude"),
        ({"chat_template_kwargs": {"thinking": True, "x": 1}}, "chat_template_kwargs.x"),
        ({"thinking": "much"}, "thinking"),
        ({"thinking": {"type": "disabled"}, "reasoning_effort": "high"}, "thinking"),
    ],
)
def test_what_is_not_read_of_thinking_is_noted(fields: dict[str, Any], named: str) -> None:
    (note,) = chat(**fields).notes
    assert note.code == "dropped_field"
    assert note.message.startswith(f"{named} went")


@pytest.mark.parametrize(
    "fields",
    [
        {"thinking": {"type": "enabled"}},
        {"thinking": {"type": "disabled"}},
        {"enable_thinking": True},
        {"enable_thinking": False},
        {"reasoning": {"effort": "low"}, "reasoning_effort": "low"},
    ],
)
def test_what_is_read_of_thinking_is_not_noted(fields: dict[str, Any]) -> None:
    assert not chat(**fields).notes


def test_thinking_in_the_words_of_another_protocol_is_noted() -> None:
    asked = read("responses", {"model": "m", "input": "x", "enable_thinking": True})
    assert [note.message.partition(" ")[0] for note in asked.notes] == ["enable_thinking"]
