"""Ends that contradict themselves, and what else hosts and providers put into an answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.drive import Told
from tests.wire.responses.sending import (
    added,
    body,
    call,
    completed,
    delta,
    done,
    incomplete,
    message,
    read,
)
from unillm import ChatResponse, ImagePart, ProviderError, ServerError, ToolArgumentsError
from unillm._wire.responses.part import Part

PARIS = '{"city":"Paris"}'


def answer(told: Told) -> ChatResponse:
    assert told.error is None, told.error
    assert told.response is not None
    return told.response


# ---------------------------------------------------------------- ends


@pytest.mark.parametrize("reason", ["stop", "completed", "end_turn", "COMPLETE", "tool_calls", "x"])
def test_an_incomplete_answer_never_stopped_by_itself(reason):
    cut = {"status": "incomplete", "incomplete_details": {"reason": reason}}
    for told in (
        read(delta("m1", 0, "Half"), incomplete(reason=reason)),
        read(delta("m1", 0, "Half"), completed(**cut)),
        body([message("m1", "Half")], **cut),
    ):
        assert (answer(told).finish_reason, answer(told).finish_reason_raw) == ("other", reason)
        assert answer(told).text == "Half"


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_what_the_last_event_says_of_its_cut_is_honoured(status):
    begun = added(0, call("fc_1", "c1", "")), delta("fc_1", 0, PARIS, "function_call_arguments")
    cut = {"status": status, "incomplete_details": {"reason": "max_output_tokens"}}
    told = read(*begun, completed(**cut))
    assert isinstance(told.error, ToolArgumentsError)
    assert told.error.response is not None
    assert told.error.response.finish_reason == "length"
    assert told.error.response.tool_calls == ()


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_completed_event_may_say_that_the_answer_failed(status):
    told = read(delta("m1", 0, "Half"), completed(status=status))
    assert isinstance(told.error, ServerError)
    assert told.partial.text == "Half"


def test_what_a_failed_body_says_is_kept():
    problem = {"code": "server_error", "message": "x"}
    items = [message("m1", "Half"), call("fc_1", "c1", PARIS)]
    for told in (
        body(items, status="failed", error=problem),
        body(items, status="cancelled"),
        read({"type": "failed", "response": {"output": items, "error": problem}}),
    ):
        assert isinstance(told.error, ProviderError)
        assert told.partial.text == "Half"
        assert told.partial.id == "resp_1" or told.partial.id is None
        assert [bad.raw for bad in told.partial.invalid_tool_calls] == [PARIS]
        assert told.partial.tool_calls == ()


@pytest.mark.parametrize("output", [None, "x", [5], [{"type": "message", "content": 5}], {}])
def test_a_failed_body_whose_output_cannot_be_read_has_failed(output):
    told = body(output, status="failed", error={"code": "server_error", "message": "x"})
    assert isinstance(told.error, ServerError)
    assert told.partial.text == ""


# ---------------------------------------------------------------- parts and items


def test_parts_named_text_are_text_or_thinking():
    part = [{"type": "text", "text": "Hi"}]
    told = body(
        [{"id": "rs", "type": "reasoning", "content": part}, {**message("m1", ""), "content": part}]
    )
    assert (answer(told).reasoning, answer(told).text) == ("Hi", "Hi")
    assert answer(told).notes == ()


def test_encrypted_reasoning_told_at_the_beginning_alone_is_kept():
    begun = {"id": "rs", "type": "reasoning", "encrypted_content": "E"}
    ended: dict[str, Any] = {"id": "rs", "type": "reasoning", "summary": []}
    for end in (ended, {**ended, "encrypted_content": None}, {**ended, "encrypted_content": ""}):
        for last in ([], [end]):
            told = read(added(0, begun), done(0, end), completed(*last))
            native = answer(told).message.native
            assert native is not None
            assert native.items[0]["encrypted_content"] == "E"


@pytest.mark.parametrize("data", ["no base64!", "AAA", "A===", "AAAA\nAAAA", "é", "===="])
def test_an_image_that_cannot_be_read_is_left_out(data):
    item = {"id": "ig", "type": "image_generation_call", "status": "completed", "result": data}
    told = read(done(0, item), done(1, message("m1", "Here.")), completed(item))
    assert answer(told).message.content == "Here."
    assert [note.code for note in answer(told).notes] == ["no_image"]
    assert "base64" in answer(told).notes[0].message
    native = answer(told).message.native
    assert native is not None
    assert [one["type"] for one in native.items] == ["message"]


def test_an_image_that_is_whole_in_the_last_event_alone_is_taken():
    item = {"id": "ig", "type": "image_generation_call", "result": "AAAA"}
    told = read(done(0, {**item, "result": "!"}), completed(item))
    assert answer(told).message.content == (ImagePart("data:image/png;base64,AAAA"),)


# ---------------------------------------------------------------- much of it


def test_notes_are_few_and_short():
    events = [{"type": f"new{at}.{'x' * 9000}.delta", "delta": "x"} for at in range(300)]
    told = read(*events, delta("m1", 0, "Hi"), completed(usage=5))
    notes = answer(told).notes
    assert [note.code for note in notes] == ["unknown_event"] * 20 + ["odd_usage"]
    assert max(len(note.message) for note in notes) < 600


def test_events_of_one_unknown_type_are_noted_once():
    told = read(*[{"type": "new.delta", "delta": str(at)} for at in range(50)], completed())
    assert [note.code for note in answer(told).notes] == ["unknown_event"]


def test_a_text_told_as_a_whole_many_times_is_joined_once():
    part = Part()
    for _ in range(1000):
        part.add("x")
    first = part.text
    assert part.text is first
    assert part.close("x" * 1000) == ""
    assert part.text is first
