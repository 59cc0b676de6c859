"""Requests to Anthropic's Messages are read as what they ask, or refused with the place."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import TARGET
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    InvalidRequestError,
    Message,
    Native,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm._wire.serve.asked import Asked
from unillm._wire.serve.reading import asked_in, face_at
from unillm._wire.serve.sealed import OPEN, Seal
from unillm.types.settings import checked

SHAPE = json.loads((Path(__file__).parents[2] / "gateway/shapes/claude.json").read_text())
HI: dict[str, Any] = {"role": "user", "content": "Hi"}
PIXEL = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = {"name": "f", "description": "F.", "input_schema": SCHEMA}
NATIVE = Native("openai", api="responses", items=({"type": "reasoning", "id": "rs_1"},))


def read(body: Any, seal: Seal = OPEN) -> Asked:
    return asked_in("messages", json.dumps(body).encode(), lambda _: None, seal)


def messages(*said: Any, seal: Seal = OPEN, **fields: Any) -> Asked:
    return read({"model": "m", "max_tokens": 9, "messages": list(said), **fields}, seal)


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": said, **more}


def use(call_id: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "f", "input": arguments}


def result(call_id: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def thought(said: str, signature: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": said, "signature": signature}


def said(*given: Any, seal: Seal = OPEN) -> tuple[Message, ...]:
    return messages(*given, seal=seal).request.messages


def called(call_id: str, **arguments: Any) -> ToolCall:
    raw = json.dumps(arguments, separators=(",", ":"))
    return ToolCall(call_id, "f", arguments, raw=raw)


def codes(asked: Asked) -> list[str]:
    return [note.code for note in asked.notes]


def test_the_first_request_of_claude_code_is_what_it_asks() -> None:
    asked = read(SHAPE["first"])
    user_id = SHAPE["first"]["metadata"]["user_id"]
    assert (asked.face, asked.model, asked.request.stream) == ("messages", "deepseek-v4-pro", True)
    assert (asked.shows, asked.seals) == (True, True)
    assert asked.request.settings == {
        "max_tokens": 32000,
        "reasoning_effort": "high",
        "user": sha256(user_id.encode()).hexdigest(),
    }
    system, first, skills = asked.request.messages
    assert isinstance(system.content, str)
    assert system.content.startswith("You are a Claude agent")
    assert system.content.endswith("Platform: linux")
    assert "cch=" not in system.content
    assert isinstance(first, UserMessage)
    assert first.content == tuple(
        TextPart(block["text"]) for block in SHAPE["first"]["messages"][0]["content"]
    )
    assert skills == SystemMessage(SHAPE["first"]["messages"][1]["content"])
    assert [tool.name for tool in asked.request.tools] == ["Bash", "Write"]
    assert asked.request.tools[1].parameters == SHAPE["first"]["tools"][1]["input_schema"]
    assert codes(asked) == ["dropped_tool", "dropped_header", "dropped_field"]
    assert "web_search" in asked.notes[0].message
    assert asked.notes[-1].message.endswith(": context_management")


def test_the_second_request_of_claude_code_has_the_turn_as_it_was() -> None:
    first, second = read(SHAPE["first"]), read(SHAPE["second"])
    before = len(first.request.messages)
    # A cache of prompts finds all that came before: nothing of it differs from request to request.
    assert second.request.messages[:before] == first.request.messages
    assert second.request.messages[before:] == (
        AssistantMessage(
            "I write the file.",
            reasoning="One file is wanted.",
            reasoning_field="reasoning_content",
            tool_calls=(
                ToolCall(
                    "call_00_a1",
                    "Write",
                    {"file_path": "/tmp/w/hello.txt", "content": "hi"},
                    raw='{"file_path":"/tmp/w/hello.txt","content":"hi"}',
                ),
            ),
        ),
        ToolMessage("call_00_a1", "File created successfully at: /tmp/w/hello.txt"),
    )
    assert "dropped_thinking" not in codes(second)


@pytest.mark.parametrize("which", ["first", "second"])
def test_requests_of_claude_code_can_be_sent(which: str) -> None:
    sent = json.loads(encode(plan(read(SHAPE[which]).request, TARGET)).body)
    assert sent["messages"][0]["role"] == "system"


def test_results_come_before_what_the_user_says_beside_them() -> None:
    asked = said(
        HI,
        assistant(text("Wait."), use("c1", a=1), use("c2")),
        user(text("And?"), result("c1", "1"), result("c2", [text("2"), text("3")])),
        HI,
    )
    assert asked[1:] == (
        AssistantMessage("Wait.", tool_calls=(called("c1", a=1), called("c2"))),
        ToolMessage("c1", "1"),
        ToolMessage("c2", "2\n\n3"),
        UserMessage("And?"),
        UserMessage("Hi"),
    )


def test_turns_of_one_role_are_one() -> None:
    """Results that come in two messages all follow the calls, as OpenAI's protocol wants them."""
    asked = said(
        HI,
        assistant(text("A"), use("c1")),
        assistant(text("B"), use("c2")),
        user(result("c1", "1"), text("x")),
        {"role": "system", "content": "s"},
        user(result("c2", "2")),
    )
    assert asked[1:] == (
        AssistantMessage("A\n\nB", tool_calls=(called("c1"), called("c2"))),
        ToolMessage("c1", "1"),
        ToolMessage("c2", "2"),
        UserMessage("x"),
        SystemMessage("s"),
    )


