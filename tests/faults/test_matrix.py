"""Every named fault, over real sockets: what a caller gets, and that nothing leaks."""

from __future__ import annotations

import gc
import json
import traceback

import pytest

import unillm
from tests.faults.expected import (
    EXPECTED,
    ON_TRIO,
    UNLIKE_OVER_AIOHTTP,
    WAITING,
    Answered,
    Outcome,
    Raised,
)
from tests.faults.play import KEY, SHORT, Case, Played, play_alone, play_in_time, play_waiting
from unillm import Finished, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallReady
from unillm._flow import deadlines
from unillm.repair import replay
from unillm.testing import faults

CHAT = faults.names("chat")
MODES = {
    "sync": CHAT,
    "asyncio": CHAT,
    "trio": ON_TRIO,
    "aiohttp": [name for name in CHAT if name not in UNLIKE_OVER_AIOHTTP],
}
# A body goes through the async driver as it goes through the sync one: CI looks at both.
ONCE_MORE = {("asyncio", False): [pytest.mark.slow]}
CASES = [
    pytest.param(
        mode,
        name,
        streamed,
        id=f"{name}-{'stream' if streamed else 'body'}-{mode}",
        marks=ONCE_MORE.get((mode, streamed), []),
    )
    for mode, names in MODES.items()
    for name in names
    for streamed in (True, False)
]


@pytest.fixture(scope="module")
def waited():
    """Hold what came of the faults that take time, by mode."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadlines, "AFTER_FINISH", SHORT)
        patch.setattr(deadlines, "ERROR_BODY", SHORT)
        yield {}
    gc.collect()  # what was forgotten says so now


def played(waited: dict[str, dict[Case, Played]], mode: str, case: Case) -> Played:
    """Return what came of a fault; those that take time have been served side by side."""
    if case[0] not in WAITING:
        return play_alone(mode, case)
    if mode not in waited:
        waited[mode] = play_waiting(mode, MODES[mode])
    done = waited[mode]
    done[case] = play_in_time(mode, case, done[case])
    return done[case]


def test_every_fault_has_an_expectation():
    assert set(faults.names("chat")) == set(EXPECTED)


@pytest.mark.parametrize(("mode", "name", "streamed"), CASES)
def test_fault(waited, mode: str, name: str, streamed: bool):
    outcome = EXPECTED[name][0 if streamed else 1]
    seen = played(waited, mode, (name, streamed))
    check_nothing_foreign(seen)
    check(seen, outcome)
    if streamed:
        check_events(seen, outcome)


def check_nothing_foreign(seen: Played) -> None:
    if seen.error is not None:
        assert isinstance(seen.error, unillm.UnillmError), repr(seen.error)
        said = "".join(traceback.format_exception(seen.error, limit=0)) + repr(seen.error)
        assert KEY not in said
    assert seen.open == 0, "a connection was left open"
    assert all(path == "/v1/chat/completions" for path in seen.paths), "a redirect was followed"


def check(seen: Played, outcome: Outcome) -> None:
    if isinstance(outcome, Answered):
        assert seen.error is None, repr(seen.error)
        assert seen.response is not None
        check_response(seen.response, outcome)
        attempts = seen.response.attempts
        assert attempts[-1].outcome == "ok"
    else:
        assert seen.response is None
        assert isinstance(seen.error, unillm.UnillmError)
        check_error(seen.error, outcome)
        attempts = seen.error.attempts
        assert seen.error.provider == "box"
    assert (seen.wire, len(attempts)) == (outcome.wire, outcome.wire)


def check_response(response: unillm.ChatResponse, outcome: Answered) -> None:
    text = response.text[: len(outcome.text)] if outcome.long else response.text
    assert text == outcome.text
    check_calls(response.tool_calls, outcome)
    assert response.invalid_tool_calls == ()
    assert response.finish_reason == outcome.finish
    word = outcome.finish if outcome.word == "" else outcome.word
    assert response.finish_reason_raw == word
    assert response.reasoning == outcome.reasoning
    assert tuple(note.code for note in response.notes) == outcome.notes
    usage = response.usage
    if isinstance(outcome.usage, bool):
        assert usage is not None
    else:
        assert (usage and (usage.input_tokens, usage.output_tokens)) == outcome.usage
    if outcome.cached is not None:
        assert usage is not None
        assert usage.cached_input_tokens == outcome.cached


def check_calls(calls: tuple[unillm.ToolCall, ...], outcome: Answered) -> None:
    if outcome.meant:
        assert tuple(call.arguments["city"] for call in calls) == outcome.meant
        assert all(call.repairs or call.origin == "rescued" for call in calls)
    if "rescued_calls" not in outcome.notes or not outcome.meant:
        assert tuple(call.raw for call in calls) == outcome.calls
    assert all(call.name == "get_weather" for call in calls)
    assert len({call.id for call in calls}) == len(outcome.meant or outcome.calls)
    for call in calls:
        if not outcome.meant:
            assert call.repairs == ()
            assert call.origin == "native"
        if call.origin == "native":
            assert json.loads(replay(call.raw, call.repairs).strip() or "{}") == call.arguments


def check_error(error: unillm.UnillmError, outcome: Raised) -> None:
    assert type(error) is outcome.error, repr(error)
    assert outcome.says in str(error)
    assert getattr(error, "status", None) == outcome.status
    partial = error.partial
    if outcome.text is None:
        assert partial is None
        return
    assert partial is not None
    assert partial.text == outcome.text
    assert tuple(call.raw for call in partial.invalid_tool_calls) == outcome.calls
    assert tuple(call.raw for call in partial.tool_calls) == outcome.good


def check_events(seen: Played, outcome: Outcome) -> None:
    """The events say what the response says, and offer no call that it does not hold."""
    whole = seen.response or (
        seen.error.partial if isinstance(seen.error, unillm.UnillmError) else None
    )
    ready = [event.call for event in seen.events if isinstance(event, ToolCallReady)]
    assert ready == list(whole.tool_calls if whole else ())
    assert any(isinstance(event, Finished) for event in seen.events) == (seen.error is None)
    if seen.response is not None:
        assert seen.events[-1] == Finished(seen.response)
    if whole is None:
        return
    last_attempt = whole.text
    assert "".join(e.text for e in seen.events if isinstance(e, TextDelta)) == last_attempt
    thought = "".join(e.text for e in seen.events if isinstance(e, ReasoningDelta))
    assert (thought or None) == whole.reasoning
    for event in seen.events:
        if isinstance(event, ToolCallReady):
            pieces = [
                e.fragment
                for e in seen.events
                if isinstance(e, ToolCallDelta) and e.index == event.index
            ]
            assert "".join(pieces) == event.call.raw
