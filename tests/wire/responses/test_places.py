"""Hosts number and name items as they please: no item is lost, merged with another or doubled."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.drive import Told
from tests.wire.responses.sending import added, call, completed, delta, done, message, read, whole
from unillm import ChatResponse, ReasoningDelta, ToolArgumentsError

PARIS, ROME = '{"city":"Paris"}', '{"city":"Rome"}'
Event = dict[str, Any]


def answer(told: Told) -> ChatResponse:
    assert told.error is None, told.error
    assert told.response is not None
    return told.response


def natives(told: Told) -> list[tuple[str, Any]]:
    native = answer(told).message.native
    assert native is not None
    return [(item["type"], item.get("id")) for item in native.items]


def without(event: Event, *fields: str) -> Event:
    return {key: value for key, value in event.items() if key not in fields}


def spoken(item_id: str, text: str, place: Any = 0) -> list[Event]:
    return [
        added(place, message(item_id, "", status="in_progress")),
        delta(item_id, place, text),
        whole(item_id, place, text=text),
        done(place, message(item_id, text)),
    ]


def called(item_id: str, call_id: str, arguments: str, place: Any = 0) -> list[Event]:
    kind = "function_call_arguments"
    return [
        added(place, call(item_id, call_id, "", status="in_progress")),
        delta(item_id, place, arguments, kind),
        whole(item_id, place, kind, arguments=arguments),
        done(place, call(item_id, call_id, arguments)),
    ]


def thought(item_id: str, **fields: Any) -> Event:
    return {"id": item_id, "type": "reasoning", "summary": [], **fields}


# ---------------------------------------------------------------- one place for all


@pytest.mark.parametrize("again", [False, True], ids=["bare", "again"])
@pytest.mark.parametrize("second", [PARIS, ROME], ids=["equal", "other"])
def test_calls_in_one_place_are_all_kept(second, again):
    last = [call("fc_1", "c1", PARIS), call("fc_2", "c2", second)] if again else []
    told = read(*called("fc_1", "c1", PARIS), *called("fc_2", "c2", second), completed(*last))
    made = [(one.id, one.raw) for one in answer(told).tool_calls]
    assert made == [("c1", PARIS), ("c2", second)]
    assert natives(told) == [("function_call", "fc_1"), ("function_call", "fc_2")]


@pytest.mark.parametrize("again", [False, True], ids=["bare", "again"])
def test_items_of_several_types_in_one_place_are_all_kept(again):
    items = [thought("rs_1", encrypted_content="E"), message("m1", "Hi"), call("fc_1", "c1", PARIS)]
    begun = [added(0, thought("rs_1")), done(0, items[0])]
    told = read(
        *begun,
        *spoken("m1", "Hi"),
        *called("fc_1", "c1", PARIS),
        completed(*(items if again else [])),
    )
    assert answer(told).text == "Hi"
    assert [(one.id, one.name) for one in answer(told).tool_calls] == [("c1", "get_weather")]
    native = answer(told).message.native
    assert native is not None
    assert list(native.items) == items


def test_messages_in_one_place_are_all_kept():
    told = read(*spoken("m1", "A"), *spoken("m2", "B"), completed())
    assert answer(told).text == "A\n\nB"
    assert answer(told).notes == ()


def test_items_that_do_not_end_make_room_for_the_next():
    for events in (
        called("fc_1", "c1", PARIS)[:2] + called("fc_2", "c2", ROME),
        spoken("m1", "A")[:2] + called("fc_1", "c1", PARIS)[:2] + called("fc_2", "c2", ROME),
    ):
        told = read(*events, completed())
        assert [one.raw for one in answer(told).tool_calls] == [PARIS, ROME]


def test_deltas_of_another_type_than_the_item_in_their_place_are_another_item():
    arguments = delta("fc_1", 0, PARIS, "function_call_arguments")
    told = read(*spoken("m1", "A"), arguments, done(0, call("fc_1", "c1", PARIS)), completed())
    assert answer(told).text == "A"
    assert [one.id for one in answer(told).tool_calls] == ["c1"]


def test_a_call_told_twice_in_its_place_is_one():
    told = read(
        *called("fc_1", "c1", PARIS),
        done(0, call("fc_7", "c1", PARIS)),
        added(0, call("fc_8", "c1", PARIS)),
        completed(call("fc_9", "c1", PARIS)),
    )
    assert [one.id for one in answer(told).tool_calls] == ["c1"]


def test_an_item_whose_id_changes_with_every_event_is_one():
    told = read(
        added(0, message("m1", "")),
        delta("m2", 0, "A"),
        delta("m3", 0, "B"),
        whole("m4", 0, text="AB"),
        done(0, message("m5", "AB")),
        completed(message("m6", "AB")),
    )
    assert answer(told).text == "AB"
    assert len(natives(told)) == 1


# ---------------------------------------------------------------- no place, or an odd one

BARE = ("output_index", "item_id")
PLACES = [0, "0", 0.0, None]


@pytest.mark.parametrize("place", PLACES, ids=repr)
@pytest.mark.parametrize("last", [(), (message("m1", "AB"),)], ids=["bare", "again"])
def test_pieces_without_id_are_one_text(place, last):
    pieces = [delta("", place, "A"), delta("", place, "B"), whole("", place, text="AB")]
    told = read(*(without(event, "item_id") for event in pieces), completed(*last))
    assert answer(told).text == "AB"
    assert answer(told).notes == ()


def test_pieces_without_id_and_place_belong_to_the_last_open_item_of_their_type():
    events = [
        added(None, without(thought("rs_1"), "id")),
        delta("", 0, "Hm.", "reasoning_text"),
        added(None, without(message("", ""), "id")),
        delta("", 0, "A"),
        delta("", 0, " Ah.", "reasoning_text"),
        delta("", 0, "B"),
        done(None, without(message("", "AB"), "id")),
        *called("", "c1", PARIS, None),
        *called("", "c2", ROME, None),
    ]
    told = read(*(without(event, *BARE) for event in events), completed())
    assert answer(told).reasoning == "Hm. Ah."
    assert answer(told).text == "AB"
    assert [(one.id, one.raw) for one in answer(told).tool_calls] == [("c1", PARIS), ("c2", ROME)]


def test_calls_without_id_and_place_are_told_apart_by_their_own_ids():
    items = [without(call("", f"c{at}", text), "id") for at, text in enumerate((PARIS, ROME))]
    begun = [{**item, "arguments": ""} for item in items]
    events = [*(added(None, item) for item in begun), *(done(None, item) for item in items)]
    told = read(*(without(event, *BARE) for event in events), completed())
    assert [(one.id, one.raw) for one in answer(told).tool_calls] == [("c0", PARIS), ("c1", ROME)]


@pytest.mark.parametrize("place", ["x", "1" * 5000, "²", True, -1, 1e300, 10**30, [], {}], ids=str)
def test_any_place_is_one(place):
    told = read(*spoken("m1", "Hi", place), completed(message("m1", "Hi")))
    assert answer(told).text == "Hi"


# ---------------------------------------------------------------- types


@pytest.mark.parametrize("kind", ["message", "weird", "reasoning"])
def test_an_item_that_becomes_a_call_is_one(kind):
    item = call("x_1", "c1", PARIS)
    told = read(added(0, {"type": kind, "id": "x_1"}), done(0, item), completed(item))
    assert [one.id for one in answer(told).tool_calls] == ["c1"]
    assert natives(told) == [("function_call", "x_1")]


def test_items_of_two_types_with_one_id_are_two():
    items = [message("x", "Hi"), call("x", "c1", PARIS)]
    told = read(*spoken("x", "Hi", 0), *called("x", "c1", PARIS, 1), completed(*items))
    assert (answer(told).text, len(answer(told).tool_calls)) == ("Hi", 1)
    assert natives(told) == [("message", "x"), ("function_call", "x")]


@pytest.mark.parametrize("kind", [["message"], {"a": 1}, None, 5, True], ids=repr)
def test_an_item_whose_type_is_no_word_is_not_kept(kind):
    told = read(done(0, {"type": kind, "id": "x"}), *spoken("m1", "Hi", 1), completed())
    assert natives(told) == [("message", "m1")]
    assert [note.code for note in answer(told).notes] == ["other_item"]


# ---------------------------------------------------------------- the last event


def test_calls_with_new_ids_in_another_order_are_found_by_their_own():
    told = read(
        *called("fc_1", "c1", PARIS, 0),
        *called("fc_2", "c2", ROME, 1),
        completed(call("x_2", "c2", ROME), call("x_1", "c1", PARIS)),
    )
    assert [(one.id, one.raw) for one in answer(told).tool_calls] == [("c1", PARIS), ("c2", ROME)]


def test_an_item_that_is_named_is_not_taken_for_one_that_is_not():
    told = read(*spoken("m1", "A"), completed(message("m0", "B"), message("m1", "A")))
    assert answer(told).text == "A\n\nB"
    assert answer(told).notes == ()


def test_two_calls_with_one_id_are_two():
    items = [call("fc_1", "c1", PARIS), call("fc_2", "c1", ROME)]
    told = read(*(done(at, item) for at, item in enumerate(items)), completed(*items))
    first, second = answer(told).tool_calls
    assert (first.id, first.raw, second.raw) == ("c1", PARIS, ROME)
    assert second.id != "c1"


def test_the_same_item_twice_in_the_last_event_is_one():
    told = read(completed(call("fc_1", "c1", PARIS), call("fc_1", "c1", PARIS)))
    assert len(answer(told).tool_calls) == 1


def test_thoughts_that_wait_come_once():
    kind = "reasoning_summary_text"
    told = read(
        delta("rs_1", 0, "1a", kind),
        delta("rs_2", 1, "2a", kind),
        delta("rs_2", 1, "2b", kind),
        delta("rs_3", 2, "3", kind),
        whole("rs_1", 0, kind, text="1a"),
        whole("rs_2", 1, kind, text="2a2b"),
        completed(),
    )
    pieces = [event.text for event in told.events if isinstance(event, ReasoningDelta)]
    assert pieces == ["1a", "\n\n2a2b", "\n\n3"]


# ---------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ('{"x":1}', '{"x":true}', False),
        ('{"x":[0]}', '{"x":[false]}', False),
        ('{"x":1}', '{"x":"1"}', False),
        ('{"x":1}', '{"x":1.0}', True),
        ('{"x":1,"y":[true]}', '{ "y": [true], "x": 1 }', True),
    ],
)
def test_arguments_are_the_same_only_if_they_say_the_same(first, second, same):
    piece = delta("fc_1", 0, first, "function_call_arguments")
    begun = added(0, call("fc_1", "c1", ""))
    told = read(begun, piece, done(0, call("fc_1", "c1", second)), completed())
    assert (told.error is None) == same
    if same:
        assert answer(told).tool_calls[0].arguments == json.loads(first)
    else:
        assert isinstance(told.error, ToolArgumentsError)


@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call"])
def test_a_call_without_arguments_is_not_one_with_none(kind):
    bare = {"id": "x_1", "type": kind, "call_id": "c1", "name": "f", "status": "completed"}
    for item in (bare, {**bare, "arguments": None, "input": None}):
        for events in ((done(0, item), completed(item)), (completed(item),), (added(0, item),)):
            last = () if events[-1]["type"] == "completed" else (completed(),)
            told = read(*events, *last)
            assert isinstance(told.error, ToolArgumentsError)
            assert told.error.response is not None
            (bad,) = told.error.response.invalid_tool_calls
            assert "without its arguments" in bad.reason
    empty = read(done(0, {**bare, "arguments": "", "input": ""}), completed())
    assert len(answer(empty).tool_calls) == 1
    later = read(done(0, bare), completed({**bare, "arguments": "{}", "input": "x"}))
    assert len(answer(later).tool_calls) == 1