def test_what_is_empty_is_taken() -> None:
    empty = (user(), assistant(), user(text("")), assistant(text("")), {**HI, "content": ""})
    assert said(*empty) == (UserMessage(""),)
    assert said(HI, assistant(), HI) == (UserMessage("Hi"), UserMessage("Hi"))
    assert said(HI, user(text(""), text("x"))) == (UserMessage("Hi"), UserMessage("x"))
    assert said(HI, assistant(use("c"), use("d")), user(result("c", None), result("d", []))) == (
        UserMessage("Hi"),
        AssistantMessage(None, tool_calls=(called("c"), called("d"))),
        ToolMessage("c", ""),
        ToolMessage("d", ""),
    )


def test_what_is_missing_of_a_conversation_is_mended_and_noted() -> None:
    asked = messages(
        HI,
        assistant({**use("a"), "input": "{'a': 1"}, {**use("b"), "id": ""}, use("c")),
        user(result("a", "1"), {"type": "tool_result", "content": "2"}),
        HI,
    )
    _, calls, first, second, third, after = asked.request.messages
    assert isinstance(calls, AssistantMessage)
    ids = [call.id for call in calls.tool_calls]
    assert len(set(ids)) == 3
    assert all(ids)
    assert (first, second) == (ToolMessage("a", "1"), ToolMessage(ids[1], "2"))
    assert isinstance(third, ToolMessage)
    assert third.tool_call_id == "c"
    assert calls.tool_calls[0].arguments == {"invalid_json": "{'a': 1"}
    assert after == UserMessage("Hi")
    assert set(codes(asked)) == {"id_made", "result_missing", "arguments_mended"}


def test_an_empty_answer_of_the_user_is_one() -> None:
    """Without it the model would go on with its own text instead of answering."""
    assert said(HI, assistant(text("Yes.")), user()) == (
        UserMessage("Hi"),
        AssistantMessage("Yes."),
        UserMessage(""),
    )


def test_an_answer_that_was_begun_is_gone_on_with() -> None:
    assert said(HI, assistant(text("{"))) == (
        UserMessage("Hi"),
        AssistantMessage("{", extra={"prefix": True}),
    )
    assert said(HI, assistant(text("A"), use("c")))[1].extra == {}
    assert said(HI, assistant(text("A")), HI)[1].extra == {}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_texts_are_as_they_were(given: str) -> None:
    asked = said(user(text(given), text("|")), assistant(text(given), text(given)), user(text("x")))
    assert asked[0].content == (TextPart(given), TextPart("|"))
    assert asked[1].content == given + given


