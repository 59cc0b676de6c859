"""What is sent to the Responses API, each body held against the types of OpenAI's own package."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from tests.oracle import require_openai
from tests.providers.test_conformance import SETTINGS
from tests.wire.drive import WEATHER
from tests.wire.responses.sending import inputs, planned, sent
from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    InvalidRequestError,
    RawPart,
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
from unillm.catalog import find
from unillm.providers import profile_named
from unillm.types.edits import Edit
from unillm.types.inputs import messages_from
from unillm.types.request import ChatRequest
from unillm.types.target import Target

NOT_THERE = {"stop", "seed", "logit_bias", "frequency_penalty", "presence_penalty"}
PLAIN = {"reasoning_effort": "none"}


def test_the_least_request():
    assert sent() == {
        "model": "gpt-5.5",
        "input": [{"role": "user", "content": "Hi"}],
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }


def test_a_conversation_keeps_its_order_and_its_roles():
    call = ToolCall("call_1", "get_weather", {"city": "Paris"}, raw='{"city":"Paris"}')
    items = inputs(
        SystemMessage("Be brief.", role="developer", name="rules"),
        UserMessage("Hi", name="ann"),
        AssistantMessage("Let me see.", reasoning="secret", tool_calls=(call,)),
        SystemMessage("Hurry."),
        ToolMessage("call_1", "Sunny."),
        AssistantMessage(refusal="No."),
        AssistantMessage(""),
        "And now?",
    )
    assert items == [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Let me see."},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "get_weather",
            "arguments": '{"city":"Paris"}',
        },
        {"role": "system", "content": "Hurry."},
        {"type": "function_call_output", "call_id": "call_1", "output": "Sunny."},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "And now?"},
    ]


def test_a_provider_without_the_role_developer_is_sent_system():
    profile = dataclasses.replace(profile_named("openai"), developer_role=False)
    target = Target(provider="x", model="m", base_url="http://x", profile=profile, api="responses")
    given = messages_from([SystemMessage("Be brief.", role="developer"), "Hi"])
    body = json.loads(encode(plan(ChatRequest(messages=given), target)).body)
    assert [item["role"] for item in body["input"]] == ["system", "user"]


def test_parts_of_every_kind():
    png, pdf = "data:image/png;base64,iVBORw0KGgo=", "data:application/pdf;base64,JVBERi0="
    parts = (
        TextPart("Look"),
        ImagePart(png, detail="high"),
        ImagePart("https://x.example/a.png"),
        FilePart(pdf, filename="a.pdf"),
        FilePart("https://x.example/a.pdf", filename="left out"),
        FilePart(file_id="file_1", filename="left out"),
        RawPart({"type": "file", "file": {"file_data": pdf, "filename": "b.pdf"}}),
        RawPart({"type": "input_file", "file_id": "file_2", "detail": "low"}),
    )
    expected = [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": png, "detail": "high"},
        {"type": "input_image", "image_url": "https://x.example/a.png", "detail": "auto"},
        {"type": "input_file", "file_data": pdf, "filename": "a.pdf"},
        {"type": "input_file", "file_url": "https://x.example/a.pdf"},
        {"type": "input_file", "file_id": "file_1"},
        {"type": "input_file", "file_data": pdf, "filename": "b.pdf"},
        {"type": "input_file", "file_id": "file_2", "detail": "low"},
    ]
    asked, made, answered = inputs(
        UserMessage(parts),
        AssistantMessage(tool_calls=(ToolCall("call_1", "draw", {}),)),
        ToolMessage("call_1", parts[:4]),
    )
    assert asked == {"role": "user", "content": expected}
    assert made["arguments"] == "{}"
    assert answered["output"] == expected[:4]


def test_text_in_parts_of_the_assistant_is_joined():
    parts = (TextPart("One, "), TextPart("two."))
    assert inputs("Hi", AssistantMessage(parts), "Go on")[1] == {
        "role": "assistant",
        "content": "One, two.",
    }


def test_own_fields_of_a_message_are_sent_with_it():
    user = UserMessage("Hi", extra={"x": 1})
    result = ToolMessage("call_1", "ok", extra={"y": 2})
    items = inputs(user, AssistantMessage("", extra={"z": 3}), result, judged=False)
    assert items[0] == {"role": "user", "content": "Hi", "x": 1}
    assert items[1] == {"role": "assistant", "content": "", "z": 3}
    assert items[2]["y"] == 2


def test_repaired_arguments_are_sent_as_they_were_repaired():
    edit = Edit("trailing_comma", before=",", after="", start=8, kind="syntax")
    repaired = ToolCall("call_1", "f", {"a": 1}, raw='{"a": 1,}', repairs=(edit,))
    assert inputs("Hi", AssistantMessage(tool_calls=(repaired,)))[1]["arguments"] == '{"a":1}'


@pytest.mark.parametrize("length", [64, 65, 1000])
def test_an_id_that_is_too_long_is_replaced_on_both_sides(length):
    name = "c" * length
    made, result = inputs(
        "Hi",
        AssistantMessage(tool_calls=(ToolCall(name, "f", {}),)),
        ToolMessage(name, "ok"),
    )[1:]
    assert made["call_id"] == result["call_id"]
    assert (made["call_id"] == name) is (length == 64)
    assert len(made["call_id"]) <= 64


def test_calls_and_results_that_do_not_match_keep_their_order():
    call = ToolCall("call_1", "f", {})
    items = inputs(
        "Hi",
        AssistantMessage(tool_calls=(call, call)),
        "wait",
        ToolMessage("call_1", "a"),
        ToolMessage("call_9", "b"),
    )
    shown = [item.get("type") or item["role"] for item in items]
    results = ["function_call_output"] * 2
    assert shown == ["user", "function_call", "function_call", "user", *results]


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in NOT_THERE])
@pytest.mark.parametrize("stream", [True, False])
def test_each_setting(name, stream):
    tools = (WEATHER,) if name in {"tool_choice", "parallel_tool_calls"} else ()
    value = "low" if name == "reasoning_effort" else SETTINGS[name]
    body = sent("JSON?", settings={**PLAIN, name: value}, tools=tools, stream=stream)
    without = sent("JSON?", settings=PLAIN, tools=tools, stream=stream)
    assert body != without


def test_where_each_setting_goes():
    settings = {
        "max_tokens": 16,
        "reasoning_effort": "high",
        "verbosity": "low",
        "response_format": {"type": "json_object"},
        "store": True,
        "metadata": {"a": "b"},
    }
    body = sent("Write JSON", settings=settings)
    assert body["max_output_tokens"] == 16
    assert body["reasoning"] == {"effort": "high"}
    assert body["text"] == {"verbosity": "low", "format": {"type": "json_object"}}
    assert body["store"] is True
    assert body["metadata"] == {"a": "b"}
    assert not body.keys() & {"max_tokens", "reasoning_effort", "verbosity", "response_format"}


def test_a_schema_is_flat():
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    inner = {"name": "x", "schema": schema, "strict": True, "description": "y"}
    body = sent(settings={"response_format": {"type": "json_schema", "json_schema": inner}})
    assert body["text"]["format"] == {"type": "json_schema", **inner}


@pytest.mark.parametrize("strict", [None, False, True])
def test_a_tool_is_strict_only_if_it_is_asked_to_be(strict):
    parameters = {"type": "object", "properties": {}, "additionalProperties": False, "required": []}
    tool = Tool("f", description="d", parameters=parameters, strict=strict)
    assert sent(tools=(tool,))["tools"] == [
        {
            "type": "function",
            "name": "f",
            "description": "d",
            "parameters": parameters,
            "strict": bool(strict),
        }
    ]


CUSTOM = {"type": "custom", "name": "run_sql"}
SEARCH = {"type": "file_search", "vector_store_ids": ["vs_1"]}
FLAT = {"type": "function", "name": "get_weather"}
NESTED = {"type": "function", "function": {"name": "get_weather"}}
CHOICES: dict[str, tuple[Any, Any]] = {
    "word": ("required", "required"),
    "name": ("get_weather", FLAT),
    "custom": ("run_sql", CUSTOM),
    "hosted": ("file_search", {"type": "file_search"}),
    "flat": (FLAT, FLAT),
    "of-chat": (NESTED, FLAT),
    "custom-of-chat": ({"type": "custom", "custom": {"name": "run_sql"}}, CUSTOM),
    "allowed-of-chat": (
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NESTED]}},
        {"type": "allowed_tools", "mode": "auto", "tools": [FLAT]},
    ),
    "allowed": (
        {"type": "allowed_tools", "mode": "required", "tools": [FLAT, SEARCH]},
        {"type": "allowed_tools", "mode": "required", "tools": [FLAT, SEARCH]},
    ),
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_choice_of_a_tool(name):
    asked, expected = CHOICES[name]
    body = sent(tools=(WEATHER,), hosted_tools=(CUSTOM, SEARCH), settings={"tool_choice": asked})
    assert body["tool_choice"] == expected
    assert body["tools"][1:] == [CUSTOM, SEARCH]


def test_a_tool_that_is_not_there_is_refused():
    with pytest.raises(InvalidRequestError, match="tools: get_weather, file_search"):
        sent(tools=(WEATHER,), hosted_tools=(SEARCH,), settings={"tool_choice": "nope"})


@pytest.mark.parametrize("asked", ["logprobs", "top_logprobs"])
def test_log_probabilities_must_be_included(asked):
    body = sent(settings={**PLAIN, asked: 2 if asked == "top_logprobs" else True})
    assert body["include"][1:] == ["message.output_text.logprobs"]
    assert "logprobs" not in body
    assert sent(settings={**PLAIN, "logprobs": False}).keys() == sent(settings=PLAIN).keys()


def test_encrypted_reasoning_is_asked_of_models_that_reason():
    """Others answer 400: "Encrypted content is not supported with this model"."""
    assert "include" not in sent(model="gpt-4o")
    assert "include" not in sent(model="unheard-of")
    assert sent(model="gpt-6.1-sol")["include"] == ["reasoning.encrypted_content"]


def test_a_summary_of_the_thinking_is_asked_for_where_there_is_one():
    assert sent(settings={"reasoning_summary": "auto"})["reasoning"] == {"summary": "auto"}
    plain = planned(settings={"reasoning_summary": "auto", **PLAIN})
    assert "reasoning_summary" not in plain.request.settings
    assert [note.code for note in plain.notes] == ["dropped_setting"]
    target = Target(
        provider="openai",
        model="gpt-5.5",
        base_url="http://x/v1",
        profile=profile_named("openai"),
        info=find("gpt-5.5"),
    )
    request = ChatRequest(messages=messages_from("Hi"), settings={"reasoning_summary": "auto"})
    over_chat = plan(request, target)
    assert (over_chat.api, over_chat.request.settings) == ("chat", {})
    assert "Chat Completions has none" in over_chat.notes[-1].message


def test_extra_body_is_laid_over_and_into_what_settings_say():
    body = sent(
        settings={"reasoning_effort": "high", "verbosity": "low"},
        extra_body={
            "reasoning": {"summary": "auto"},
            "text": {"verbosity": "high"},
            "include": ["reasoning.encrypted_content", "file_search_call.results"],
            "previous_response_id": "resp_0",
            "store": True,
        },
    )
    assert body["reasoning"] == {"effort": "high", "summary": "auto"}
    assert body["text"] == {"verbosity": "high"}
    assert body["include"] == ["reasoning.encrypted_content", "file_search_call.results"]
    assert body["previous_response_id"] == "resp_0"
    assert body["store"] is True
    assert sent(extra_body={"reasoning": None, "include": None})["include"] is None


@pytest.mark.parametrize("name", sorted(NOT_THERE - {"stop"}))
def test_what_the_interface_does_not_have_is_left_out_and_noted(name):
    made = planned(settings={**PLAIN, name: SETTINGS[name]})
    assert name not in json.loads(encode(made).body)
    assert [note.code for note in made.notes] == ["dropped_setting"]


@pytest.mark.parametrize("stop", ["END", ["END"], ("END", "END")], ids=repr)
def test_stop_is_not_sent_but_looked_for_here(stop):
    made = planned(settings={"stop": stop})
    assert "stop" not in json.loads(encode(made).body)
    assert made.stops == ("END",)
    [note] = made.notes
    assert note.code == "rewritten_stop"
    assert note.message.startswith("stop was not sent to openai: the Responses API does not have")


def openai(**more: Any) -> Target:
    info, profile = find("gpt-5.5"), profile_named("openai")
    return Target(
        provider="openai",
        model="gpt-5.5",
        base_url="http://x",
        profile=profile,
        info=info,
        **more,
    )


def test_hosted_tools_go_to_the_interface_that_has_them():
    request = ChatRequest(messages=messages_from("Hi"), hosted_tools=(SEARCH,))
    assert plan(request, openai()).api == "responses"
    with pytest.raises(
        UnsupportedFeatureError, match=r"runs itself \('file_search'\).*leave out api='chat'"
    ):
        plan(request, openai(api="chat"))


def test_the_judge_judges():
    body = sent()
    body["input"].append({"type": "function_call_output", "call_id": "c", "output": 5})
    with pytest.raises((AssertionError, ValueError), match="input"):
        require_openai(body, "responses")
