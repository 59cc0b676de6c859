"""What the assistant said earlier, in whatever form it is kept: it goes back, or a note says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.oracle import require_openai
from tests.wire.responses.sending import inputs, message, planned
from tests.wire.responses.test_replay import said
from unillm import AssistantMessage, FilePart, ImagePart, RawPart, TextPart, ToolCall, ToolMessage
from unillm._wire.encode import encode

PDF = FilePart("data:application/pdf;base64,JVBERi0=", filename="a.pdf")
PNG = ImagePart("https://x.example/a.png")
PLAIN = {"role": "assistant", "content": "hi", "refusal": None}
DUMPED = {**PLAIN, "annotations": [], "audio": None, "function_call": None, "tool_calls": None}
FUNCTION = {"name": "f", "arguments": "{}"}
CALLED = [{"id": "c", "type": "function", "function": FUNCTION}]
CITED = {"type": "url_citation", "url_citation": {"url": "https://x.example"}}


def sent(*given: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the items that are sent, and the codes of the notes."""
    made = planned("Hi", *given)
    body = json.loads(encode(made).body)
    require_openai(body, "responses")
    return body["input"][1:], [note.code for note in made.notes]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"type": "refusal", "refusal": "No."}, "No."),
        ({"type": "output_text", "text": "So.", "annotations": []}, "So."),
        ({"type": "text", "text": "So.", "cache_control": {"type": "ephemeral"}}, "So."),
    ],
    ids=["refusal", "output_text", "text"],
)
def test_parts_of_every_form_are_read_as_text(part, text):
    items, notes = sent({"role": "assistant", "content": [part, {"type": "text", "text": "!"}]})
    assert items == [{"role": "assistant", "content": f"{text}!"}]
    assert notes == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (PDF, "part_left_out"),
        (PNG, "image_left_out"),
        (RawPart({"type": "image_url", "image_url": {"url": PNG.url, "x": 1}}), "image_left_out"),
        (RawPart({"type": "input_audio", "input_audio": {}}), "part_left_out"),
        (RawPart({"type": "text", "text": 5}), "part_left_out"),
    ],
    ids=range(5),
)
def test_what_is_no_text_is_left_out_and_noted(part, code):
    for native in (None, said(message("msg_1", "Here.")).native):
        items, notes = sent(AssistantMessage((TextPart("Here."), part), native=native))
        assert items[0]["role"] == "assistant"
        assert "Here." in str(items[0]["content"])
        assert (len(items), notes) == (1, [code])


def test_a_history_as_openai_dumps_it_goes_over_the_responses_api():
    items, notes = sent(DUMPED)
    assert items == [{"role": "assistant", "content": "hi"}]
    assert notes == []


def test_a_turn_of_calls_alone_gets_no_empty_text():
    turn = {**DUMPED, "content": None, "tool_calls": CALLED, "x": {}}
    items, notes = sent(turn, ToolMessage("c", "1"))
    assert [item["type"] for item in items] == ["function_call", "function_call_output"]
    assert notes == []
    items, notes = sent({**turn, "x": 1}, ToolMessage("c", "1"))
    assert [item["type"] for item in items] == ["function_call", "function_call_output"]
    assert notes == ["field_left_out"]


@pytest.mark.parametrize(
    "field",
    [
        {"annotations": [CITED]},
        {"audio": {"id": "audio_1"}},
        {"function_call": FUNCTION},
        {"reasoning_details": [{"text": "Hm."}]},
    ],
    ids=lambda field: next(iter(field)),
)
def test_what_only_chat_has_is_left_out_and_noted_where_something_is_lost(field):
    made = planned("Hi", {**DUMPED, **field}, "And?")
    assert json.loads(encode(made).body)["input"][1] == {"role": "assistant", "content": "hi"}
    (note,) = made.notes
    assert note.code == "field_left_out"
    assert note.message.startswith(f"{next(iter(field))} of what the assistant said")


def test_fields_of_the_api_are_sent():
    assert inputs("Hi", {**DUMPED, "phase": "commentary"})[1] == {
        "role": "assistant",
        "content": "hi",
        "phase": "commentary",
    }


def test_a_message_that_needs_no_change_is_not_copied():
    kept = AssistantMessage((TextPart("a"),), extra={"phase": "commentary"})
    plain = AssistantMessage(tool_calls=(ToolCall("c", "f", {}),))
    made = planned("Hi", kept, plain, ToolMessage("c", "1"))
    assert made.request.messages is made.asked.messages


URL = "https://x.example/a.png"


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({"type": "text", "text": "x", "cache_control": {}}, {"type": "input_text", "text": "x"}),
        (
            {"type": "image_url", "image_url": {"url": URL, "x": 1}},
            {"type": "input_image", "image_url": URL, "detail": "auto"},
        ),
        (
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}, "x": 1},
            {"type": "input_image", "image_url": URL, "detail": "low"},
        ),
        (
            {"type": "image_url", "image_url": URL},
            {"type": "input_image", "image_url": URL, "detail": "auto"},
        ),
        ({"type": "input_text", "text": "x"}, {"type": "input_text", "text": "x"}),
        (
            {"type": "input_image", "image_url": URL, "detail": "low"},
            {"type": "input_image", "image_url": URL, "detail": "low"},
        ),
    ],
    ids=range(6),
)
def test_parts_in_the_form_of_chat_go_in_that_of_this_api(given, wire):
    items = inputs({"role": "user", "content": [given]})
    assert items == [{"role": "user", "content": [wire]}]


@pytest.mark.parametrize(
    "given",
    [
        {"type": "text", "text": 5},
        {"type": "image_url", "image_url": {"url": None}},
        {"type": "image_url"},
        {"type": ["text"], "text": "x"},
        {"text": "x"},
    ],
    ids=repr,
)
def test_parts_of_no_known_form_go_as_they_are(given):
    items = inputs({"role": "user", "content": [given]}, judged=False)
    assert items == [{"role": "user", "content": [given]}]
