"""Whatever bytes come, nothing but documented exceptions comes out, and no bad call is offered."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.effort import share
from tests.wire.invariants import check_both
from tests.wire.profile import examples
from tests.wire.recordings import RECORDINGS, Recording

# Millions of steps over lines that other tests cover: counting these too only takes time.
pytestmark = pytest.mark.no_cover

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["", "stop", "length", "error", "0", "1", "[DONE]", "{}", '{"a":1}', "\ud7ff"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["index", "id", "function", "name", "arguments", "text", "type", "error"]
            )
            | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@examples(150)
@given(st.binary(max_size=200))
@example(b"")
@example(b"[]")
@example(b"[[]]")
@example(b"{}")
@example(b"\xef\xbb\xbf")
@example(b"\xef\xbb\xbf{}")
@example(b"data")
@example(b"data:")
@example(b"data: [DONE]")
@example(b"data: [[DONE]]\n\n")
@example(b"data: {}\n\n")
@example(b"data: null\n\n")
@example(b"event: error\ndata: {}\n\n")
@example(b'event: error\ndata: {"error": []}\n\n')
@example(b'{"choices": [null]}')
@example(b'{"choices": [[]]}')
@example(b'{"choices": {"0": 1}}')
@example(b'{"choices": "x"}')
@example(b'[{"error": "x"}]')
@example(b"[" * 190)
def test_arbitrary_bytes(body):
    check_both(body)


@examples(150)
@given(
    st.lists(
        st.sampled_from(
            [
                b"data: ",
                b"data:",
                b"event: error",
                b"\n",
                b"\r",
                b"\r\n",
                b"\n\n",
                b": x",
                b"{",
                b"}",
                b"[DONE]",
                b'{"choices":[]}',
                b'{"choices":[{"delta":{"content":"a"}}]}',
                b'{"choices":[{"delta":{},"finish_reason":"stop"}]}',
                b'{"error":{}}',
                b'{"error":"x"}',
                b"\0",
                b"\xff",
                b"id: 1",
                b'{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"get_weather","arguments":"{}"}}]}}]}',
            ]
        ),
        max_size=14,
    )
)
def test_arbitrary_lines(parts):
    check_both(b"".join(parts))


CONVERSATION: list[dict[str, Any]] = [
    {
        "id": "c1",
        "created": 1,
        "model": "m",
        "service_tier": "default",
        "choices": [
            {
                "index": 0,
                "delta": {"role": "assistant", "content": "Hi", "reasoning": "Hm", "refusal": None},
                "logprobs": {"content": [{"token": "Hi", "logprob": -0.1, "top_logprobs": []}]},
                "finish_reason": None,
            }
        ],
        "usage": None,
    },
    {
        "choices": [
            {
                "index": 0,
                "delta": {
                    "content": [{"type": "text", "text": " you"}],
                    "annotations": [{"type": "url_citation", "url_citation": {"url": "u"}}],
                    "tool_calls": [
                        {
                            "index": 0,
                            "id": "a",
                            "type": "function",
                            "function": {"name": "get_weather", "arguments": '{"city": '},
                        }
                    ],
                },
            }
        ],
    },
    {
        "choices": [
            {
                "index": 0,
                "delta": {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]},
                "finish_reason": "tool_calls",
            }
        ],
    },
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 4,
            "prompt_tokens_details": {"cached_tokens": 1},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    },
]
BODY: dict[str, Any] = {
    "id": "c1",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hi",
                "reasoning_content": "Hm",
                "tool_calls": [
                    {"id": "a", "function": {"name": "get_weather", "arguments": '{"city": "P"}'}}
                ],
                "function_call": None,
            },
            "logprobs": None,
            "finish_reason": "tool_calls",
        }
    ],
    "usage": CONVERSATION[-1]["usage"],
}


def paths(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the place of every value inside a value."""
    yield at
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, (*at, key))


def with_value(value: Any, at: tuple[str | int, ...], new: Any) -> Any:
    """Return a copy with another value in one place."""
    if not at:
        return new
    copy = value.copy()
    copy[at[0]] = with_value(copy[at[0]], at[1:], new)
    return copy


def stream_of(chunks: Any) -> bytes:
    """Write chunks as a stream."""
    events = chunks if isinstance(chunks, list) else [chunks]
    return b"".join(b"data: %b\n\n" % json.dumps(e).encode() for e in events) + b"data: [DONE]\n\n"


WRONG: list[Any] = [
    None, True, False, 0, 1, -1, 10**30, 1.5, 1e400, float("nan"), "", "x", "0",
    [], [None], [[]], [0], ["x"], [{}], {}, {"x": None}, {"error": 1}, [[[[{}]]]],
]  # fmt: skip
STREAM_PATHS, BODY_PATHS = list(paths(CONVERSATION)), list(paths(BODY))


@pytest.mark.parametrize("at", STREAM_PATHS, ids=lambda at: ".".join(map(str, at)) or "all")
def test_every_wrong_type_at_every_place_of_a_stream(at):
    for wrong in WRONG:
        check_both(stream_of(with_value(CONVERSATION, at, wrong)))


@pytest.mark.parametrize("at", BODY_PATHS, ids=lambda at: ".".join(map(str, at)) or "all")
def test_every_wrong_type_at_every_place_of_a_body(at):
    for wrong in WRONG:
        check_both(json.dumps(with_value(BODY, at, wrong)).encode())


@examples(120)
@given(st.sampled_from(STREAM_PATHS), values, st.sampled_from(STREAM_PATHS[1:]), values)
def test_arbitrary_values_in_a_stream(at, new, also, other):
    changed = with_value(CONVERSATION, also, other)
    with suppress(KeyError, IndexError, TypeError, AttributeError):
        changed = with_value(changed, at, new)  # unless the place went with the first change
    check_both(stream_of(changed))


@examples(150)
@given(st.sampled_from(BODY_PATHS), values)
def test_arbitrary_values_in_a_body(at, new):
    check_both(json.dumps(with_value(BODY, at, new)).encode())


def mutated(body: bytes, seed: int) -> bytes:
    """Damage a body in one to three ways."""
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 3)):
        if not body:
            return body
        at, to = sorted(dice.randrange(len(body)) for _ in "12")
        lines = body.split(b"\n")
        line, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        kind = dice.randrange(7)
        if kind == 0:
            body = body[:at] + body[at + 1 :]
        elif kind == 1:
            body = body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        elif kind == 2:
            body = body[:at] + body[at : at + 9] + body[at:]
        elif kind == 3:
            body = body[:at] + body[to:]
        elif kind == 4:
            body = b"\n".join(lines[:line] + lines[line + 1 :])
        elif kind == 5:
            body = b"\n".join([*lines[: line + 1], b"", *lines[other:]])
        else:
            lines[line], lines[other] = lines[other], lines[line]
            body = b"\n".join(lines)
    return body


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda r: r.name)
def test_damaged_recordings(recording: Recording):
    for seed in range(share(15)):
        check_both(mutated(recording.body, seed), recording.tools, api=recording.api)
