"""What becomes of an answer when it is sent back: as it came, as far as it still stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.wire.responses.sending import (
    GOOD,
    ORIGIN,
    added,
    answer_of,
    body,
    call,
    completed,
    done,
    given_by,
    inputs,
    message,
    read,
    recorded,
    sent,
)
from unillm import AssistantMessage, InvalidToolCall, RawPart, ToolCall, ToolMessage, UserMessage
from unillm.types.edits import Edit
from unillm.types.messages import Native

REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
SEARCHED = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "q"},
}


def said(*items: dict[str, Any], tools: Any = ()) -> AssistantMessage:
    """Return the message of an answer with these items, given by OpenAI."""
    told = body(list(items), tools=tools)
    assert told.response is not None
    return given_by(told.response, "openai")


def replayed(given: Any, **more: Any) -> list[dict[str, Any]]:
    """Return the items that a message becomes."""
    return inputs("Hi", given, *_results(given), **more)[1 : -len(_results(given)) or None]


def _results(given: AssistantMessage) -> list[Any]:
    return [ToolMessage(made.id, "ok") for made in given.tool_calls]


@pytest.mark.parametrize("recording", GOOD, ids=lambda r: r.name)
def test_every_recorded_answer_goes_back_as_it_came(recording):
    given = answer_of(recording.name)
    assert given.native is not None
    items = inputs("Hi", given, *_results(given), judged=recording.name.startswith("openai/"))
    expected = list(given.native.items)
    assert expected
    results = len(given.tool_calls)
    assert items[1 : len(items) - results] == expected
    kinds = {"function_call_output", "custom_tool_call_output"}
    assert all(item["type"] in kinds for item in items[len(items) - results :])


def test_the_message_survives_json_on_its_way():
    given = answer_of("openai/responses-reasoning")
    again = AssistantMessage.from_json(given.to_json())
    assert replayed(again) == replayed(given)
    assert [item["type"] for item in replayed(again)] == ["reasoning", "message"]
    assert replayed(again)[1]["phase"] == "final_answer"
    assert replayed(again)[0]["encrypted_content"] == "gAAAAABpX0q-whole=="


def test_nobody_else_is_sent_what_is_native():
    given = answer_of("openai/responses-reasoning", provider="other")
    assert replayed(given) == [{"role": "assistant", "content": "It is 4."}]
    of_chat = replace(given, native=Native("openai", api="chat", items=({"role": "x"},)))
    assert replayed(of_chat) == [{"role": "assistant", "content": "It is 4."}]


def test_a_changed_text_is_sent_with_the_reasoning_and_the_phase():
    given = replace(answer_of("openai/responses-reasoning"), content="It is five.")
    reasoning, text = replayed(given)
    assert reasoning["encrypted_content"] == "gAAAAABpX0q-whole=="
    assert text == {"role": "assistant", "content": "It is five.", "phase": "final_answer"}


def test_a_text_that_is_taken_away_takes_its_reasoning_along():
    """Reasoning without what it led to is answered with 400."""
    given = replace(answer_of("openai/responses-reasoning"), content=None)
    assert replayed(given) == []


def test_what_was_said_on_the_way_stays_when_the_answer_is_changed():
    given = replace(answer_of("openai/responses-phases"), content="{}")
    assert replayed(given) == [
        {"role": "assistant", "content": "Let me check.", "phase": "commentary"},
        {"role": "assistant", "content": "{}", "phase": "final_answer"},
    ]
    assert replayed(replace(given, content=None)) == []


def test_a_changed_answer_keeps_the_reasoning_before_it():
    aside = message("msg_1", "Hm.", phase="commentary")
    final = message("msg_2", "So.", phase="final_answer")
    given = replace(said(aside, REASONING, final), content="Thus.")
    assert replayed(given) == [
        {"role": "assistant", "content": "Hm.", "phase": "commentary"},
        REASONING,
        {"role": "assistant", "content": "Thus.", "phase": "final_answer"},
    ]


def test_of_several_messages_a_changed_text_takes_the_place_of_the_last():
    given = replace(said(message("msg_1", "One."), REASONING, message("msg_2", "Two.")), content="")
    assert replayed(replace(given, content="Three.")) == [
        REASONING,
        {"role": "assistant", "content": "Three."},
    ]
    assert replayed(given) == []


@pytest.mark.parametrize("thought", [None, "", "I thought of something else."])
def test_reasoning_that_was_taken_away_or_changed_does_not_go_back(thought):
    summed = {**REASONING, "summary": [{"type": "summary_text", "text": "Secret."}]}
    given = said(summed, message("msg_1", "Hi."), call("fc_1", "call_1", "{}"))
    assert given.reasoning == "Secret."
    assert replayed(given)[0] == summed
    changed = replayed(replace(given, reasoning=thought))
    assert [item.get("type") for item in changed] == [None, "function_call"]
    assert all("id" not in item for item in changed)


@pytest.mark.parametrize("first", ["content", "summary"])
def test_reasoning_is_known_by_the_text_that_was_read_of_it(first):
    shown = [{"type": "reasoning_text", "text": "a"}, {"type": "reasoning_text", "text": "b"}]
    summed = [{"type": "summary_text", "text": "s"}]
    thought = {**REASONING, "content": shown, "summary": summed}
    given = said(thought, {**REASONING, "id": "rs_2", "summary": summed}, message("msg_1", "Hi."))
    text = {"content": "a\n\nb\n\ns", "summary": "s\n\ns"}[first]
    assert given.reasoning == "a\n\nb\n\ns"
    items = replayed(replace(given, reasoning=text), judged=False)
    assert [item.get("id") for item in items] == ["rs_1", "rs_2", "msg_1"]


@pytest.mark.parametrize("model", ["gpt-4.1", "gpt-4o"])
def test_a_model_that_does_not_reason_is_sent_no_reasoning(model):
    given = said(REASONING, SEARCHED, message("msg_1", "Hi."))
    assert replayed(given, model=model) == [SEARCHED, {"role": "assistant", "content": "Hi."}]
    assert replayed(given, model="unheard-of")[0] == REASONING


def test_another_host_under_the_same_name_is_not_sent_what_is_native():
    given = answer_of("openai/responses-reasoning")
    assert given.native.origin == ORIGIN
    for origin in ("http://x:81", "https://x:80", "http://y:80", None):
        elsewhere = replace(given, native=replace(given.native, origin=origin))
        assert replayed(elsewhere) == [{"role": "assistant", "content": "It is 4."}]
    old = given.to_dict()
    del old["native"]["origin"]
    read_back = AssistantMessage.from_dict(old).native
    assert read_back is not None
    assert read_back.origin is None


@pytest.mark.parametrize("edited", [{"raw": ""}, {"raw": '{"input": "SELECT 2"}'}], ids=repr)
def test_a_call_of_a_custom_tool_that_was_changed_is_sent_changed(edited):
    given = answer_of("openai/responses-custom-tool")
    made = replace(given.tool_calls[0], arguments={"input": "SELECT 2"}, **edited)
    items = inputs("Hi", replace(given, tool_calls=(made,)), ToolMessage("call_c1", "3 rows"))
    assert (items[1]["type"], items[1]["input"]) == ("custom_tool_call", "SELECT 2")
    assert "id" not in items[1]
    odd = replace(given.tool_calls[0], arguments={"query": 1}, raw="")
    items = inputs("Hi", replace(given, tool_calls=(odd,)), ToolMessage("call_c1", "3 rows"))
    kinds = [item["type"] for item in items[1:]]
    assert kinds == ["function_call", "function_call_output"]


def test_a_refusal_beside_a_text_is_compared_and_sent():
    content = [
        {"type": "output_text", "text": "Hm.", "annotations": []},
        {"type": "refusal", "refusal": "No."},
    ]
    given = said(message("msg_1", "", content=content))
    assert (given.content, given.refusal) == ("Hm.", "No.")
    assert replayed(given)[0]["id"] == "msg_1"
    assert replayed(replace(given, refusal="Never."))[0]["content"] == "Hm.\n\nNever."
    assert replayed(replace(given, refusal=None)) == [{"role": "assistant", "content": "Hm."}]
    assert replayed(replace(given, native=None))[0]["content"] == "Hm.\n\nNo."


@pytest.mark.parametrize("kind", [["message"], {"a": 1}, 5, None], ids=repr)
def test_items_of_an_odd_type_go_back_as_they_are(kind):
    given = said(message("msg_1", "Hi."))
    assert given.native is not None
    native = replace(given.native, items=(*given.native.items, {"type": kind, "x": 1}))
    items = replayed(replace(given, native=native), judged=False)
    assert items[-1] == {key: v for key, v in {"type": kind, "x": 1}.items() if v is not None}
    items = replayed(replace(given, native=native, content="Hello."), judged=False)
    assert items[0] == {"role": "assistant", "content": "Hello."}


def test_a_repaired_call_is_sent_repaired_beside_what_was_said():
    given = answer_of("openai/responses-commentary-call")
    edit = Edit("x", before="", after="", start=0, kind="syntax")
    made = replace(given.tool_calls[0], arguments={"city": "Rome"}, repairs=(edit,))
    reasoning, text, sent_call = replayed(replace(given, tool_calls=(made,)))
    assert reasoning["type"] == "reasoning"
    assert text == {"role": "assistant", "content": "Let me look.", "phase": "commentary"}
    assert sent_call == {
        "type": "function_call",
        "call_id": "call_a1",
        "name": "get_weather",
        "arguments": '{"city":"Rome"}',
    }


def test_calls_taken_away_or_added_are_followed():
    two = answer_of("openai/responses-parallel-calls")
    first, second = two.tool_calls
    new = ToolCall("call_new", "get_weather", {"city": "Rome"})
    assert [i["call_id"] for i in replayed(replace(two, tool_calls=(second,)))] == ["call_b2"]
    added_one = replayed(replace(two, tool_calls=(first, second, new)))
    assert [item["call_id"] for item in added_one] == ["call_a1", "call_b2", "call_new"]
    assert all("id" not in item for item in added_one)


def test_a_refused_call_is_not_sent_back():
    """Nobody answers it, and a call without a result is answered with 400."""
    told = body([REASONING, call("fc_1", "call_1", "{oops"), call("fc_2", "call_2", "{}")])
    answer = told.response or told.partial
    assert [type(bad) for bad in answer.invalid_tool_calls] == [InvalidToolCall]
    given = given_by(answer, "openai")
    assert [item.get("call_id") for item in replayed(given)] == [None, "call_2"]


def test_of_a_refused_call_alone_not_even_the_reasoning_is_left():
    told = body([REASONING, call("fc_1", "call_1", "{oops")])
    given = given_by(told.response or told.partial, "openai")
    assert replayed(given) == []


def test_reasoning_that_only_the_server_knows_is_sent_only_if_it_stores():
    """Else it answers "Item with id 'rs_…' not found"."""
    bare = {"id": "rs_1", "type": "reasoning", "summary": []}
    given = said(bare, message("msg_1", "Hello.", phase="final_answer"))
    assert replayed(given) == [{"role": "assistant", "content": "Hello.", "phase": "final_answer"}]
    assert [i.get("id") for i in replayed(given, settings={"store": True})] == ["rs_1", "msg_1"]


def test_reasoning_in_the_open_goes_back_to_who_gave_it():
    given = answer_of("deepseek/responses")
    assert [item["type"] for item in replayed(given, judged=False)] == [
        "reasoning",
        "function_call",
    ]


@pytest.mark.parametrize("status", [None, "completed"])
def test_what_is_null_or_not_taken_is_left_out(status):
    """The API writes "content": null and the like, and refuses to read it."""
    given = said({**REASONING, "status": status, "content": None}, message("msg_1", "Hi."))
    assert replayed(given)[0] == REASONING


def test_what_the_providers_tools_did_stays_when_the_text_is_changed():
    given = replace(said(REASONING, SEARCHED, message("msg_1", "Hi.")), content="Hello.")
    assert replayed(given) == [
        REASONING,
        SEARCHED,
        {"role": "assistant", "content": "Hello."},
    ]


def test_a_text_that_is_added_comes_first():
    given = replace(answer_of("openai/responses-parallel-calls"), content="Both.")
    assert [item.get("content") for item in replayed(given)] == ["Both.", None, None]


def test_own_fields_are_sent_with_a_message_written_anew():
    given = replace(said(message("msg_1", "Hi.")), extra={"phase": "commentary"})
    assert replayed(given) == [{"role": "assistant", "content": "Hi.", "phase": "commentary"}]


def test_a_refusal_goes_back_as_it_came_or_as_text():
    given = answer_of("openai/responses-refusal")
    assert replayed(given)[0]["content"][0]["type"] == "refusal"
    assert replayed(replace(given, native=None)) == [
        {"role": "assistant", "content": recorded("openai/responses-refusal").expect["refusal"]}
    ]


def test_results_of_custom_tools_are_of_their_own_kind():
    given = answer_of("openai/responses-custom-tool")
    items = inputs("Hi", given, ToolMessage("call_c1", "3 rows"))
    assert items[1]["type"] == "custom_tool_call"
    assert items[2] == {
        "type": "custom_tool_call_output",
        "call_id": "call_c1",
        "output": "3 rows",
    }
    elsewhere = inputs("Hi", replace(given, native=None), ToolMessage("call_c1", "3 rows"))
    assert [item.get("type") for item in elsewhere[1:]] == [
        "function_call",
        "function_call_output",
    ]
    changed = replace(given, content="Querying.")
    items = inputs("Hi", changed, ToolMessage("call_c1", "3 rows"), judged=False)
    assert [item.get("type") for item in items[2:]] == [
        "custom_tool_call",
        "custom_tool_call_output",
    ]


def test_an_image_goes_back_to_who_made_it():
    given = answer_of("openai/responses-image")
    assert [item["type"] for item in replayed(given)] == ["image_generation_call", "message"]
    assert recorded("openai/responses-image").expect["text"] == given.content[0].text


def test_a_call_that_was_given_an_id_of_ours_is_sent_with_it():
    told = read(
        added(0, call("fc_1", "same", "")),
        done(0, call("fc_1", "same", '{"city": "Paris"}')),
        added(1, call("fc_2", "same", "")),
        done(1, call("fc_2", "same", '{"city": "Rome"}')),
        completed(),
    )
    assert told.response is not None
    given = given_by(told.response, "openai")
    ids = [made.id for made in given.tool_calls]
    assert len(set(ids)) == 2
    assert [item["call_id"] for item in replayed(given)] == ids


def test_an_answer_that_broke_off_may_be_sent_back():
    told = read(added(0, REASONING), done(0, REASONING), added(1, message("msg_1", "")))
    assert told.partial.message.native is not None
    given = given_by(told.partial, "openai")
    assert replayed(given) == []
    assert sent("Hi", given, UserMessage((RawPart({"type": "input_text", "text": "x"}),)))
