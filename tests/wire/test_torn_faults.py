"""Broken arguments and leaked calls come to the same wherever they are cut into pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic_core import to_json

from tests.effort import cuts
from tests.faults.expected import EXPECTED, Answered
from tests.wire.drive import Told, decode
from tests.wire.invariants import check
from unillm import TextDelta
from unillm.testing import faults
from unillm.testing.answer import Answer
from unillm.testing.faults import leaks, tool_arguments
from unillm.tools import tools_from

# Thousands of answers over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

TOOLS = tools_from([faults.WEATHER_TOOL])
BROKEN = {fault.name: fault.make(None) for fault in tool_arguments.FAULTS}  # pyright: ignore[reportArgumentType]
LEAKED = {fault.name: fault.make(None) for fault in leaks.FAULTS}  # pyright: ignore[reportArgumentType]


def stream_of(*deltas: dict[str, Any], finish: str) -> bytes:
    """Return a stream of these deltas."""
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    events = [to_json({"id": "r1", "choices": [choice]}) for choice in choices]
    return b"".join(b"data: " + event + b"\n\n" for event in [*events, b"[DONE]"])


def calling(*fragments: str) -> bytes:
    """Return a call whose arguments come in these fragments."""
    first = {"id": "c1", "type": "function"}
    deltas = [
        {"index": 0, **(first if at == 0 else {}), "function": function}
        for at, fragment in enumerate(fragments)
        for function in [{"arguments": fragment, **({"name": "get_weather"} if at == 0 else {})}]
    ]
    return stream_of(*({"tool_calls": [delta]} for delta in deltas), finish="tool_calls")


def saying(*pieces: str) -> bytes:
    """Return a text that comes in these pieces."""
    return stream_of(*({"content": piece} for piece in pieces), finish="stop")


def message(told: Told) -> tuple[object, ...]:
    """Return what an answer says, whatever its pieces were.

    Not how the arguments were received: what is repeated in a piece of its own is left out before
    any repair.
    """
    answer = told.response or told.partial
    calls = [(call.id, call.name, call.arguments) for call in answer.tool_calls]
    return answer.text, calls, len(answer.invalid_tool_calls), answer.finish_reason


def told_of(body: bytes, *cuts: int) -> Told:
    """Decode an answer in pieces and look whether events and answer agree."""
    places = [0, *cuts, len(body)]
    pieces = [body[a:b] for a, b in pairwise(places)]
    told = decode(pieces, TOOLS, rescues=True)
    check(told)
    return told


def text_of(answer: object) -> str:
    assert isinstance(answer, Answer)
    return answer.calls[0].arguments if answer.calls else answer.text or ""  # pyright: ignore[reportReturnType]


def is_as_expected(name: str, told: Told) -> bool:
    outcome = EXPECTED[name][0]
    if not isinstance(outcome, Answered):
        return told.error is not None
    assert told.response is not None
    cities = tuple(call.arguments["city"] for call in told.response.tool_calls)
    return cities == outcome.meant


@pytest.mark.parametrize("name", BROKEN)
def test_broken_arguments_torn_at_every_byte(name):
    body = calling(text_of(BROKEN[name]))
    whole = told_of(body)
    assert is_as_expected(name, whole)
    for at in cuts(body):
        assert told_of(body, at).outcome == whole.outcome, at


@pytest.mark.parametrize("name", BROKEN)
def test_broken_arguments_in_two_fragments_and_in_single_characters(name):
    text = text_of(BROKEN[name])
    whole = message(told_of(calling(text)))
    for at in range(1, len(text)):
        assert message(told_of(calling(text[:at], text[at:]))) == whole, at
    assert message(told_of(calling(*text or [""]))) == whole


@pytest.mark.parametrize("name", LEAKED)
def test_leaks_torn_at_every_byte(name):
    body = saying(text_of(LEAKED[name]))
    whole = told_of(body)
    assert is_as_expected(name, whole)
    for at in cuts(body):
        assert told_of(body, at).outcome == whole.outcome, at


@pytest.mark.parametrize("name", LEAKED)
def test_leaks_in_two_pieces_and_in_single_characters(name):
    text = text_of(LEAKED[name])
    whole = message(told_of(saying(text)))
    for at in range(1, len(text)):
        assert message(told_of(saying(text[:at], text[at:]))) == whole, at
    assert message(told_of(saying(*text))) == whole


@pytest.mark.parametrize("name", LEAKED)
def test_leaks_that_break_off_are_no_calls_and_nothing_of_them_is_lost(name):
    text = text_of(LEAKED[name])
    for end in range(len(text)):
        body = saying(text[:end]).partition(b'"finish_reason":"stop"')[0].rpartition(b"data:")[0]
        told = decode([body], TOOLS, rescues=True, cut=True)
        check(told)
        assert told.error is not None
        if not told.partial.invalid_tool_calls:
            said = "".join(e.text for e in told.events if isinstance(e, TextDelta))
            assert said == told.partial.text == text[:end], end
