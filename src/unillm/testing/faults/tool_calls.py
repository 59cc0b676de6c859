"""Tool calls whose pieces do not say where they belong."""

from __future__ import annotations

from unillm.testing._chunks import Chunks
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import CALL, CALLS, PARIS, TOKYO, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_NAME = "get_weather"


@chat_fault
def call_index_missing(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, each with an id of its own, no index on any piece."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(None, id=c.call_id(0), name=_NAME, arguments=""),
        c.call(None, id=c.call_id(0), arguments=PARIS[:8]),
        c.call(None, arguments=PARIS[8:]),
        c.call(None, id=c.call_id(1), name=_NAME, arguments=""),
        c.call(None, arguments=TOKYO),
        c.finish("tool_calls"),
        meant=CALLS,
    )


@chat_fault
def call_index_zero(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, with distinct ids, both at index 0."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS),
        c.call(0, id=c.call_id(1), name=_NAME, arguments=TOKYO),
        c.finish("tool_calls"),
        meant=CALLS,
    )


@chat_fault
def call_index_zero_in_pieces(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, in pieces with distinct ids, all at index 0."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=""),
        c.call(0, arguments=PARIS[:8]),
        c.call(0, arguments=PARIS[8:]),
        c.call(0, id=c.call_id(1), name=_NAME, arguments=""),
        c.call(0, arguments=TOKYO[:8]),
        c.call(0, arguments=TOKYO[8:]),
        c.finish("tool_calls"),
        meant=CALLS,
    )


@chat_fault
def call_index_zero_without_ids(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, at index 0 without ids, each whole in one piece."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, name=_NAME, arguments=PARIS),
        c.call(0, name=_NAME, arguments=TOKYO),
        c.finish("tool_calls"),
        meant=CALLS,
    )


@chat_fault
def call_id_missing(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, at their indexes, without ids."""
    c = Chunks(seen)
    calls = [
        {"type": "function", "function": {"name": _NAME, "arguments": text}}
        for text in (PARIS, TOKYO)
    ]
    if not seen.wants_stream:
        return Raw.of_json(
            c.body({"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls")
        )
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, name=_NAME, arguments=PARIS),
        c.call(1, name=_NAME, arguments=TOKYO),
        c.finish("tool_calls"),
    )


@fault
def call_id_same_twice(_: Seen) -> Answer:
    """Serve two calls, Paris and Tokyo, at their indexes, with the same id."""
    calls = [{"name": _NAME, "arguments": text, "id": "call_same"} for text in (PARIS, TOKYO)]
    return Answer(tool_calls=calls)


@chat_fault
def call_empty_id_and_name_later(seen: Seen) -> Raw:
    """Serve one call; the later pieces bear the id "" and the name "", which must not overwrite."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=""),
        c.call(0, id="", name="", arguments=PARIS[:8]),
        c.call(0, id="", name="", arguments=PARIS[8:]),
        c.finish("tool_calls"),
    )


@chat_fault
def call_null_id_and_name_later(seen: Seen) -> Raw:
    """Serve one call; the later pieces bear null as id and name, which must not overwrite."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=None),
        c.call(0, id=None, name=None, arguments=PARIS[:8]),
        c.call(0, id=None, name=None, arguments=PARIS[8:]),
        c.finish("tool_calls"),
    )


@chat_fault
def call_name_late(seen: Seen) -> Raw:
    """Serve one call whose name is "" at first and comes with the next piece."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name="", arguments=""),
        c.call(0, name=_NAME, arguments=""),
        c.call(0, arguments=PARIS),
        c.finish("tool_calls"),
    )


@chat_fault
def call_arguments_before_name(seen: Seen) -> Raw:
    """Serve one call whose arguments begin before its name is known."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), arguments=PARIS[:8]),
        c.call(0, name=_NAME, arguments=PARIS[8:]),
        c.finish("tool_calls"),
    )


@chat_fault
def call_name_repeated(seen: Seen) -> Raw:
    """Serve one call whose id and name stand on every piece."""
    c = Chunks(seen)
    pieces = [
        c.call(0, id=c.call_id(0), name=_NAME, arguments=text)
        for text in ("", PARIS[:8], PARIS[8:])
    ]
    return streamed(seen, c.role(content=None), *pieces, c.finish("tool_calls"))


@chat_fault
def call_name_in_pieces(seen: Seen) -> Raw:
    """Serve one call whose name comes in two pieces, get_ and weather."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name="get_", arguments=""),
        c.call(0, name="weather"),
        c.call(0, arguments=PARIS),
        c.finish("tool_calls"),
    )


@chat_fault
def call_null_second_entry(seen: Seen) -> Raw:
    """Serve one call, then a second entry with null id and name that repeats its arguments."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS),
        c.call(1, id=None, name=None, arguments=PARIS),
        c.finish("tool_calls"),
        meant=CALL,
    )


@chat_fault
def call_index_from_one(seen: Seen) -> Raw:
    """Serve one call, at index 1; there is no call at index 0."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(1, id=c.call_id(0), name=_NAME, arguments=PARIS[:8]),
        c.call(1, arguments=PARIS[8:]),
        c.finish("tool_calls"),
    )


@chat_fault
def call_pieces_interleaved(seen: Seen) -> Raw:
    """Serve two calls, Paris and Tokyo, whose pieces alternate; sound, but rare."""
    c = Chunks(seen)
    return streamed(
        seen,
        c.role(content=None),
        c.call(0, id=c.call_id(0), name=_NAME, arguments=PARIS[:8]),
        c.call(1, id=c.call_id(1), name=_NAME, arguments=TOKYO[:8]),
        c.call(0, arguments=PARIS[8:]),
        c.call(1, arguments=TOKYO[8:]),
        c.finish("tool_calls"),
        meant=CALLS,
    )
