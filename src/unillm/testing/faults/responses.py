"""What goes wrong with responses and their streams of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from unillm.testing._chunks import Chunks
from unillm.testing._error import error_fields
from unillm.testing._render import DONE, event, render, sse
from unillm.testing._responses.envelope import Envelope
from unillm.testing._responses.events import begun, item_events, numbered, terminal
from unillm.testing._responses.items import Items, items_of
from unillm.testing._responses.spoken import stream_of
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import CALL, CALLS, TEXT, in_text
from unillm.testing.faults.fault import responses_fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen

_PROBLEM = {"code": "server_error", "message": "The server had an error processing your request."}
_LIMIT = {"code": "rate_limit_exceeded", "message": "Rate limit reached for requests."}
_TEXT = "response.output_text."
_ARGUMENTS = "response.function_call_arguments."


def _told(seen: Seen, events: Iterable[dict[str, Any]], meant: Answer) -> Raw:
    """Return a stream of events, or the sound answer where no stream was asked for."""
    if not seen.wants_stream:
        return render(seen, meant)
    return Raw(segments=[event(one) for one in events])


def _without(seen: Seen, answer: Answer, left_out: Callable[[str], bool]) -> Raw:
    """Return an answer without the events of some types."""
    kept = [one for one in stream_of(seen, answer) if not left_out(one["type"])]
    return _told(seen, kept, answer)


def _after_text(seen: Seen, *events: dict[str, Any]) -> Raw:
    begun_text = in_text(seen)
    return Raw(segments=[*begun_text, *(event(one) for one in numbered(events, len(begun_text)))])


def _failed(seen: Seen, problem: dict[str, str]) -> Raw:
    half = [Items(seen).message({"type": "output_text", "text": "The weather", "annotations": []})]
    response = Envelope(seen).of("failed", half, error=problem)
    if not seen.wants_stream:
        return Raw.of_json(response)
    return _after_text(seen, terminal({**response, "output": []}))


@responses_fault
def responses_failed(seen: Seen) -> Raw:
    """Serve some text, then response.failed with server_error; a body whose status is failed."""
    return _failed(seen, _PROBLEM)


@responses_fault
def responses_failed_rate_limit(seen: Seen) -> Raw:
    """Serve some text, then response.failed with rate_limit_exceeded; a body that says it."""
    return _failed(seen, _LIMIT)


@responses_fault
def responses_failed_at_start(seen: Seen) -> Raw:
    """Serve response.created and at once response.failed with server_error."""
    response = Envelope(seen).of("failed", (), error=_PROBLEM)
    if not seen.wants_stream:
        return Raw.of_json(response)
    opened = begun(Envelope(seen).under_way())
    return _told(seen, numbered([*opened, terminal(response)]), TEXT)


@responses_fault
def responses_error_event(seen: Seen) -> Raw:
    """Serve some text, then an event of the type error."""
    if not seen.wants_stream:
        return Raw.of_json(error_fields(_PROBLEM["message"], code="server_error"))
    return _after_text(seen, {"type": "error", "param": None, **_PROBLEM})


@responses_fault
def responses_error_object(seen: Seen) -> Raw:
    """Serve some text, then an event that is an error object as Chat Completions has it."""
    problem = error_fields(_PROBLEM["message"], code="server_error")
    return (
        Raw(segments=[*in_text(seen), sse(problem)]) if seen.wants_stream else Raw.of_json(problem)
    )


@responses_fault
def responses_incomplete_unknown_reason(seen: Seen) -> Raw:
    """Serve half a text, incomplete for a reason that nobody documents."""
    half = replace(TEXT, finish_reason="length")
    why = {"incomplete_details": {"reason": "sunset"}}
    *events, last = stream_of(seen, half)
    ended = {**last["response"], **why}
    if not seen.wants_stream:
        return Raw.of_json(ended)
    return _told(seen, [*events, {**last, "response": ended}], half)


@responses_fault
def responses_done_marker(seen: Seen) -> Raw:
    """Serve a sound stream with data: [DONE] after its last event."""
    sound = render(seen, TEXT)
    return replace(sound, segments=[*sound.segments, DONE]) if seen.wants_stream else sound


@responses_fault
def responses_event_names_missing(seen: Seen) -> Raw:
    """Serve a sound stream with data lines only, no event lines."""
    if not seen.wants_stream:
        return render(seen, CALL)
    return Raw(segments=[sse(one) for one in stream_of(seen, CALL)])


@responses_fault
def responses_sequence_missing(seen: Seen) -> Raw:
    """Serve a sound stream whose events have no sequence_number."""
    events = stream_of(seen, CALL)
    bare: list[dict[str, Any]] = [
        {k: v for k, v in one.items() if k != "sequence_number"} for one in events
    ]
    return _told(seen, bare, CALL)


@responses_fault
def responses_text_only_done(seen: Seen) -> Raw:
    """Serve a text that comes whole when it is done, without deltas."""
    return _without(seen, TEXT, lambda kind: kind == f"{_TEXT}delta")


@responses_fault
def responses_arguments_only_done(seen: Seen) -> Raw:
    """Serve a call whose arguments come whole when they are done, without deltas."""
    return _without(seen, CALL, lambda kind: kind == f"{_ARGUMENTS}delta")


@responses_fault
def responses_arguments_only_in_item(seen: Seen) -> Raw:
    """Serve a call whose arguments come with the item that is done, and in no other event."""
    return _without(seen, CALL, lambda kind: kind.startswith(_ARGUMENTS))


@responses_fault
def responses_items_only_done(seen: Seen) -> Raw:
    """Serve a text and a call as items that are done, and no event inside them."""
    both = replace(CALL, text=TEXT.text)
    wanted = {"response.created", "response.output_item.done", "response.completed"}
    return _without(seen, both, lambda kind: kind not in wanted)


@responses_fault
def responses_items_interleaved(seen: Seen) -> Raw:
    """Serve two calls whose events alternate."""
    items = items_of(seen, CALLS)
    first, second = (item_events(at, item) for at, item in enumerate(items))
    mixed = [one for pair in zip(first, second, strict=True) for one in pair]
    envelope = Envelope(seen)
    opened, ended = begun(envelope.under_way()), terminal(envelope.of("completed", items))
    return _told(seen, numbered([*opened, *mixed, ended]), CALLS)


@responses_fault
def responses_output_empty_at_end(seen: Seen) -> Raw:
    """Serve a text and a call in a stream whose last event has output: []."""
    both = replace(CALL, text=TEXT.text)
    *events, last = stream_of(seen, both)
    bare: dict[str, Any] = last | {"response": last["response"] | {"output": []}}
    return _told(seen, [*events, bare], both)


@responses_fault
def responses_unknown_events(seen: Seen) -> Raw:
    """Serve a sound text with events of types that nobody documents in between."""
    odd = {"type": "response.hologram.delta", "delta": {"x": 1}, "output_index": 0}
    mixed = [one for sound in stream_of(seen, TEXT) for one in (odd, sound)]
    renumbered = numbered({**one, "sequence_number": at} for at, one in enumerate(mixed))
    return _told(seen, renumbered, TEXT)


@responses_fault
def responses_unknown_item(seen: Seen) -> Raw:
    """Serve a sound text after an item of a type that nobody documents."""
    odd: dict[str, Any] = {"id": "holo_1", "type": "hologram_call", "status": "completed"}
    (message,) = items_of(seen, TEXT)
    envelope = Envelope(seen)
    ended = envelope.of("completed", [odd, message])
    if not seen.wants_stream:
        return Raw.of_json(ended)
    around = [{"type": f"response.output_item.{s}", "output_index": 0, "item": odd} for s in _STEPS]
    events = [*begun(envelope.under_way()), *around, *item_events(1, message), terminal(ended)]
    return _told(seen, numbered(events), TEXT)


_STEPS = ("added", "done")


@responses_fault
def responses_encrypted_partial(seen: Seen) -> Raw:
    """Serve reasoning whose encrypted_content is whole only when the item is done."""
    answer = replace(CALL, reasoning="The user asks for the weather.")
    events = list(stream_of(seen, answer))
    whole = events[-1]["response"]["output"][0]["encrypted_content"]
    part = {"encrypted_content": whole[: len(whole) // 2]}
    first = next(one for one in events if one["type"] == "response.output_item.added")
    first["item"] = {**first["item"], **part}
    return _told(seen, events, answer)


@responses_fault
def responses_item_id_changes(seen: Seen) -> Raw:
    """Serve a text and a call whose item_id is another one in each event."""
    both = replace(CALL, text=TEXT.text)
    changed: list[dict[str, Any]] = [
        one | ({"item_id": f"{one['item_id']}_{at}"} if "item_id" in one else {})
        for at, one in enumerate(stream_of(seen, both))
    ]
    return _told(seen, changed, both)


@responses_fault
def responses_chat_body(seen: Seen) -> Raw:
    """Serve a sound body of Chat Completions, also where a stream was asked for."""
    return Raw.of_json(Chunks(seen).body({"role": "assistant", "content": TEXT.text}))


@responses_fault
def responses_event_not_json(seen: Seen) -> Raw:
    """Serve some text, then an event that is not JSON, then the end of the stream."""
    if not seen.wants_stream:
        return render(seen, TEXT)
    return Raw(segments=[*in_text(seen), b"event: response.output_text.delta\ndata: {oops\n\n"])


@responses_fault
def responses_output_null(seen: Seen) -> Raw:
    """Serve a completed response whose output is null, as the last event or as a body."""
    ended = {**Envelope(seen).of("completed", ()), "output": None}
    if not seen.wants_stream:
        return Raw.of_json(ended)
    return _told(seen, numbered([*begun(Envelope(seen).under_way()), terminal(ended)]), TEXT)
