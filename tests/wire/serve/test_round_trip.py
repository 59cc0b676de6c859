"""What is written for others is read back by our own decoders as it was."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.drive import WEATHER, decode
from unillm import (
    AssistantMessage,
    ChatResponse,
    Cost,
    Event,
    Finished,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
    Usage,
)
from unillm._wire.serve.reading import asked_in
from unillm._wire.serve.speaking import Reply, reply_to
from unillm.types.edits import Edit
from unillm.types.facts import Api
from unillm.types.response import FinishReason

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ENDS: list[FinishReason] = ["stop", "length", "content_filter"]
COUNT = st.integers(0, 10**6)
SAID = st.lists(st.one_of(st.builds(TextDelta, TEXT), st.builds(ReasoningDelta, TEXT)), max_size=8)
ARGUMENTS = st.fixed_dictionaries({"city": TEXT}, optional={"days": st.integers(-5, 5)})
SPACES = st.sampled_from([None, 1, 3])


def made_call(number: int, arguments: dict[str, Any], spaces: int | None) -> ToolCall:
    raw = json.dumps(arguments, indent=spaces, ensure_ascii=bool(spaces))
    return ToolCall(f"call_{number}", "get_weather", arguments, raw=raw)


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Event], ChatResponse]:
    """Draw the events of an answer and the whole of it."""
    said: list[Event] = list(draw(SAID))
    refused = draw(st.none() | TEXT) if not said else None
    said += [RefusalDelta(refused)] if refused else []
    drawn = draw(st.lists(st.tuples(ARGUMENTS, SPACES), max_size=3))
    calls = tuple(made_call(n, *one) for n, one in enumerate(drawn))
    events = list(said)
    for at, call in enumerate(calls):
        events += [ToolCallStarted(at, call.id, call.name), ToolCallDelta(at, call.raw)]
    # Only the end of an answer tells that no more of a call comes.
    events += [ToolCallReady(at, call) for at, call in enumerate(calls)]
    usage = st.builds(
        Usage,
        input_tokens=COUNT,
        output_tokens=COUNT,
        cached_input_tokens=COUNT,
        cache_write_tokens=COUNT,
        reasoning_tokens=COUNT,
    )
    text = "".join(e.text for e in said if isinstance(e, TextDelta))
    thought = "".join(e.text for e in said if isinstance(e, ReasoningDelta))
    reason: FinishReason = "tool_calls"
    if not calls:
        reason = draw(st.sampled_from(ENDS))
    response = ChatResponse(
        message=AssistantMessage(
            text or None, reasoning=thought or None, tool_calls=calls, refusal=refused
        ),
        finish_reason=reason,
        usage=draw(usage),
        cost=draw(st.sampled_from([Cost(), Cost(total=Decimal("0.0123"), state="exact")])),
        provider="box",
        model=draw(TEXT),
        id=draw(st.sampled_from(["x", "resp_äöü"])),
        created=draw(st.integers(1, 2**32)),
        service_tier=draw(st.none() | st.just("flex")),
    )
    return [*events, Finished(response)], response


def replying(api: Api, *, stream: bool = True) -> Reply:
    asking: dict[str, Any] = {"model": "m", "stream": stream}
    asking |= {"input": "Hi"} if api == "responses" else {"messages": [_SAID]}
    if api == "chat" and stream:
        asking["stream_options"] = {"include_usage": True}
    asked = asked_in(api, json.dumps(asking).encode(), lambda _: None)
    return reply_to(asked, "1")


_SAID = {"role": "user", "content": "Hi"}


def streamed(api: Api, events: list[Event], response: ChatResponse) -> list[bytes]:
    reply = replying(api)
    return [reply.begin(response), *(reply.feed(event) for event in events)]


def same(api: Api, events: list[Event], response: ChatResponse, told: ChatResponse) -> None:
    """Hold what was read against what was written, as far as the interface tells it."""
    thoughts = response.reasoning
    if api == "responses" and thoughts:
        # Each time that the model thinks is an item, and items are set apart.
        said = [e for e in events if isinstance(e, TextDelta | ReasoningDelta)]
        spells = [list(spell) for kind, spell in groupby(said, key=type) if kind is ReasoningDelta]
        thoughts = "\n\n".join("".join(delta.text for delta in spell) for spell in spells)
    assert told.text == response.text
    assert (told.reasoning or None) == thoughts
    assert told.refusal == response.refusal
    assert told.tool_calls == response.tool_calls
    assert told.usage == response.usage
    facts = ("finish_reason", "created", "model", "service_tier")
    assert told.id == (response.id if api == "chat" else "resp_1")
    assert [getattr(told, fact) for fact in facts] == [getattr(response, fact) for fact in facts]


@pytest.mark.parametrize("api", ["chat", "responses"])
@given(answer=answers())
def test_a_stream_is_read_back(api: Api, answer: tuple[list[Event], ChatResponse]) -> None:
    events, response = answer
    told = decode(streamed(api, events, response), [WEATHER], api=api)
    assert told.error is None
    assert told.response is not None
    same(api, events, response, told.response)
    if api == "chat":
        assert list(told.events) == events[:-1]
    else:
        kinds = (ToolCallStarted, ToolCallReady)
        ours = [event for event in events if isinstance(event, kinds)]
        assert [event for event in told.events if isinstance(event, kinds)] == ours


@pytest.mark.parametrize("api", ["chat", "responses"])
@given(answer=answers())
def test_a_body_is_read_back(api: Api, answer: tuple[list[Event], ChatResponse]) -> None:
    _, response = answer
    body = json.dumps(replying(api, stream=False).whole(response)).encode()
    told = decode([body], [WEATHER], api=api)
    assert told.error is None
    assert told.response is not None
    whole: list[Event] = [ReasoningDelta(response.reasoning)] if response.reasoning else []
    same(api, whole, response, told.response)


@pytest.mark.parametrize("api", ["chat", "responses"])
@given(answer=answers(), at=st.integers(0, 10**6))
def test_a_stream_that_is_cut_is_not_whole(
    api: Api, answer: tuple[list[Event], ChatResponse], at: int
) -> None:
    events, response = answer
    pieces = streamed(api, events, response)
    before = b"".join(pieces[:-1])
    told = decode([before[: at % (len(before) + 1)]], [WEATHER], api=api, cut=True)
    assert told.response is None
    assert told.error is not None


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_repaired_call_is_told_as_it_was_repaired(api: Api) -> None:
    edit = Edit("quotes", kind="syntax", before="'", after='"', start=1)
    call = ToolCall("c", "get_weather", {"city": "Bern"}, raw="{'city': 'Bern'", repairs=(edit,))
    events: list[Event] = [ToolCallStarted(0, "c", "get_weather"), ToolCallDelta(0, call.raw)]
    response = ChatResponse(
        message=AssistantMessage(None, tool_calls=(call,)),
        finish_reason="tool_calls",
        provider="box",
        model="m",
    )
    events += [ToolCallReady(0, call), Finished(response)]
    told = decode(streamed(api, events, response), [WEATHER], api=api)
    assert told.response is not None
    (read,) = told.response.tool_calls
    assert (read.arguments, read.repairs) == (call.arguments, ())
    body = replying(api, stream=False).whole(response)
    assert body["unillm"]["repairs"] == {"c": [edit.to_dict()]}