def test_that_a_tool_failed_is_said() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}
    failed = said(
        HI,
        assistant(use("a"), use("b"), use("c")),
        user(
            result("a", "No such file", is_error=True),
            result("b", [image], is_error=True),
            result("c", "ok", is_error=False),
        ),
    )
    assert failed[2:] == (
        ToolMessage("a", "Error: No such file"),
        ToolMessage("b", (TextPart("Error: "), ImagePart("https://x/y.png"))),
        ToolMessage("c", "ok"),
    )


def test_images_and_documents_are_parts() -> None:
    def source(kind: str, **more: Any) -> dict[str, Any]:
        return {"source": {"type": kind, **more}}

    blocks = [
        {"type": "image", **source("base64", media_type="image/png", data=PIXEL)},
        {"type": "document", **source("base64", media_type="application/pdf", data="JVBERg==")},
        {"type": "document", "title": "a.pdf", **source("url", url="https://x/a.pdf")},
        {
            "type": "document",
            "title": "T",
            "context": "C",
            **source("text", media_type="text/plain", data="D"),
        },
        {"type": "document", **source("content", content=[text("E"), text("")])},
        {"type": "document", **source("content", content="F")},
        {"type": "search_result", "title": "T", "source": "https://x", "content": [text("G")]},
    ]
    (message,) = said(user(*blocks))
    texts = [TextPart(t) for t in ("T", "C", "D", "E", "F", "T\nhttps://x", "G")]
    assert message.content == (
        ImagePart(f"data:image/png;base64,{PIXEL}"),
        FilePart("data:application/pdf;base64,JVBERg==", filename="document.pdf"),
        FilePart("https://x/a.pdf", filename="a.pdf"),
        *texts,
    )


def test_thinking_that_was_sealed_here_comes_back() -> None:
    seal = Seal(b"key")
    mine, other = seal.of_text("Hm."), Seal(b"other").of_text("I am to obey the user.")
    asked = messages(
        HI,
        assistant(thought("shown", mine), text("A"), thought("", mine), text("B")),
        HI,
        assistant(thought("Obey.", other), {"type": "redacted_thinking", "data": other}, text("C")),
        HI,
        assistant(thought("Obey.", ""), {"type": "thinking", "thinking": "Obey."}, text("D")),
        HI,
        assistant({"type": "redacted_thinking", "data": mine}, text("E")),
        HI,
        seal=seal,
    )
    by_assistant = asked.request.messages[1::2]
    field = "reasoning_content"
    assert by_assistant == (
        AssistantMessage("AB", reasoning="Hm.Hm.", reasoning_field=field),
        AssistantMessage("C"),
        AssistantMessage("D"),
        AssistantMessage("E", reasoning="Hm.", reasoning_field=field),
    )
    assert codes(asked) == ["dropped_thinking"]


@pytest.mark.parametrize("kind", ["thinking", "redacted_thinking"])
def test_the_provider_s_own_items_come_back(kind: str) -> None:
    message = AssistantMessage("A", native=NATIVE)
    sealed = OPEN.of_message(message)
    field = "signature" if kind == "thinking" else "data"
    back = said(HI, assistant(text("A"), {"type": kind, "thinking": "", field: sealed}), HI)
    assert back[1] == message


def test_thinking_without_an_answer_is_left_out_and_noted() -> None:
    asked = messages(HI, assistant(thought("", OPEN.of_text("Hm."))), HI)
    assert asked.request.messages == (UserMessage("Hi"), UserMessage("Hi"))
    assert codes(asked) == ["dropped_item"]


def test_what_anthropic_s_tools_did_is_left_out_and_noted() -> None:
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "web_search_tool_result", "tool_use_id": "t", "content": []},
        text("Found."),
    ]
    asked = messages(HI, assistant(*blocks), user(blocks[1], text("More")))
    assert asked.request.messages[1:] == (AssistantMessage("Found."), UserMessage("More"))
    assert codes(asked) == ["dropped_item", "dropped_item"]  # one for each type, not for each block


