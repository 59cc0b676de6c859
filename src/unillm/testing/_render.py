"""Answers turned into bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from unillm.testing._annotations import nested
from unillm.testing._chunks import Chunks
from unillm.testing._pieces import fragments, pieces_of
from unillm.testing._responses import spoken
from unillm.testing._usage import usage_of
from unillm.testing.answer import Answer
from unillm.testing.raw import Raw, Segment
from unillm.testing.seen import Seen

__all__ = ["DONE", "body_of", "event", "render", "sse"]

DONE = b"data: [DONE]\n\n"
_KEEP_ALIVE = b": keep-alive\n\n"


def render(seen: Seen, answer: Answer, *, stream: bool | None = None) -> Raw:
    """Return an answer as a stream, made while it is sent, or as a body.

    Args:
        seen: The request.
        answer: The answer.
        stream: Whether it is a stream; None leaves it to the request.
    """
    if seen.wants_stream if stream is None else stream:
        return Raw(
            segments=_paced(seen, answer),
            headers={"content-type": "text/event-stream; charset=utf-8", **answer.headers},
        )
    body = body_of(seen, answer)
    segments: list[Segment] = [b"\n"] * answer.blank_lines
    segments += [json.dumps(body, ensure_ascii=False).encode()]
    return Raw(
        segments=segments,
        headers={"content-type": "application/json", **answer.headers},
        framing="chunked" if answer.blank_lines else "length",
    )


def sse(payload: object) -> bytes:
    """Return one server-sent event with a JSON payload."""
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def event(payload: Mapping[str, Any]) -> bytes:
    """Return one event of the Responses API, which is named after its type."""
    return b"event: " + str(payload["type"]).encode() + b"\n" + sse(payload)


def body_of(seen: Seen, answer: Answer) -> dict[str, Any]:
    """Return the JSON body of an answer, over the interface that was asked."""
    if seen.api == "responses":
        return spoken.body_of(seen, answer)
    chunks = Chunks(seen, answer.model, answer.extra)
    usage = usage_of(seen, answer)
    return chunks.body(
        message_of(chunks, answer), answer.finish, **({} if usage is None else {"usage": usage})
    )


def message_of(chunks: Chunks, answer: Answer) -> dict[str, Any]:
    """Return the assistant message of an answer."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.text,
        "refusal": answer.refusal,
    }
    if answer.reasoning is not None:
        message[reasoning_field(answer)] = answer.reasoning
    if answer.annotations:
        message["annotations"] = [nested(one) for one in answer.annotations]
    if answer.calls:
        message["tool_calls"] = [
            {
                "id": call.id or chunks.call_id(position),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for position, call in enumerate(answer.calls)
        ]
    return message


def reasoning_field(answer: Answer) -> str:
    """Return the field under which the answer's dialect sends reasoning."""
    return "reasoning" if answer.dialect == "vllm" else "reasoning_content"


def _paced(seen: Seen, answer: Answer) -> Iterator[Segment]:
    """Return a stream with the pauses that the answer asks for: before each piece but the first."""
    yield from [_KEEP_ALIVE] * answer.keep_alives
    waits = False
    for piece in _events(seen, answer) if seen.api == "responses" else _stream(seen, answer):
        if waits and answer.pace and piece != DONE:
            yield answer.pace
        yield piece
        waits = True


def _events(seen: Seen, answer: Answer) -> Iterator[bytes]:
    return (event(payload) for payload in spoken.stream_of(seen, answer))


def _stream(seen: Seen, answer: Answer) -> Iterator[bytes]:
    usage, top = usage_of(seen, answer), {"usage": None} if seen.wants_usage else {}
    chunks = Chunks(seen, answer.model, {**answer.extra, **top})
    yield sse(chunks.role(**({"content": None} if answer.reasoning or not answer.text else {})))
    for delta in _deltas(chunks, answer):
        yield sse(delta)
    on_last = {"usage": usage} if answer.dialect == "deepseek" and usage is not None else {}
    yield sse(chunks.of({"content": ""} if on_last else {}, answer.finish, **on_last))
    if not on_last and seen.wants_usage and usage is not None:
        yield sse(chunks.usage(usage))
    yield DONE


def _deltas(chunks: Chunks, answer: Answer) -> Iterator[dict[str, Any]]:
    field = reasoning_field(answer)
    thinking = {"content": None} if answer.dialect == "deepseek" else {}
    for word in pieces_of(answer.reasoning):
        yield chunks.of({**thinking, field: word})
    for word in pieces_of(answer.text):
        yield chunks.of(
            {"content": word, **({field: None} if answer.reasoning and thinking else {})}
        )
    if answer.annotations:
        yield chunks.of({"annotations": [nested(one) for one in answer.annotations]})
    for word in pieces_of(answer.refusal):
        yield chunks.of({"refusal": word})
    for position, call in enumerate(answer.calls):
        yield chunks.call(
            position, id=call.id or chunks.call_id(position), name=call.name, arguments=""
        )
        for piece in fragments(str(call.arguments)):
            yield chunks.call(position, arguments=piece)
