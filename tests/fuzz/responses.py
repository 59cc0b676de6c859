"""Answers of the Responses API: documented exceptions alone, and calls go back as they came."""

from __future__ import annotations

from tests.fuzz.pieces import seeds_of, torn
from tests.wire.invariants import TOOLS, check_both, check_torn
from tests.wire.recordings import RECORDINGS
from tests.wire.responses.sending import inputs


def check(data: bytes) -> None:
    """Read the first byte as the circumstances, and decode the rest; an answer is sent back."""
    how = data[0] if data else 0
    pieces = torn(data[1:])
    tools = TOOLS if how & 1 else ()
    check_torn(pieces, tools, cut=bool(how & 2), api="responses")
    told = check_both(b"".join(pieces), tools, api="responses")
    answer = told.response or told.partial
    items = inputs("Hi", answer.message, provider="box", judged=False)
    sent = [item for item in items if item.get("type") in {"function_call", "custom_tool_call"}]
    assert len(sent) == len(answer.tool_calls)


def seeds() -> list[bytes]:
    """Return every recording, with and without tools and the end of the connection."""
    return [
        bytes([how]) + seed
        for recording in RECORDINGS
        if recording.api == "responses"
        for how, seed in zip((1, 2, 5), seeds_of(recording.body), strict=True)
    ]
