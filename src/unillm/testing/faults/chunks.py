"""Chunks and messages with fields that are missing, null, or of another type."""

from __future__ import annotations

from typing import Any

from unillm.testing._chunks import Chunks
from unillm.testing._render import DONE, sse
from unillm.testing.answer import Answer
from unillm.testing.faults._scene import TEXT, speaking, streamed
from unillm.testing.faults.fault import chat_fault, fault
from unillm.testing.raw import Raw
from unillm.testing.seen import Seen


@chat_fault
def choices_null(seen: Seen) -> Raw:
    """Serve a sound text with a chunk in it whose choices are null."""
    c = Chunks(seen)
    return streamed(
        seen, *speaking(c), c.choices(None), c.text("is sunny."), c.finish(), meant=TEXT
    )


@chat_fault
def choices_empty(seen: Seen) -> Raw:
    """Serve a sound text that begins, as Azure's, with a chunk whose choices are []."""
    c = Chunks(seen)
    first = c.choices([], prompt_filter_results=[{"prompt_index": 0}])
    return streamed(seen, first, *speaking(c), c.text("is sunny."), c.finish(), meant=TEXT)


@chat_fault
def choices_missing(seen: Seen) -> Raw:
    """Serve a sound text with a chunk in it that has no choices."""
    c = Chunks(seen)
    bare = {"id": c.id, "object": "chat.completion.chunk"}
    return streamed(seen, *speaking(c), bare, c.text("is sunny."), c.finish(), meant=TEXT)


@chat_fault
def delta_null(seen: Seen) -> Raw:
    """Serve a sound text with a chunk in it whose delta is null, as of Azure's content filter."""
    c = Chunks(seen)
    return streamed(
        seen, *speaking(c), c.of(None), c.text("is sunny."), c.of(None, "stop"), meant=TEXT
    )


@chat_fault
def content_parts(seen: Seen) -> Raw:
    """Serve a sound text whose content is a list of parts."""
    c = Chunks(seen)
    parts = [
        {"type": "text", "text": "The weather in Paris "},
        {"type": "text", "text": "is sunny."},
    ]
    if not seen.wants_stream:
        return Raw.of_json(c.body({"role": "assistant", "content": parts}))
    return streamed(
        seen, c.role(), c.of({"content": parts[:1]}), c.of({"content": parts[1:]}), c.finish()
    )


@chat_fault
def response_id_missing(seen: Seen) -> Raw:
    """Serve a sound text without id, created and model."""
    c = Chunks(seen)
    if not seen.wants_stream:
        return Raw.of_json(
            {"choices": c.body({"role": "assistant", "content": TEXT.text})["choices"]}
        )
    bare = [
        {"choices": chunk["choices"]} for chunk in (*speaking(c), c.text("is sunny."), c.finish())
    ]
    return streamed(seen, *bare)


@chat_fault
def role_missing(seen: Seen) -> Raw:
    """Serve a sound text whose stream never names a role, and whose body has none."""
    c = Chunks(seen)
    if not seen.wants_stream:
        return Raw.of_json(c.body({"content": TEXT.text}))
    return streamed(seen, c.text("The weather in Paris "), c.text("is sunny."), c.finish())


@fault
def unknown_fields(_: Seen) -> Answer:
    """Serve a sound text with top-level fields and a service_tier that nobody documents."""
    return Answer(
        TEXT.text,
        extra={"service_tier": "hyperspace", "x_trace": {"node": 7}, "system_fingerprint": None},
    )


@chat_fault
def chunk_not_an_object(seen: Seen) -> Raw:
    """Serve a text with an event in it that is the JSON number 7."""
    return streamed(seen, *speaking(Chunks(seen)), 7, Chunks(seen).finish(), meant=TEXT)


@chat_fault
def chunk_not_json(seen: Seen) -> Raw:
    """Serve a text with an event in it that is not JSON."""
    return streamed(
        seen, *speaking(Chunks(seen)), b"data: {oops\n\n", Chunks(seen).finish(), meant=TEXT
    )


@chat_fault
def choices_two(seen: Seen) -> Raw:
    """Serve two choices, the second of which nobody asked for."""
    c = Chunks(seen)
    second: dict[str, Any] = {"index": 1, "delta": {"content": "Rain."}, "finish_reason": None}
    ended: dict[str, Any] = {"index": 1, "delta": {}, "finish_reason": "stop"}
    if not seen.wants_stream:
        body = c.body({"role": "assistant", "content": TEXT.text})
        other = {
            "index": 1,
            "message": {"role": "assistant", "content": "Rain."},
            "finish_reason": "stop",
        }
        return Raw.of_json({**body, "choices": [*body["choices"], other]})
    middle = [c.choices([second]), c.choices([ended]), c.text("is sunny.")]
    return Raw(segments=[sse(chunk) for chunk in (*speaking(c), *middle, c.finish())] + [DONE])
