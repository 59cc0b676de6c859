"""Arguments of a call against a schema: a call that fits, or the reason why not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from tests.fuzz.pieces import value_of
from unillm import InvalidRequestError, InvalidToolCall, Tool, ToolCall
from unillm._flow.calls import finisher_for
from unillm.repair import replay
from unillm.schemas import compile_schema

SCHEMAS: list[Any] = [
    {},
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
        "required": ["city"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/tree"}},
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {"leaf": {"type": "number"}, "below": {"$ref": "#/$defs/tree"}},
                "unevaluatedProperties": False,
            }
        },
    },
    {
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        "dependentRequired": {"a": ["b"]},
        "properties": {
            "a": {"enum": [1, "x", None, [1], {"k": 1.0}]},
            "b": {"type": "array", "uniqueItems": True, "prefixItems": [{"const": 0}]},
            "c": {"type": "number", "multipleOf": 0.01},
            "d": {"minLength": 2, "maxLength": 3},
        },
        "propertyNames": {"maxLength": 8},
    },
]


@dataclass
class Received:
    """A call as the finisher takes it."""

    raw: str
    cut: bool
    id: str = "c1"
    name: str = "look"


def check(data: bytes) -> None:
    """Read the first byte as the circumstances; the last schema is the first line of the rest."""
    how = data[0] if data else 0
    which, raw = how % 8, data[1:]
    if which >= len(SCHEMAS):
        line, _, raw = raw.partition(b"\n")
        schema = given(line)
    else:
        schema = SCHEMAS[which]
    if schema is not None:
        check_call(schema, raw.decode("utf-8", "replace"), cut=how >= 128)


def given(line: bytes) -> Any:
    """Return a schema of the fuzzer's own, or None.

    One with patterns is left out: how long its expressions take is their writer's affair.
    """
    try:
        schema = value_of(line)
    except ValueError:
        return None
    return schema if isinstance(schema, dict) and b"attern" not in line else None


def check_call(schema: Any, raw: str, *, cut: bool) -> None:
    """Hold the arguments against the schema, and what comes of it against another reading."""
    tool = Tool("look", parameters=schema)
    try:
        compile_schema(schema)
    except InvalidRequestError:
        return
    for call in finisher_for([tool])(Received(raw, cut)):
        check_ended(call, schema, raw)


def check_ended(call: ToolCall | InvalidToolCall, schema: Any, raw: str) -> None:
    if isinstance(call, ToolCall):
        written = replay(raw, call.repairs)
        assert call.arguments == json.loads(written.strip() or "{}")
        assert not any(edit.kind == "lossy" for edit in call.repairs)
        assert call.raw == raw
        if schema in SCHEMAS:
            assert Draft202012Validator(schema).is_valid(call.arguments)
    else:
        assert isinstance(call, InvalidToolCall)
        assert call.reason


def seeds() -> list[bytes]:
    """Return arguments that fit and that do not, and schemas as fuzzers may write them."""
    texts = [
        b'{"city": "Paris", "days": 2}',
        b'{"city": "a", "city": "b"}',
        b'{"tree": {"below": {"below": {"leaf": 1e5}}}}',
        b'{"a": {"k": 1}, "b": [0, 1, 1.0, true], "c": 0.07, "d": "\\ud83d\\ude00"}',
        b'{"a": 1e400}',
        b"{}",
        b" ",
        b"null",
    ]
    own = [bytes([7]) + json.dumps(s).encode() + b"\n" + t for s in SCHEMAS for t in texts]
    return [*(bytes([how]) + text for how in (0, 1, 2, 3, 129) for text in texts), *own]
