"""What cannot be written as JSON is refused before it is sent, and the message says where."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.drive import TARGET
from unillm import AssistantMessage, InvalidRequestError, RawPart, Tool, ToolCall, UserMessage
from unillm._wire.encode import encode
from unillm._wire.plan import plan
from unillm.providers import profile_named
from unillm.types.request import ChatRequest

HELLO = UserMessage("Hi")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"extra_body": {"top_k": math.nan}}, "top_k"),
        ({"extra_body": {"a": [{"b": (1.0, -math.inf)}]}}, r"a\.0\.b\.1"),
        ({"settings": {"logit_bias": {"50256": math.inf}}}, r"logit_bias\.50256"),
        (
            {"tools": (Tool("t", parameters={"properties": {"x": {"default": math.nan}}}),)},
            r"tools\.0\.function\.parameters\.properties\.x\.default",
        ),
        ({"messages": (UserMessage("Hi", extra={"x": math.nan}),)}, r"messages\.0\.x"),
    ],
)
def test_a_number_that_is_none_is_refused(fields: dict[str, Any], where: str):
    request = ChatRequest(**{"messages": (HELLO,), **fields})
    with pytest.raises(InvalidRequestError, match=f"^{where} is not a finite number"):
        encode(plan(request, TARGET))


def test_words_that_only_look_like_numbers_are_sent():
    request = ChatRequest(messages=(UserMessage("NaN is not Infinity"),), extra_body={"x": "NaN"})
    wire = encode(plan(request, TARGET))
    assert b"NaN is not Infinity" in wire.body


def test_a_call_made_by_hand_is_sent_with_its_arguments():
    call = ToolCall("c1", "look", {"city": "Zürich"})
    request = ChatRequest(messages=(HELLO, AssistantMessage(tool_calls=(call,))))
    wire = encode(plan(request, TARGET))
    assert '{\\"city\\":\\"Zürich\\"}'.encode() in wire.body


NAMED = {"type": "function", "function": {"name": "f"}}
CUSTOM = {"type": "custom", "custom": {"name": "f"}}


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("f", NAMED),
        ({"type": "function", "name": "f"}, NAMED),
        (NAMED, NAMED),
        ({"type": "custom", "name": "f"}, CUSTOM),
        (CUSTOM, CUSTOM),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NAMED]}},
        ),
        ({"type": "odd", "x": 1}, {"type": "odd", "x": 1}),
        ({"type": "mcp", "name": "g"}, {"type": "mcp", "name": "g"}),
    ],
    ids=range(8),
)
def test_the_choice_of_a_tool_in_the_form_of_chat(given: Any, wire: Any):
    """What an ``mcp`` choice names is a tool of a server, and none of the request's."""
    request = ChatRequest(
        messages=(UserMessage("Hi"),), tools=(Tool("f"),), settings={"tool_choice": given}
    )
    target = replace(TARGET, profile=profile_named("generic"))
    assert json.loads(encode(plan(request, target)).body)["tool_choice"] == wire


URL = "https://x.example/a.png"


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({"type": "input_text", "text": "x"}, {"type": "text", "text": "x"}),
        ({"type": "output_text", "text": "x", "annotations": []}, {"type": "text", "text": "x"}),
        (
            {"type": "input_image", "image_url": URL},
            {"type": "image_url", "image_url": {"url": URL}},
        ),
        (
            {"type": "input_image", "image_url": URL, "detail": "low"},
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}},
        ),
        (
            {"type": "input_file", "file_data": "data:,", "filename": "a"},
            {"type": "file", "file": {"file_data": "data:,", "filename": "a"}},
        ),
        ({"type": "input_file", "file_id": "f"}, {"type": "file", "file": {"file_id": "f"}}),
        *(
            (same, same)
            for same in (
                {"type": "input_file", "file_url": URL},
                {"type": "input_file"},
                {"type": "input_image", "file_id": "f"},
                {"type": "input_text", "text": 5},
                {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
                {"type": ["input_text"], "text": "x"},
            )
        ),
    ],
    ids=range(12),
)
def test_parts_in_the_form_of_the_responses_api_go_in_that_of_chat(given: Any, wire: Any):
    request = ChatRequest(messages=(UserMessage((RawPart(given),)),))
    target = replace(TARGET, profile=profile_named("generic"))
    assert json.loads(encode(plan(request, target)).body)["messages"][0]["content"] == [wire]
