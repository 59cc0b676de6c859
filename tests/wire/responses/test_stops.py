"""Answers of the Responses API that are cut at a stop text, and what of them goes back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.drive import WEATHER, Told, decode
from tests.wire.responses.sending import (
    added,
    call,
    completed,
    delta,
    done,
    given_by,
    incomplete,
    inputs,
    message,
    stream,
    whole,
)
from unillm import TextDelta, ToolMessage

REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
LATER = {"id": "rs_2", "type": "reasoning", "summary": [], "encrypted_content": "gBBB"}
SEARCHED = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}
PARIS = call("fc_1", "call_1", '{"city": "Paris"}')
ROME = call("fc_2", "call_2", '{"city": "Rome"}')
SAID = message("msg_1", "One END two", phase="final_answer")


def read(*events: dict[str, Any], stops: tuple[str, ...] = ("END",), **how: Any) -> Told:
    full = [{**e, "type": f"response.{e['type']}"} if e["type"] != "error" else e for e in events]
    return decode([stream(*full)], (WEATHER,), api="responses", stops=stops, **how)


def texts(told: Told) -> list[str]:
    return [e.text for e in told.events if isinstance(e, TextDelta)]


def text_of(*pieces: str, last: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a stream of one message and its end."""
    told = [delta("msg_1", 0, piece) for piece in pieces]
    said = whole("msg_1", 0, text="".join(pieces))
    return [added(0, message("msg_1", "")), *told, said, last]


@pytest.mark.parametrize("last", [completed, incomplete])
def test_the_text_is_cut_and_usage_awaited(last):
    end = last(SAID)
    end["response"]["usage"] = {"input_tokens": 3, "output_tokens": 9, "total_tokens": 12}
    told = read(*text_of("One E", "ND", " two", last=end))
    response = told.response
    assert response is not None
    assert (texts(told), response.text) == (["One "], "One ")
    assert response.finish_reason == "stop"
    assert response.finish_reason_raw in {"completed", "max_output_tokens"}
    assert response.usage is not None
    assert response.usage.output_tokens == 9
    assert [note.code for note in response.notes] == ["cut_at_stop"]


@pytest.mark.parametrize(
    "last",
    [
        {"type": "failed", "response": {"status": "failed", "error": {"message": "boom"}}},
        {"type": "error", "message": "boom"},
        {"type": "cancelled", "response": {"status": "cancelled"}},
    ],
    ids=lambda last: last["type"],
)
def test_what_fails_after_the_cut_is_a_note(last):
    told = read(*text_of("One END", " two", last=last))
    assert told.response is not None
    assert (told.response.text, told.response.finish_reason) == ("One ", "stop")
    assert [note.code for note in told.response.notes] == ["cut_at_stop", "cut_after_stop"]


def test_a_call_after_the_cut_is_left_out_and_one_before_it_kept():
    told = read(completed(PARIS, SAID, ROME))
    assert told.response is not None
    assert [made.id for made in told.response.tool_calls] == ["call_1"]
    assert told.response.finish_reason == "tool_calls"


def test_what_stands_between_two_messages_is_text_too():
    told = read(completed(message("msg_1", "One"), message("msg_2", "Two")), stops=("\n\n",))
    assert texts(told) == ["One"]


def replayed(told: Told, *more: Any) -> list[dict[str, Any]]:
    """Return the items that an answer becomes in the next request to OpenAI."""
    assert told.response is not None
    return inputs("Hi", given_by(told.response, "openai"), *more, "Go on")[1:-1]


def test_the_answer_goes_back_as_it_was_cut():
    items = replayed(read(completed(REASONING, SAID, LATER, SEARCHED, ROME)))
    assert items == [REASONING, {"role": "assistant", "content": "One ", "phase": "final_answer"}]


def test_a_call_before_the_cut_goes_back_with_its_reasoning():
    told = read(completed(REASONING, PARIS, LATER, SAID, ROME))
    items = replayed(told, ToolMessage("call_1", "ok"))
    assert [item.get("type") for item in items[:2]] == ["reasoning", "function_call"]
    assert "call_2" not in str(items)
    assert "two" not in str(items)


def test_an_answer_that_is_cut_at_once_says_nothing_when_it_goes_back():
    told = read(completed(REASONING, message("msg_1", "END two"), LATER))
    assert told.response is not None
    assert told.response.text == ""
    assert replayed(told) == []


def test_an_answer_that_is_not_cut_goes_back_as_it_came():
    said = message("msg_1", "One EN", phase="final_answer")
    told = read(added(0, REASONING), done(0, REASONING), completed(REASONING, said))
    assert replayed(told) == [REASONING, said]