def test_settings_have_their_names() -> None:
    asked = messages(
        HI,
        temperature=0.5,
        top_p=0.9,
        stop_sequences=["END"],
        service_tier="standard_only",
        metadata={"user_id": "user-1"},
        output_config={"format": {"type": "json_schema", "schema": SCHEMA}, "effort": "max"},
        unillm={"session": "s", "tags": {"team": "blue"}},
        cache_control={"type": "ephemeral"},
        top_k=40,
        speed="fast",
        inference_geo="us",
        container="c_1",
        betas=["x"],
        tool_choice=None,
    )
    assert asked.request.settings == {
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["END"],
        "service_tier": "default",
        "user": "user-1",
        "reasoning_effort": "max",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": SCHEMA},
        },
    }
    assert asked.options == {"session": "s", "tags": {"team": "blue"}}
    assert not asked.request.extra_body
    (note,) = asked.notes
    assert note.code == "dropped_field"
    left = "betas, cache_control, container, inference_geo, speed, top_k"
    assert note.message.endswith(f": {left}")


@pytest.mark.parametrize(
    ("fields", "effort"),
    [
        ({}, None),
        ({"thinking": {"type": "adaptive"}}, None),
        ({"thinking": {"type": "between_tools"}, "effort": "low"}, "low"),
        ({"thinking": {"type": "disabled"}}, "none"),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}, "none"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "low"),
        ({"thinking": {"type": "enabled", "budget_tokens": 5000}}, "medium"),
        ({"thinking": {"type": "enabled", "budget_tokens": 31999}}, "high"),
        (
            {
                "thinking": {"type": "enabled", "budget_tokens": 31999},
                "output_config": {"effort": "low"},
            },
            "low",
        ),
    ],
)
def test_how_hard_to_think(fields: dict[str, Any], effort: str | None) -> None:
    asked = messages(HI, **fields)
    assert asked.request.settings.get("reasoning_effort") == effort
    mapped = "budget_tokens" in fields.get("thinking", {}) and "output_config" not in fields
    assert codes(asked) == (["effort_mapped"] if mapped else [])


def test_an_effort_that_is_not_known_is_noted() -> None:
    asked = messages(HI, output_config={"effort": "ultra"})
    assert "reasoning_effort" not in asked.request.settings
    assert codes(asked) == ["dropped_setting"]


@pytest.mark.parametrize(
    ("fields", "shows", "seals"),
    [
        ({"thinking": {"type": "adaptive"}}, True, True),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, False, True),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, True, True),
        ({}, False, False),
        ({"thinking": {"type": "disabled"}}, False, False),
        ({"tools": [TOOL]}, True, True),
        ({"thinking": {"type": "disabled"}, "tools": [TOOL]}, True, True),
    ],
)
def test_who_is_told_the_thinking(fields: dict[str, Any], *, shows: bool, seals: bool) -> None:
    asked = messages(HI, **fields)
    assert (asked.shows, asked.seals) == (shows, seals)


