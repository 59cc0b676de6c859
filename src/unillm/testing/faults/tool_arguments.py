"""Tool calls whose arguments come more than once, as an object, or as broken JSON."""

from __future__ import annotations

import json

from unillm.testing._chunks import Chunks
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import PARIS, TOKYO, streamed
from unillm.testing.faults.fault import Fault, chat_fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_NAME = "get_weather"
_BROKEN = {
    "trailing-quotes": ('{}""', 'An empty object followed by ""'),
    "two-objects": (PARIS + TOKYO, "Two objects, Paris and Tokyo, in one string"),
    "cut": ('{"city": "Par', "An object cut inside a string"),
    "missing-brace": ('{"city": "Paris"', "An object without its closing brace"),
    "single-quotes": ("{'city': 'Paris'}", "An object with single quotes"),
    "python-literals": (
        '{"city": "Paris", "metric": True, "note": None}',
        "An object with True and None",
    ),
    "trailing-comma": ('{"city": "Paris",}', "An object with a trailing comma"),
    "fenced": ('```json\n{"city": "Paris"}\n```', "An object in a Markdown fence"),
    "inner-quotes": (
        '{"city": "the "old" Paris"}',
        "An object with unescaped quotes inside a string",
    ),
    "raw-newline": (
        '{"city": "Paris", "note": "one\ntwo"}',
        "An object with a raw newline inside a string",
    ),
    "empty": ("", "An empty string"),
    "encoded-twice": (json.dumps(PARIS), "An object encoded twice"),
    "not-a-number": ('{"city": "Paris", "days": NaN}', "An object with NaN"),
    "repeated-key": ('{"city": "Paris", "city": "Tokyo"}', "An object with the key city twice"),
    "wrapped": ('{"arguments": {"city": "Paris"}}', "An object inside another, under arguments"),
    "key-case": ('{"City": "Paris"}', "An object whose key is City instead of city"),
    "number-as-text": (
        '{"city": "Paris", "days": "3"}',
        "An object with the number 3 as a string",
    ),
    "as-code": ('get_weather(city="Paris")', "The call as code"),
    "empty-first": ("{}" + PARIS, "An empty object and then the real one"),
    "same-twice": (PARIS + PARIS, "The same object twice"),
    "list": ('["Paris"]', "A list where an object belongs"),
}


def _broken(kind: str) -> Fault:
    arguments, summary = _BROKEN[kind]

    def make(_: Seen) -> Answer:
        return Answer(tool_calls=[{"name": _NAME, "arguments": arguments}])

    return Fault(f"arguments-{kind}", f"{summary} as the arguments of a call.", make)


FAULTS = tuple(_broken(kind) for kind in _BROKEN)


@chat_fault
def arguments_twice(seen: Seen) -> Raw:
    """Serve one call whose pieces of arguments are each sent twice in a row."""
    c = Chunks(seen)
    first = c.call(0, id=c.call_id(0), name=_NAME, arguments="")
    half, rest = c.call(0, arguments=PARIS[:8]), c.call(0, arguments=PARIS[8:])
    return streamed(
        seen, c.role(content=None), first, half, half, rest, rest, c.finish("tool_calls")
    )


@chat_fault
def arguments_object(seen: Seen) -> Raw:
    """Serve one call whose arguments are a JSON object instead of a string."""
    c = Chunks(seen)
    value = {"city": "Paris"}
    call = {"id": c.call_id(0), "type": "function", "function": {"name": _NAME, "arguments": value}}
    if not seen.wants_stream:
        return Raw.of_json(
            c.body({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")
        )
    first = c.call(0, id=c.call_id(0), name=_NAME, arguments=value)
    return streamed(seen, c.role(content=None), first, c.finish("tool_calls"))


@chat_fault
def arguments_cumulative(seen: Seen) -> Raw:
    """Serve one call whose every piece holds all the arguments so far."""
    c = Chunks(seen)
    ends = (0, 4, 9, 13, len(PARIS))
    grown = [c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS[:end]) for end in ends]
    return streamed(seen, c.role(content=None), *grown, c.finish("tool_calls"))


@chat_fault
def arguments_repeated_at_end(seen: Seen) -> Raw:
    """Serve one call in pieces, then once more whole before the finish."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=""),
        c.call(0, arguments=PARIS[:8]),
        c.call(0, arguments=PARIS[8:]),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS),
        c.finish("tool_calls"),
    )


@chat_fault
def arguments_with_finish(seen: Seen) -> Raw:
    """Serve one call whose last piece, id and name repeated, is in the chunk of the finish."""
    c = Chunks(seen)
    last = {
        "index": 0,
        "id": c.call_id(0),
        "type": "function",
        "function": {"name": _NAME, "arguments": PARIS[8:]},
    }
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS[:8]),
        c.of({"tool_calls": [last]}, "tool_calls"),
    )


@chat_fault
def arguments_null(seen: Seen) -> Raw:
    """Serve one call whose arguments are null."""
    c = Chunks(seen)
    call = {"id": c.call_id(0), "type": "function", "function": {"name": _NAME, "arguments": None}}
    if not seen.wants_stream:
        return Raw.of_json(
            c.body({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")
        )
    first = c.call(0, id=c.call_id(0), name=_NAME, arguments=None)
    return streamed(seen, c.role(content=None), first, c.finish("tool_calls"))
