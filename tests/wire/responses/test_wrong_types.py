"""Whatever an answer of the Responses API is made of, documented exceptions alone come out."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import part
from tests.fuzz.responses import check
from tests.wire.invariants import check_both
from tests.wire.profile import examples
from tests.wire.responses.sending import OURS
from tests.wire.test_fuzz import WRONG, paths, values, with_value

# Millions of steps over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

BODIES = {recording.name: recording.body for recording in OURS}
PLACE = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
EVENTS: list[dict[str, Any]] = [
    {"type": "response.created", "response": {"id": "r", "model": "m", "created_at": 1}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"id": "rs_1"}},
    {
        "type": "response.reasoning_summary_text.delta",
        "item_id": "rs_1",
        "output_index": 0,
        "summary_index": 0,
        "delta": "Hm.",
    },
    {
        "type": "response.output_item.done",
        "output_index": 0,
        "item": {
            "id": "rs_1",
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "gAAA",
        },
    },
    {"type": "response.output_text.delta", **PLACE, "delta": "Hi", "logprobs": [{"token": "Hi"}]},
    {
        "type": "response.output_text.annotation.added",
        **PLACE,
        "annotation_index": 0,
        "annotation": {"type": "url_citation"},
    },
    {"type": "response.output_text.done", **PLACE, "text": "Hi you"},
    {
        "type": "response.content_part.done",
        **PLACE,
        "part": {"type": "output_text", "text": "Hi you", "annotations": []},
    },
    {
        "type": "response.output_item.added",
        "output_index": 2,
        "item": {
            "id": "fc_1",
            "type": "function_call",
            "call_id": "c1",
            "name": "get_weather",
            "arguments": "",
        },
    },
    {
        "type": "response.function_call_arguments.delta",
        "item_id": "fc_1",
        "output_index": 2,
        "delta": '{"city": ',
    },
    {
        "type": "response.function_call_arguments.done",
        "item_id": "fc_1",
        "output_index": 2,
        "arguments": '{"city": "Paris"}',
    },
    {
        "type": "response.custom_tool_call_input.delta",
        "item_id": "ctc_1",
        "output_index": 3,
        "delta": "x",
    },
    {
        "type": "response.output_item.done",
        "output_index": 4,
        "item": {
            "id": "ig_1",
            "type": "image_generation_call",
            "result": "AAAA",
            "output_format": "png",
        },
    },
    {
        "type": "response.completed",
        "response": {
            "id": "r",
            "status": "completed",
            "service_tier": "default",
            "output": [
                {
                    "id": "msg_1",
                    "type": "message",
                    "phase": "final_answer",
                    "status": "completed",
                    "content": [{"type": "output_text", "text": "Hi you", "annotations": [{}]}],
                },
                {
                    "id": "fc_1",
                    "type": "function_call",
                    "status": "completed",
                    "call_id": "c1",
                    "name": "get_weather",
                    "arguments": '{"city": "Paris"}',
                },
            ],
            "incomplete_details": None,
            "error": None,
            "usage": {
                "input_tokens": 3,
                "input_tokens_details": {"cached_tokens": 1},
                "output_tokens": 4,
                "output_tokens_details": {"reasoning_tokens": 1},
            },
        },
    },
]
BODY: dict[str, Any] = EVENTS[-1]["response"]
EVENT_PATHS, BODY_PATHS = list(paths(EVENTS)), list(paths(BODY))


def stream_of(events: Any) -> bytes:
    listed = events if isinstance(events, list) else [events]
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in listed)


@pytest.mark.parametrize("at", EVENT_PATHS, ids=lambda at: ".".join(map(str, at)) or "all")
def test_every_wrong_type_at_every_place_of_a_stream(at):
    for wrong in part(WRONG):
        assert check_both(stream_of(with_value(EVENTS, at, wrong)), api="responses")


@pytest.mark.parametrize("at", BODY_PATHS, ids=lambda at: ".".join(map(str, at)) or "all")
def test_every_wrong_type_at_every_place_of_a_body(at):
    for wrong in part(WRONG):
        assert check_both(json.dumps(with_value(BODY, at, wrong)).encode(), api="responses")


@examples(150)
@given(st.sampled_from(EVENT_PATHS), values, st.sampled_from(EVENT_PATHS[1:]), values)
def test_arbitrary_values_in_a_stream(at, new, also, other):
    changed = with_value(EVENTS, also, other)
    with suppress(KeyError, IndexError, TypeError, AttributeError):
        changed = with_value(changed, at, new)  # unless the place went with the first change
    assert check_both(stream_of(changed), api="responses")


@examples(150)
@given(st.lists(st.sampled_from(EVENTS), max_size=16))
def test_events_in_any_order(events):
    data = stream_of(events)
    check(b"\1\1\0\7" + data)
    assert check_both(data, api="responses")
