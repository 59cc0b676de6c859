"""Fragments of tool calls: the events tell each call once and whole, and no other exception."""

from __future__ import annotations

import json

from tests.fuzz.pieces import value_of
from tests.wire.assembled import assemble
from tests.wire.test_assembler import TABLE
from unillm import MalformedResponseError, ToolCall
from unillm.repair import replay


def check(data: bytes) -> None:
    """Read each line as the entry, or entries, of one chunk."""
    try:
        deltas = [value_of(line) for line in data.split(b"\n")]
    except ValueError:
        return
    for tools in (("go", "get_weather"), ()):
        try:
            assembled = assemble(deltas, tools)
        except MalformedResponseError:
            continue
        assert assembled.calls is not None  # what the events say of them has been looked at
        for call in assembled.done:
            if isinstance(call, ToolCall):
                written = replay(call.raw, call.repairs)
                assert json.loads(written.strip() or "{}") == call.arguments
        assert all(isinstance(name, str) for name, _ in assembled.refused)


def seeds() -> list[bytes]:
    """Return every way of labelling that the tests know."""
    return [
        b"\n".join(json.dumps(delta).encode() for delta in deltas) for deltas, _ in TABLE.values()
    ]
