"""The conversation that the faults spoil: the weather in Paris."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from unillm.testing._chunks import Chunks
from unillm.testing._render import DONE, event, render, sse
from unillm.testing._responses.spoken import stream_of
from unillm.testing.answer import Answer, FakeCall
from unillm.testing.raw import End, Raw, Segment
from unillm.testing.seen import Seen

__all__ = [
    "CALL",
    "CALLS",
    "PARIS",
    "TEXT",
    "TOKYO",
    "WEATHER_TOOL",
    "calling",
    "in_arguments",
    "in_text",
    "joined",
    "next_text",
    "pieces",
    "sound_body",
    "speaking",
    "streamed",
    "until",
]

BEGUN = "The weather in Paris "
PARIS = '{"city": "Paris"}'
TOKYO = '{"city": "Tokyo"}'
TEXT = Answer("The weather in Paris is sunny.")
CALL = Answer(tool_calls=[FakeCall("get_weather", PARIS)])
CALLS = Answer(tool_calls=[FakeCall("get_weather", PARIS), FakeCall("get_weather", TOKYO)])

WEATHER_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "metric": {"type": "boolean"},
                "note": {"type": ["string", "null"]},
            },
            "required": ["city"],
        },
    },
}
"""The tool that the faults call; offer it in the request."""


def streamed(
    seen: Seen, *payloads: object, meant: Answer = CALL, done: bool = True, end: End = "eof"
) -> Raw:
    """Return a stream of these payloads, or a sound body when no stream was asked for.

    Args:
        seen: The request.
        payloads: Bytes and floats as in `Raw`, anything else as JSON.
        meant: The sound answer for a request without ``stream``.
        done: Whether ``[DONE]`` follows.
        end: How the body ends.
    """
    if not seen.wants_stream:
        return render(seen, meant)
    return Raw(segments=pieces(*payloads, *([DONE] if done else [])), end=end)


def pieces(*payloads: object) -> list[Segment]:
    """Return payloads as segments: bytes and floats as they are, anything else as an event."""
    return [payload if isinstance(payload, bytes | float) else sse(payload) for payload in payloads]


def joined(segments: Iterable[Segment]) -> bytes:
    """Return the bytes of segments in one piece."""
    return b"".join(segment for segment in segments if isinstance(segment, bytes))


def sound_body(seen: Seen) -> bytes:
    """Return the sound answer, as a body even where a stream was asked for."""
    return joined(render(seen, TEXT, stream=False).segments)


def speaking(chunks: Chunks, text: str = BEGUN) -> list[dict[str, Any]]:
    """Return the chunks that begin a text."""
    words = text.split(" ")
    return [chunks.role(), *(chunks.text(f"{word} ") for word in words if word)]


def calling(chunks: Chunks, arguments: str = PARIS) -> list[dict[str, Any]]:
    """Return the chunks of one sound tool call."""
    half = len(arguments) // 2
    return [
        chunks.role(content=None),
        chunks.call(0, id=chunks.call_id(0), name="get_weather", arguments=""),
        chunks.call(0, arguments=arguments[:half]),
        chunks.call(0, arguments=arguments[half:]),
    ]


def in_text(seen: Seen) -> list[Segment]:
    """Return the pieces of a stream, over either interface, that begin a text."""
    if seen.api == "responses":
        return until(seen, Answer(BEGUN.rstrip()), "response.output_text.done")
    return pieces(*speaking(Chunks(seen)))


def next_text(seen: Seen, text: str) -> bytes:
    """Return the piece of a stream that goes on with the text that `in_text` began."""
    if seen.api == "chat":
        return sse(Chunks(seen).text(text))
    told = stream_of(seen, Answer(f"{BEGUN}{text}"))
    return event([one for one in told if one["type"] == "response.output_text.delta"][-1])


def in_arguments(seen: Seen, arguments: str) -> list[Segment]:
    """Return the pieces of a stream, over either interface, that bring arguments so far."""
    if seen.api == "responses":
        call = Answer(tool_calls=[FakeCall("get_weather", arguments)])
        return until(seen, call, "response.function_call_arguments.done")
    return pieces(*calling(Chunks(seen), arguments))


def until(seen: Seen, answer: Answer, kind: str) -> list[Segment]:
    """Return the events of the Responses API that bring an answer, up to the first of a kind."""
    return [
        event(one) for one in takewhile(lambda one: one["type"] != kind, stream_of(seen, answer))
    ]
