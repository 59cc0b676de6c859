"""What the server answers, as bytes made once, and what a client must have read out of it.

The first part of a path names the scenario, so that no request body is ever parsed: `text`;
`stream-N`, N chunks of text at once; `paced-N`, one chunk a millisecond; `held-N`, N chunks, then
silence until a request for `/release`; `tools-N`, one tool call in N fragments; `crowd-N`, as
`text`, but the first are answered when N of them wait.
"""

import json
from functools import lru_cache
from typing import Any

Answer = tuple[str, int, int]
"""The joined text or arguments, and the tokens read and written."""

WORDS = ("the", "latency", "of", "streams", "is", "bound", "by", "copies", "naïve", "“so”")
TEXT = "A server hands out tokens as they are decoded, and a client reads them. " * 8
USAGE = {
    "prompt_tokens": 24,
    "completion_tokens": 118,
    "total_tokens": 142,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
TOOL = {
    "type": "function",
    "function": {
        "name": "write_file",
        "description": "Write a file.",
        "parameters": {
            "type": "object",
            "properties": {"text": {"type": "string"}},
            "required": ["text"],
            "additionalProperties": False,
        },
    },
}
_HEAD = (
    "HTTP/1.1 {status}\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\ncontent-type: {kind}\r\n"
    "x-request-id: req_0123456789abcdef\r\nx-ratelimit-remaining-requests: 9999\r\n{length}\r\n\r\n"
)
END = b"0\r\n\r\n"


@lru_cache(maxsize=16)
def expected(scenario: str) -> Answer:
    """Return what a client must have read."""
    kind, _, count = scenario.partition("-")
    tokens = (USAGE["prompt_tokens"], USAGE["completion_tokens"])
    if kind in {"text", "crowd"}:
        return (TEXT, *tokens)
    pieces = _fragments(int(count)) if kind == "tools" else _pieces(int(count))
    return ("".join(pieces), *tokens)


def whole(body: bytes, status: str = "200 OK") -> bytes:
    """Return an answer that is not streamed."""
    length = f"content-length: {len(body)}"
    head = _HEAD.format(status=status, kind="application/json", length=length)
    return head.encode() + body


def text() -> bytes:
    """Return a whole answer of about a kilobyte."""
    message = {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return whole(_json(_object("chat.completion", [choice], usage=USAGE)))


@lru_cache(maxsize=16)
def stream(scenario: str) -> tuple[bytes, ...]:
    """Return the head of a stream, each event in an HTTP chunk, and the end."""
    kind, _, count = scenario.partition("-")
    head = _HEAD.format(
        status="200 OK", kind="text/event-stream", length="transfer-encoding: chunked"
    )
    events = _calls(int(count)) if kind == "tools" else _texts(int(count))
    return (head.encode(), *map(framed, events), END)


def _texts(count: int) -> list[bytes]:
    deltas = [{"content": piece} for piece in _pieces(count)]
    return [event({"role": "assistant", "content": ""}), *map(event, deltas), *_ending("stop")]


def _calls(count: int) -> list[bytes]:
    begun = {"id": "call_0123456789", "type": "function"}
    first = {**begun, "index": 0, "function": {"name": "write_file", "arguments": ""}}
    deltas: list[dict[str, Any]] = [
        {"tool_calls": [{"index": 0, "function": {"arguments": fragment}}]}
        for fragment in _fragments(count)
    ]
    start = event({"role": "assistant", "content": None, "tool_calls": [first]})
    return [start, *map(event, deltas), *_ending("tool_calls")]


def _ending(reason: str) -> list[bytes]:
    counted = _json(_object("chat.completion.chunk", [], usage=USAGE))
    return [event({}, reason), b"data: %s\n\n" % counted, b"data: [DONE]\n\n"]


def _pieces(count: int) -> list[str]:
    return [f" {WORDS[i % len(WORDS)]}{i % 97}" for i in range(count)]


def _fragments(count: int) -> list[str]:
    return ['{"text": "', *_pieces(count - 2), '"}']


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return b"data: %s\n\n" % _json(_object("chat.completion.chunk", [choice]))


def _object(kind: str, choices: list[Any], **more: Any) -> dict[str, Any]:
    facts = {"id": "chatcmpl-0123456789abcdefghijkl", "object": kind, "created": 1760000000}
    served = {"service_tier": "default", "system_fingerprint": "fp_0123456789"}
    return {**facts, "model": "bench-1", **served, "choices": choices, **more}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def framed(data: bytes) -> bytes:
    """Return an HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)
