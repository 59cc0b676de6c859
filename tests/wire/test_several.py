"""Several objects in the arguments of one call."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.assembled import assemble
from tests.wire.test_assembler import f
from unillm import Tool, ToolCall, ToolCallDelta, ToolCallReady, ToolCallStarted
from unillm._flow.calls import finisher_for
from unillm._wire.calls import WholeCall
from unillm._wire.several import MOST, objects_in
from unillm.repair import replay
from unillm.types.policy import RepairPolicy

P, T = '{"city": "Paris"}', '{"city": "Tokyo"}'
LOOK = Tool(
    "look",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)


def finish(raw, level: Any = "schema", *, cut=False) -> Any:
    return finisher_for([LOOK], RepairPolicy(level))(WholeCall("c1", "look", raw, cut))


@pytest.mark.parametrize("between", ["", " ", "\n", ",", ", ", ";\n"])
def test_each_object_becomes_a_call(between):
    raw = P + between + T
    calls = finish(raw)
    assert [call.arguments["city"] for call in calls] == ["Paris", "Tokyo"]
    for call in calls:
        assert call.raw == raw
        assert {edit.kind for edit in call.repairs} == {"protocol"}
        assert json.loads(replay(raw, call.repairs)) == call.arguments


@pytest.mark.parametrize(
    "raw",
    [
        P + '{"city": ["a", "b"]}',
        P + '{"town": "Tokyo", "x": 1}',
        P + T[:-3],
        P + "[1]",
        f"{P} and {T}",
        P + T + P,
        f"{{}}{P}{T}",
    ],
)
def test_unless_all_are_good_and_different_none_is_offered(raw):
    [refused] = finish(raw)
    assert not isinstance(refused, ToolCall)
    assert refused.raw == raw


def test_a_refusal_names_what_it_may_have_meant():
    [refused] = finish(P + T + P)
    assert refused.candidates
    assert "Paris" in refused.reason
    assert "Tokyo" in refused.reason


def test_nothing_is_split_where_nothing_is_repaired():
    [refused] = finish(P + T, "off")
    assert not isinstance(refused, ToolCall)


def test_a_cut_answer_may_have_more_but_what_is_whole_is_whole():
    assert len(finish(P + T, cut=True)) == 2
    [refused] = finish(P + T + '{"ci', cut=True)
    assert not isinstance(refused, ToolCall)


def test_the_new_calls_have_ids_and_indexes_of_their_own():
    deltas = [
        [f(P, name="go", id="a", index=0)],
        [f("{}", name="go", id="a_2", index=1)],
        [f(T, index=0)],
    ]
    assembled = assemble(deltas)
    calls = [call for call in assembled.done if isinstance(call, ToolCall)]
    assert [(call.id, call.arguments) for call in calls] == [
        ("a", {"city": "Paris"}),
        ("a_2_", {"city": "Tokyo"}),
        ("a_2", {}),
    ]
    ready = [event for event in assembled.events if isinstance(event, ToolCallReady)]
    assert [event.call for event in ready] == calls
    assert [event.index for event in ready] == [0, 2, 1]
    added = [event for event in assembled.events if getattr(event, "index", None) == 2]
    assert [type(event) for event in added] == [ToolCallStarted, ToolCallDelta, ToolCallReady]
    assert added[1].partial == {"city": "Tokyo"}  # pyright: ignore[reportAttributeAccessIssue]
    assert added[1].fragment == P + T  # pyright: ignore[reportAttributeAccessIssue]


@given(st.lists(st.dictionaries(st.text(), st.text(), min_size=1), min_size=2, max_size=5))
def test_where_objects_are(objects):
    text = " ".join(json.dumps(held) for held in objects)
    assert [json.loads(text[a:b]) for a, b in objects_in(text)] == objects
    assert objects_in(text[:-1]) == []


def test_very_many_are_no_calls():
    assert len(objects_in('{"a":1}' * MOST)) == MOST
    assert objects_in('{"a":1}' * (MOST + 1)) == []
    assert objects_in('{"a":' * 100_000) == []