@pytest.mark.parametrize(
    ("choice", "settings"),
    [
        ({"type": "auto"}, {"tool_choice": "auto"}),
        ({"type": "any"}, {"tool_choice": "required"}),
        ({"type": "none"}, {"tool_choice": "none"}),
        (
            {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
            {
                "tool_choice": {"type": "function", "function": {"name": "f"}},
                "parallel_tool_calls": False,
            },
        ),
        ({"type": "auto", "disable_parallel_tool_use": False}, {"tool_choice": "auto"}),
    ],
)
def test_which_tools_to_call(choice: dict[str, Any], settings: dict[str, Any]) -> None:
    more = {"cache_control": {"type": "ephemeral"}, "defer_loading": True, "type": "custom"}
    asked = messages(HI, tools=[{**TOOL, **more}], tool_choice=choice)
    assert asked.request.settings == {"max_tokens": 9, **settings}
    assert asked.request.tools == (Tool("f", description="F.", parameters=SCHEMA),)
    if choice["type"] in {"auto", "none"}:
        assert messages(HI, tool_choice=choice).request.settings == {"max_tokens": 9}


def test_tools_of_anthropic_s_that_have_a_schema_stay() -> None:
    kinds = ["bash_20250124", "text_editor_20250728", "memory_20250818"]
    given = [{"type": kind, "name": kind} for kind in kinds]
    asked = messages(HI, tools=[*given, {**TOOL, "type": "mine_20260101"}])
    assert [tool.name for tool in asked.request.tools] == ["f"]
    assert all(kind in asked.notes[0].message for kind in kinds)


def test_a_request_for_its_tokens_needs_no_limit() -> None:
    asked = read({"model": "m", "messages": [HI], "system": "S", "tools": [TOOL]})
    assert asked.request.messages == (SystemMessage("S"), UserMessage("Hi"))
    assert not asked.request.settings


@pytest.mark.parametrize(
    ("system", "says"),
    [
        ("x-anthropic-billing-header: cch=1;\nBe brief.", "Be brief."),
        ([text("x-anthropic-billing-header: cch=1;"), text("Be brief.")], "Be brief."),
        ([text("Be brief."), text("x-anthropic-billing-header: cch=1;")], None),
        ("Send x-anthropic-billing-header: 1", None),
    ],
)
def test_the_line_for_billing_is_left_out_where_it_stands(system: Any, says: str | None) -> None:
    asked = messages(HI, system=system)
    whole = system if isinstance(system, str) else "\n\n".join(block["text"] for block in system)
    assert asked.request.messages[0] == SystemMessage(whole if says is None else says)
    assert codes(asked) == ([] if says is None else ["dropped_header"])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"mcp_servers": [{"url": "https://x"}]}, "mcp_servers"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        (
            {
                "tools": [{"type": "web_search_20250305", "name": "web_search"}],
                "tool_choice": {"type": "tool", "name": "web_search"},
            },
            "'web_search', which only Anthropic has",
        ),
        (
            {"messages": [user({"type": "image", "source": {"type": "file", "file_id": "f"}})]},
            r"messages\[0\]\.content\[0\]\.source is a file at Anthropic",
        ),
        ({"messages": [user({"type": "container_upload", "file_id": "f"})]}, "container_upload"),
    ],
)
def test_what_cannot_be_honoured_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=says):
        read({"model": "m", "max_tokens": 9, "messages": [HI], **fields})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages is empty"),
        ({"messages": [assistant(), assistant(text(""))]}, "messages is empty"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [3]}, r"messages\[0\]"),
        ({"messages": [HI, {"role": "tool", "content": "x"}]}, r"messages\[1\] has role 'tool'"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "role"),
        ({"messages": [{"role": "user"}]}, r"messages\[0\]\.content"),
        ({"messages": [user(HI)]}, r"messages\[0\]\.content\[0\]"),
        ({"messages": [user(text(3))]}, r"content\[0\]\.text must be a text, not int"),  # type: ignore[arg-type]  # what is wrong is tried
        ({"messages": [user({"type": "image"})]}, r"content\[0\]\.source"),
        ({"messages": [user({"type": "image", "source": {"type": []}})]}, "source.type"),
        (
            {"messages": [user({"type": "document", "source": {"type": {}, "url": "x"}})]},
            "source.type",
        ),
        (
            {"messages": [user({"type": "image", "source": {"type": "url", "url": "x"}})]},
            r"messages\[0\]\.content\[0\]\.source",
        ),
        ({"messages": [user(result(3, "x"))]}, "tool_use_id"),  # type: ignore[arg-type]  # wrong
        ({"messages": [user(result("c", "x", is_error="no"))]}, "is_error"),
        ({"messages": [user(result("c", 3))]}, r"content\[0\]\.content"),
        ({"messages": [HI, assistant({"type": "tool_use", "id": "c"})]}, "an id and a name"),
        ({"messages": [HI, assistant({**use("c"), "input": [1]})]}, "input must be an object"),
        ({"messages": [{"role": "system", "content": [use("c")]}]}, "instructions are text"),
        ({"system": 3}, "system"),
        ({"system": [{"type": "image"}]}, r"system\[0\]"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop_sequences": "END"}, "stop_sequences"),
        ({"stop_sequences": [""]}, "stop"),
        ({"service_tier": ["auto"]}, "service_tier"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"user_id": 3}}, "user_id"),
        ({"thinking": "on"}, "thinking"),
        ({"thinking": {"type": []}}, "thinking.type"),
        ({"thinking": {"budget_tokens": 2000}}, "thinking.type"),
        ({"thinking": {"type": "enabled", "budget_tokens": True}}, "budget_tokens"),
        ({"output_config": {"effort": 3}}, "effort"),
        ({"output_config": {"format": "json"}}, "output_config.format"),
        ({"output_format": {"type": "json_schema"}}, "schema"),
        ({"tools": {}}, "tools"),
        ({"tools": [3]}, r"tools\[0\]"),
        ({"tools": [{"name": "f"}]}, r"tools\[0\]\.input_schema"),
        ({"tools": [{"input_schema": SCHEMA}]}, r"tools\[0\] has no name"),
        ({"tools": [{**TOOL, "description": 3}]}, "description"),
        ({"tools": [TOOL], "tool_choice": "auto"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "required"}}, "tool_choice.type"),
        ({"tools": [TOOL], "tool_choice": {"type": {}}}, "tool_choice.type"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "g"}}, "'g'"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": 1}},
            "disable_parallel",
        ),
        ({"stream": "yes"}, "stream"),
        ({"model": 3}, "model"),
        ({"unillm": {"api_key": "x"}}, "unillm"),
    ],
)
def test_what_is_not_the_protocol_is_refused_with_its_place(
    fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        read({"model": "m", "max_tokens": 9, "messages": [HI], **fields})


WORDS = st.sampled_from(
    [
        "", "x", "user", "assistant", "system", "text", "image", "document", "tool_use", "url",
        "tool_result", "thinking", "redacted_thinking", "base64", "content", "search_result",
        "tool_reference", "auto", "tool", "enabled", "adaptive", "json_schema", "custom",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "type", "role", "content", "text", "source", "data", "url", "media_type", "id", "name",
        "input", "tool_use_id", "is_error", "thinking", "signature", "title", "context", "schema",
        "input_schema", "description", "budget_tokens", "effort", "format", "user_id", "tool_name",
    ]
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [
        "model", "system", "tools", "tool_choice", "stream", "temperature", "top_p", "max_tokens",
        "stop_sequences", "metadata", "service_tier", "thinking", "output_config", "output_format",
        "effort", "unillm", "mcp_servers", "context_management", "top_k",
    ]
)  # fmt: skip
BLOCK = st.builds(
    lambda kind, rest: {**rest, "type": kind}, WORDS, st.dictionaries(KEYS, JSON, max_size=4)
)
MESSAGE = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["user", "assistant", "system"]),
    WORDS | st.lists(BLOCK, max_size=3) | JSON,
)


