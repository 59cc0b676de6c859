"""Faults over the Responses API: what a caller gets is what he gets over Chat Completions."""

from __future__ import annotations

import pytest

import unillm
from tests.faults.expected import EXPECTED, WAITING, Answered
from tests.faults.play import KEY, play
from unillm import TextDelta, ToolCallReady
from unillm.testing import faults

SHARED = [name for name in faults.names("responses") if name in EXPECTED and name not in WAITING]
TEXT = "The weather in Paris is sunny."
INCOMPLETE, MALFORMED = unillm.IncompleteStreamError, unillm.MalformedResponseError
OWN: dict[str, type[unillm.UnillmError] | str] = {
    # the fault: the exception, or how the text begins
    "cut-before-terminal": INCOMPLETE,
    "eof-before-terminal": INCOMPLETE,
    "reset-before-terminal": INCOMPLETE,
    "responses-arguments-only-done": "",
    "responses-arguments-only-in-item": "",
    "responses-chat-body": MALFORMED,
    "responses-done-marker": TEXT,
    "responses-encrypted-partial": "",
    "responses-error-event": unillm.ServerError,
    "responses-error-object": unillm.ServerError,
    "responses-event-names-missing": "",
    "responses-event-not-json": MALFORMED,
    "responses-failed": unillm.ServerError,
    "responses-failed-at-start": unillm.ServerError,
    "responses-failed-rate-limit": unillm.RateLimitError,
    "responses-incomplete-unknown-reason": "The weather",
    "responses-item-id-changes": "",
    "responses-items-interleaved": "",
    "responses-items-only-done": "",
    "responses-output-empty-at-end": TEXT,
    "responses-output-null": MALFORMED,
    "responses-sequence-missing": "",
    "responses-text-only-done": TEXT,
    "responses-unknown-events": TEXT,
    "responses-unknown-item": TEXT,
}
STALLED = {"stall-before-terminal"}
"""It takes a time limit to end; stalls over Chat Completions are the same code."""


def test_every_fault_has_an_expectation():
    own = set(faults.names("responses")) - set(EXPECTED)
    assert own == set(OWN) | STALLED


@pytest.mark.parametrize("name", SHARED)
def test_shared_fault(name):
    seen = play(name, streamed=True, api="responses")
    outcome = EXPECTED[name][0]
    check_events(seen)
    assert seen.wire == outcome.wire
    if not isinstance(outcome, Answered):
        assert type(seen.error) is outcome.error, repr(seen.error)
        assert seen.response is None
        return
    response = seen.response
    assert response is not None, repr(seen.error)
    assert response.text.startswith(outcome.text[:20])
    assert len(response.tool_calls) == len(outcome.meant or outcome.calls)
    if outcome.meant:
        assert tuple(call.arguments["city"] for call in response.tool_calls) == outcome.meant
    assert response.reasoning == outcome.reasoning


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("name", OWN)
def test_own_fault(name, streamed):
    seen = play(name, streamed=streamed, api="responses")
    expected = OWN[name]
    check_events(seen)
    if not streamed and name == "responses-event-not-json":
        expected = TEXT  # there are no events in a body
    if isinstance(expected, str):
        assert seen.response is not None, repr(seen.error)
        assert seen.response.api == "responses"
        assert seen.response.text.startswith(expected)
        assert expected or seen.response.tool_calls
    else:
        assert type(seen.error) is expected, repr(seen.error)


def check_events(seen):
    """Nothing foreign is raised or left open, and nothing is offered that the answer has not."""
    assert seen.error is None or isinstance(seen.error, unillm.UnillmError), repr(seen.error)
    assert KEY not in repr(seen.error)
    assert seen.open == 0
    assert set(seen.paths) == {"/v1/responses"}
    answer = seen.response or getattr(seen.error, "partial", None)
    offered = [event.call for event in seen.events if isinstance(event, ToolCallReady)]
    if answer is not None and seen.events:
        assert offered == list(answer.tool_calls)
        text = "".join(event.text for event in seen.events if isinstance(event, TextDelta))
        assert text == answer.text
