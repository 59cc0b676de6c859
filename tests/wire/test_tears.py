"""Every recording says the same in whatever pieces it comes, and never more when it is cut."""

from __future__ import annotations

import pytest

from tests.effort import ALL, cuts
from tests.wire.drive import Told, decode, run
from tests.wire.recordings import FOLDER, RECORDINGS, Recording
from unillm import (
    IncompleteStreamError,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallReady,
    ToolCallStarted,
)

# Millions of steps over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

every = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda r: r.name)


def whole(recording: Recording) -> Told:
    """Decode a recording in one piece."""
    return decode([recording.body], recording.tools, api=recording.api)


def joined(told: Told, kind: type[TextDelta | ReasoningDelta | RefusalDelta]) -> str | None:
    """Join what the events of one kind say."""
    return "".join(event.text for event in told.events if isinstance(event, kind)) or None


def ready(told: Told) -> list[ToolCallReady]:
    """Return the events that offer a call."""
    return [event for event in told.events if isinstance(event, ToolCallReady)]


def test_there_are_recordings_and_nothing_else():
    paths = [path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()]
    answers = [path for path in paths if path.suffix in {".sse", ".json"}]
    assert len(RECORDINGS) == len(answers) > 40
    assert sorted(set(paths) - set(answers)) == sorted(p.with_suffix(".toml") for p in answers)


@every
def test_recording_names_its_source(recording):
    assert isinstance(recording.about["synthetic"], bool)
    assert ("recorded" in recording.about["follows"]) is not recording.about["synthetic"]
    assert len(recording.about["follows"]) > 10
    assert recording.about["shows"]


@every
def test_recording_says_what_is_expected(recording):
    told = whole(recording)
    expect = dict(recording.expect)
    answer = told.response or told.partial
    assert (type(told.error).__name__ if told.error else None) == expect.pop("error", None), told
    assert answer.text == expect.pop("text")
    assert answer.reasoning == expect.pop("reasoning", None)
    assert answer.refusal == expect.pop("refusal", None)
    assert answer.finish_reason == expect.pop("finish", answer.finish_reason)
    usage = expect.pop("usage", None)
    counted = answer.usage and [answer.usage.input_tokens, answer.usage.output_tokens]
    assert counted == usage
    assert (answer.usage and answer.usage.cached_input_tokens) == expect.pop("cached", None)
    calls = [[call.id, call.name, call.raw] for call in answer.tool_calls]
    for call, wanted in zip(calls, expect.pop("calls", []), strict=True):
        assert call == [wanted[0] or call[0], *wanted[1:]]
    assert expect == {}


@every
def test_flow_and_decoder_agree(recording):
    alone, flow = whole(recording), run([recording.body], recording.tools, api=recording.api)
    assert [e for e in flow.events if type(e).__name__ != "Finished"] == list(alone.events)
    assert type(flow.error) is type(alone.error)
    if flow.response:
        assert alone.response
        assert flow.response.message == alone.response.message


@every
def test_torn_in_two_at_every_byte(recording):
    body, outcome = recording.body, whole(recording).outcome
    for at in cuts(body):
        told = decode([body[:at], body[at:]], recording.tools, api=recording.api)
        assert told.outcome == outcome, at


@every
@pytest.mark.parametrize("size", [1, 2, 3, 7] if ALL else [1])
def test_torn_into_pieces(recording, size):
    body = recording.body
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    told = decode(pieces, recording.tools, api=recording.api)
    assert told.outcome == whole(recording).outcome


def prefixes(recording: Recording) -> dict[tuple[int, bool], Told]:
    """Decode every prefix of a recording as if it ended there, some as if it broke off there."""
    body = recording.body

    def told(end: int, *, cut: bool) -> Told:
        return decode([body[:end]], recording.tools, cut=cut, api=recording.api)

    # The real ones are long and say little new inside of a line: every fifth place is enough.
    ends = cuts(body) if recording.about["synthetic"] else range(0, len(body), 5)
    ended = {(end, False): told(end, cut=False) for end in (0, *ends)}
    lines = [at for at in range(len(body)) if body[at : at + 1] in b"\r\n"]
    near = {end for at in lines for end in range(at - 1, at + 2) if end < len(body)}
    ended |= {(end, False): told(end, cut=False) for end in near}
    return ended | {(end, True): told(end, cut=True) for end in sorted(near)}


@every
def test_no_prefix_is_taken_for_the_whole(recording):
    """Before the finish reason any cut is an error; after it the same answer, perhaps uncounted."""
    full = whole(recording)
    answer = full.response or full.partial
    tolds = prefixes(recording)
    for (end, _), told in tolds.items():
        check_prefix(told, full, end)
        partial = told.response or told.partial
        assert answer.text.startswith(partial.text), end
        assert (answer.reasoning or "").startswith(partial.reasoning or ""), end
        assert all(event in ready(full) for event in ready(told)), end
    if recording.streamed and full.response is not None:
        for cut in (True, False):
            check_place_of_the_end(recording, full.response.finish_reason_raw, cut, tolds)


def check_prefix(told: Told, full: Told, end: int) -> None:
    if told.error is None:
        assert told.response is not None
        assert full.response is not None, end
        assert told.response.message == full.response.message, end
        assert told.response.finish_reason == full.response.finish_reason, end
        assert told.response.usage in (None, full.response.usage), end
    elif type(told.error) is not type(full.error):
        assert type(told.error) is IncompleteStreamError, (end, told.error)


def place(item: tuple[tuple[int, bool], Told]) -> int:
    return item[0][0]


def check_place_of_the_end(recording, word: str | None, cut: bool, tolds) -> None:
    """Exactly from the finish chunk on the answer is complete."""
    own = {end: told for (end, how), told in sorted(tolds.items(), key=place) if how is cut}
    whole_at = [end for end, told in own.items() if told.error is None]
    first = whole_at[0] if whole_at else len(recording.body)
    assert whole_at == [end for end in own if end >= first]
    last = recording.body[:first].rpartition(b"data:")[2]
    assert (word or "[DONE]").encode() in last


@every
def test_events_add_up_to_the_answer(recording):
    told = whole(recording)
    answer = told.response or told.partial
    assert joined(told, TextDelta) == (answer.text or None)
    assert joined(told, ReasoningDelta) == answer.reasoning
    assert joined(told, RefusalDelta) == answer.refusal
    assert [event.call for event in ready(told)] == list(answer.tool_calls)
    for event in ready(told):
        kinds = [e for e in told.events if getattr(e, "index", None) == event.index]
        assert isinstance(kinds[0], ToolCallStarted)
        assert all(isinstance(e, ToolCallDelta) for e in kinds[1:-1])
        assert kinds[-1] is event
        fragments = [e.fragment for e in kinds if isinstance(e, ToolCallDelta)]
        assert "".join(fragments) == event.call.raw