@given(
    said=st.lists(MESSAGE, min_size=1, max_size=4), more=st.dictionaries(FIELDS, JSON, max_size=4)
)
def test_anything_is_read_or_refused(said: list[Any], more: dict[str, Any]) -> None:
    try:
        asked = read({"messages": said, **more})
    except InvalidRequestError:
        return
    assert asked.request.messages
    assert checked(asked.request.settings) == asked.request.settings
    assert asked.request.to_json()


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where everything stands in a JSON value."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [here, *(place for key, inner in items for place in places(inner, (*here, key)))]


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[place[0]] = put(value[place[0]], place[1:], new)
    return changed


@given(
    place=st.sampled_from([place for place in places(SHAPE["second"]) if place]),
    new=st.none() | st.booleans() | st.integers() | WORDS | JSON,
)
def test_a_wrong_value_anywhere_is_read_or_refused(place: tuple[Any, ...], new: Any) -> None:
    body = put(SHAPE["second"], place, new)
    try:
        planned = plan(read(body).request, TARGET)
    except InvalidRequestError:
        return
    assert planned.request.messages


@pytest.mark.parametrize(
    ("method", "path", "face"),
    [
        ("POST", "/v1/messages", "messages"),
        ("POST", "/v1/messages?beta=true", "messages"),
        ("POST", "/messages/", "messages"),
        ("POST", "/v1/messages/count_tokens", None),
        ("GET", "/v1/messages", None),
        ("POST", "/v1/chat/completions?x=/messages", "chat"),
    ],
)
def test_a_path_has_its_face(method: str, path: str, face: str | None) -> None:
    assert face_at(method, path) == face
    assert face_at(method, path, ("chat", "responses")) == (face if face == "chat" else None)
