"""Errors inside an answer whose status is 200."""

from __future__ import annotations

from unillm.testing._chunks import Chunks
from unillm.testing._error import error_fields
from unillm.testing._render import sse
from unillm.testing.faults._scene import speaking
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_ERROR = error_fields("The upstream provider is overloaded.", code=502)


@fault
def error_in_body(_: Seen) -> Raw:
    """Serve status 200 and a JSON body with an error object."""
    return Raw.of_json(_ERROR)


@chat_fault
def error_choices_null(_: Seen) -> Raw:
    """Serve status 200 and a JSON body with an error object and choices: null."""
    return Raw.of_json({**_ERROR, "choices": None})


@chat_fault
def choices_null_in_body(seen: Seen) -> Raw:
    """Serve status 200 and a JSON body with choices: null and no error."""
    return Raw.of_json({**Chunks(seen).body(None), "choices": None})


@chat_fault
def choices_empty_in_body(seen: Seen) -> Raw:
    """Serve status 200 and a JSON body with choices: [] and no error."""
    return Raw.of_json({**Chunks(seen).body(None), "choices": []})


@chat_fault
def message_null_in_body(seen: Seen) -> Raw:
    """Serve status 200 and a JSON body whose message is null."""
    return Raw.of_json(Chunks(seen).body(None))


@fault
def error_at_start(seen: Seen) -> Raw:
    """Serve a stream whose first event is an error object."""
    return Raw.of_events(_ERROR) if seen.wants_stream else Raw.of_json(_ERROR)


@chat_fault
def error_in_text(seen: Seen) -> Raw:
    """Serve some text, then an event that is an error object, then [DONE]."""
    return (
        Raw.of_events(*speaking(Chunks(seen)), _ERROR) if seen.wants_stream else Raw.of_json(_ERROR)
    )


@chat_fault
def error_with_finish(seen: Seen) -> Raw:
    """Serve some text, then a chunk with an error object and the finish_reason "error"."""
    if not seen.wants_stream:
        return Raw.of_json(_ERROR)
    c = Chunks(seen)
    return Raw.of_events(*speaking(c), c.of({"content": ""}, "error", **_ERROR))


@chat_fault
def error_event(seen: Seen) -> Raw:
    """Serve some text, then an event named error (event: error)."""
    if not seen.wants_stream:
        return Raw.of_json(_ERROR)
    return Raw.of_events(*speaking(Chunks(seen)), b"event: error\n" + sse(_ERROR), done=False)


@chat_fault
def error_string(seen: Seen) -> Raw:
    """Serve some text, then an event whose error is a string instead of an object."""
    problem = {"error": "Internal server error"}
    return (
        Raw.of_events(*speaking(Chunks(seen)), problem)
        if seen.wants_stream
        else Raw.of_json(problem)
    )


@chat_fault
def error_in_lines(seen: Seen) -> Raw:
    """Serve some text, then an error object as plain JSON, not as an event."""
    if not seen.wants_stream:
        return Raw.of_json(_ERROR)
    plain = b'{"error":{"message":"The upstream provider is overloaded.","code":502}}\n'
    return Raw.of_events(*speaking(Chunks(seen)), plain, done=False)
