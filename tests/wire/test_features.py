"""What a request asks for is found wherever it stands, and at little cost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.drive import WEATHER
from unillm import AssistantMessage, ImagePart, Message, RawPart, TextPart, ToolMessage, UserMessage
from unillm._wire.plan.features import features, kind_of, reasons
from unillm.types.request import ChatRequest

HELLO = UserMessage("Hi")
PICTURE = ImagePart("https://a.example/b.png")
JSON: dict[str, Any] = {"response_format": {"type": "json_object"}}


def found(*messages: Message, **more: Any) -> set[str]:
    """Return the features of a request."""
    return set(features(ChatRequest(messages=messages or (HELLO,), **more)))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, []),
        ({"settings": {"seed": 7}}, ["seed"]),
        ({"settings": {"service_tier": "flex"}}, ["service_tier", "service_tier=flex"]),
        ({"settings": {"tool_choice": "auto"}}, ["tool_choice", "tool_choice=auto"]),
        ({"settings": {"tool_choice": "look"}}, ["tool_choice", "tool_choice=function"]),
        (
            {"settings": {"tool_choice": {"type": "function", "function": {"name": "look"}}}},
            ["tool_choice", "tool_choice=function"],
        ),
        ({"settings": {"response_format": {}}}, ["response_format"]),
        ({"tools": (WEATHER,)}, ["tools"]),
        ({"hosted_tools": ({"type": "web_search"},)}, ["hosted_tools"]),
    ],
    ids=str,
)
def test_settings_go_by_name_and_kind(more, expected):
    assert found(**more) == set(expected)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (TextPart("image_url"), None),
        (PICTURE, "image"),
        (RawPart({"type": "image_url", "image_url": {}, "cache_control": {}}), "image"),
        (RawPart({"type": "file"}), "file"),
        (RawPart({"type": "input_audio"}), "audio"),
        (RawPart({"type": "video_url"}), "video"),
        (RawPart({"type": "text", "text": "x", "cache_control": {}}), None),
        (RawPart({}), None),
    ],
    ids=repr,
)
def test_parts_go_by_what_they_hold(part, kind):
    assert kind_of(part) == kind
    assert (kind in found(UserMessage((part,)))) is (kind is not None)
    assert (f"tool_{kind}" in found(ToolMessage("c", (part,)))) is (kind is not None)


def test_what_a_model_made_is_told_from_what_it_must_see():
    assert found(AssistantMessage((TextPart("A dot."), PICTURE))) == {"made_image"}
    assert found(AssistantMessage((TextPart("A dot."),))) == set()


def test_only_the_last_message_can_be_gone_on_with():
    prefix = AssistantMessage("So", extra={"prefix": True})
    assert found(HELLO, prefix) == {"prefix"}
    assert found(prefix, HELLO) == set()
    assert found(HELLO, AssistantMessage("So", extra={"prefix": False})) == set()


@pytest.mark.parametrize(
    "messages",
    [
        (UserMessage("As JSON, please"),),
        (UserMessage((TextPart("x"), TextPart("a Json"))),),
        (HELLO, AssistantMessage("json"), HELLO),
    ],
    ids=["text", "parts", "earlier"],
)
def test_the_word_json_may_stand_anywhere(messages):
    assert "json_word" not in found(*messages, settings=JSON)


def test_json_mode_without_the_word_is_a_feature_of_its_own():
    assert "json_word" in found(settings=JSON)
    assert "json_word" in found(UserMessage((PICTURE,)), AssistantMessage(None), settings=JSON)
    assert "json_word" not in found(settings={"response_format": {"type": "json_schema"}})
    assert "json_word" not in found()


@pytest.mark.parametrize(
    ("asked", "default", "expected"),
    [
        (None, None, None),
        (None, "none", False),
        (None, "high", True),
        ("none", "high", False),
        ("low", "none", True),
        ("low", None, True),
    ],
)
def test_an_effort_says_whether_it_reasons_and_else_the_default(asked, default, expected):
    settings = {} if asked is None else {"reasoning_effort": asked}
    request = ChatRequest(messages=(HELLO,), settings=settings)
    assert reasons(request, default) is expected
