"""An answer held against an output, effect by effect."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json

from tests.flow.reading import TARGET, World, chunk
from unillm import (
    MalformedResponseError,
    OutputDelta,
    OutputValidationError,
    RepairPolicy,
    StreamRestarted,
    Timeout,
)
from unillm._flow.attempt import Exchanged
from unillm._flow.calls import finisher_for
from unillm._flow.chat import chat
from unillm._flow.course import Course
from unillm._flow.effects import Drain, Send
from unillm._flow.modes import planned_for
from unillm._flow.operation import Operation
from unillm._flow.watch import Watch
from unillm._outputs import output_of
from unillm._wire.encode import encode
from unillm.types.messages import SystemMessage, UserMessage
from unillm.types.parts import TextPart
from unillm.types.policy import RetryPolicy
from unillm.types.request import ChatRequest

DONE = b"data: [DONE]\n\n"


class City(BaseModel):
    name: str
    rivers: list[str]


PARIS = '{"name": "Paris", "rivers": ["Seine"]}'


def flow_of(output: Any = City, *, retries: int = 1, total: float = 60, stream: bool = True) -> Any:
    request = ChatRequest(messages=(UserMessage("Hi"),), stream=stream)
    planned, expected = planned_for(request, TARGET, output_of(output), retries=retries)
    what = Exchanged(
        plan=planned,
        wire=encode(planned),
        finish_call=finisher_for(planned.request.offered),
        repair=RepairPolicy(),
        keep_raw=False,
        expected=expected,
        watch=lambda: Watch(expected),
    )
    operation = Operation(
        id="op", target=TARGET, streamed=stream, timeout=Timeout(total=total, idle=100)
    )
    return chat(
        Course.direct(what), operation, RetryPolicy(), return_invalid_calls=False
    ), operation


def said(*texts: str, finish: str = "stop", after: float = 0.0) -> tuple[Any, ...]:
    pieces = [chunk(content=text) for text in texts]
    return (200, *pieces, (after, chunk(finish)), DONE)


def test_the_connection_is_kept_and_nothing_is_slept():
    flow, operation = flow_of()
    world = World(flow, *said("no"), *said(PARIS))
    response: Any = world.run()
    kinds = [type(effect) for effect in world.seen]
    first, second = (at for at, kind in enumerate(kinds) if kind is Send)
    assert Drain in kinds[first:second]
    assert response.output == City(name="Paris", rivers=["Seine"])
    assert operation.reasked == 1
    assert operation.response is response


def test_once_the_deadline_has_passed_nobody_is_asked_again():
    flow, _ = flow_of(retries=5)
    world = World(flow, *said("no", after=61))
    with pytest.raises(OutputValidationError) as caught:
        world.run()
    assert len(world.of(Send)) == 1
    assert len(caught.value.tries) == 1


def test_asking_again_is_beside_the_attempts_of_the_retry_policy():
    flow, _ = flow_of(retries=4)
    world = World(flow, *said("no") * 4, 503, b"", *said(PARIS))
    response: Any = world.run()
    assert [attempt.status for attempt in response.attempts] == [200, 200, 200, 200, 503, 200]


def test_a_stream_that_has_shown_nothing_does_not_begin_anew():
    flow, _ = flow_of()
    world = World(flow, *said(finish="length"))
    with pytest.raises(OutputValidationError, match="max_tokens"):
        world.run()
    assert not any(isinstance(event, StreamRestarted) for event in world.events)


@given(st.lists(st.integers(0, len(PARIS)), max_size=6))
def test_each_piece_of_text_is_followed_by_the_output(cuts):
    places = sorted({0, *cuts, len(PARIS)})
    pieces = [PARIS[start:end] for start, end in pairwise(places)]
    flow, _ = flow_of()
    world = World(flow, *said(*pieces))
    response: Any = world.run()
    *events, _ = world.events
    texts, deltas = events[::2], events[1::2]
    assert [event.text for event in texts] == [event.fragment for event in deltas] == pieces
    assert all(isinstance(event, OutputDelta) for event in deltas)
    assert deltas[-1].partial == response.output
    assert deltas[0].partial is deltas[-1].partial


@st.composite
def damaged(draw: Any) -> str:
    """Draw an answer with something wrong, or nothing."""
    text = draw(st.sampled_from([PARIS, f'{{"value": [{PARIS}]}}', f"[{PARIS}]", "12", "null", ""]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        more = draw(st.sampled_from(["", "{", "}", '"', ",", "\\", "```", "\\ud800", "1e999", "é"]))
        text = text[:at] + more + text[at + draw(st.integers(0, 3)) :]
    return text


ENDS = ["stop", "length", "content_filter", "odd"]


@given(
    st.text(max_size=30) | damaged(),
    st.sampled_from(ENDS),
    st.sampled_from([City, list[City], int, {"type": "array", "items": {"type": "object"}}]),
)
def test_whatever_is_answered_it_is_the_output_or_our_error(text, finish, output):
    flow, _ = flow_of(output, retries=0)
    world = World(flow, *said(*text, finish=finish) * 3)  # an empty one is tried three times
    with suppress(OutputValidationError, MalformedResponseError):
        response: Any = world.run()
        plain = json.loads(to_json(response.output))
        assert output_of(output).compiled.fits(plain)
        assert not any(edit.kind == "lossy" for edit in response.repairs)
    for event in world.events:
        if isinstance(event, OutputDelta):
            repr(event.partial)


@pytest.mark.parametrize("at", range(len(PARIS)))
def test_no_answer_that_was_cut_is_taken_for_whole(at):
    flow, _ = flow_of(retries=0)
    world = World(flow, *said(PARIS[:at], finish="length"))
    with pytest.raises(OutputValidationError, match="max_tokens"):
        world.run()


def test_what_is_nested_without_end_is_our_error():
    class Node(BaseModel):
        inner: "Node | None" = None

    for text in ('{"inner": ' * 5_000 + "null" + "}" * 5_000, '{"inner": ' * 5_000):
        flow, _ = flow_of(Node, retries=0)
        with pytest.raises(OutputValidationError):
            World(flow, *said(text)).run()


def test_a_body_has_no_events():
    flow, _ = flow_of(stream=False)
    body = {"choices": [{"message": {"content": PARIS}, "finish_reason": "stop"}]}
    world = World(flow, 200, json.dumps(body).encode(), b"")
    response: Any = world.run()
    assert response.output.name == "Paris"
    assert world.events == []


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (None, "Answer with one JSON"),
        ("", "Answer with one JSON"),
        ("Be brief.", "Be brief.\n\nAnswer with one JSON"),
    ],
)
def test_the_schema_stands_after_the_instructions(system, expected):
    messages = (*([SystemMessage(system)] if system is not None else []), UserMessage("Hi"))
    request = ChatRequest(messages=messages)
    planned, how = planned_for(request, TARGET, output_of(City), retries=0)
    first = planned.request.messages[0]
    assert how.mode == "json"
    assert isinstance(first.content, str)
    assert first.content.startswith(expected)
    assert planned.request.messages[1:] == (UserMessage("Hi"),)


def test_instructions_in_parts_get_one_more():
    request = ChatRequest(messages=(SystemMessage((TextPart("Be brief."),)), UserMessage("Hi")))
    planned, _ = planned_for(request, TARGET, output_of(City), retries=0)
    content = planned.request.messages[0].content
    assert isinstance(content, tuple)
    assert content[0] == TextPart("Be brief.")
    assert len(content) == 2
