"""Fragments of tool calls: the events tell each call once and whole, and no other exception."""

from __future__ import annotations

import json

from tests.fuzz.pieces import value_of
from tests.wire.assembled import assemble
from tests.wire.test_assembler import TABLE
from unillm import MalformedResponseError


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
        for _, raw in assembled.calls:
            assert isinstance(json.loads(raw.strip() or "{}"), dict)
        assert all(isinstance(name, str) for name, _ in assembled.refused)


def seeds() -> list[bytes]:
    """Return every way of labelling that the tests know."""
    return [
        b"\n".join(json.dumps(delta).encode() for delta in deltas) for deltas, _ in TABLE.values()
    ]
