"""The conversation that the faults spoil: the weather in Paris."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from unillm.testing._chunks import Chunks
from unillm.testing._render import DONE, render, sse
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
    "joined",
    "pieces",
    "sound_body",
    "speaking",
    "streamed",
]

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


def speaking(chunks: Chunks, text: str = "The weather in Paris ") -> list[dict[str, Any]]:
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
