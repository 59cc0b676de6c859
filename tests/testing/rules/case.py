"""Each rule of each host: a request that breaks it, its nearest neighbour, and what is said.

A request is given by what differs from the host's plain one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unillm.testing._sealed import seal

CHAT, RESPONSES, BETA = "/v1/chat/completions", "/v1/responses", "/beta/chat/completions"
USER = {"role": "user", "content": "Hi"}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
OPEN = {key: value for key, value in SCHEMA.items() if key != "additionalProperties"}
LOOSE = {**SCHEMA, "required": []}
NESTED = {**SCHEMA, "properties": {"city": {"anyOf": [{"type": "string"}, OPEN]}}}
PLAIN: dict[tuple[str, str], dict[str, Any]] = {
    ("openai", CHAT): {"model": "gpt-5.4", "messages": [USER]},
    ("openai", RESPONSES): {"model": "gpt-5.5", "input": "Hi"},
    ("deepseek", CHAT): {"model": "deepseek-v4-pro", "messages": [USER]},
    ("deepseek", BETA): {"model": "deepseek-v4-pro", "messages": [USER]},
    ("deepseek", RESPONSES): {"model": "deepseek-v4-pro", "input": "Hi"},
    **{
        (host, CHAT): {"model": "m", "messages": [USER]}
        for host in ("atlascloud", "fireworks", "hyperbolic", "llamacpp", "sglang", "vllm")
    },
    ("together", CHAT): {"model": "deepseek-ai/DeepSeek-V4-Pro-0813", "messages": [USER]},
    ("azure", CHAT): {"model": "m", "messages": [USER]},
    ("huggingface", CHAT): {"model": "a/m", "messages": [USER]},
    ("litellm", CHAT): {"model": "m", "messages": [USER]},
    ("openrouter", CHAT): {"model": "a/m", "messages": [USER]},
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule at work.

    Attributes:
        host: The host.
        rule: The rule.
        path: What is asked.
        good_path: What is asked that is not refused, if it is another path.
        bad: What makes it a request that is refused.
        good: What makes it one that is not.
        says: What the message has in it; all of it where it begins with ``=``.
        param: The parameter at fault.
        code: The code.
        status: The status.
    """

    host: str
    rule: str
    path: str = CHAT
    good_path: str | None = None
    bad: Mapping[str, Any] = field(default_factory=dict[str, Any])
    good: Mapping[str, Any] = field(default_factory=dict[str, Any])
    says: str = ""
    param: str | None = None
    code: str | int | None = None
    status: int = 400


def fn(name: str = "f", **fields: Any) -> dict[str, Any]:
    """Return a function as Chat has it."""
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA, **fields}}


def flat(name: str = "f", **fields: Any) -> dict[str, Any]:
    """Return a function as Responses has it."""
    return {"type": "function", "name": name, "parameters": SCHEMA, **fields}


def called(*ids: str, **fields: Any) -> dict[str, Any]:
    """Return an assistant's message with calls."""
    function = {"name": "f", "arguments": "{}"}
    calls = [{"id": one, "type": "function", "function": function} for one in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls, **fields}


def result(call: str) -> dict[str, Any]:
    """Return a tool's message."""
    return {"role": "tool", "tool_call_id": call, "content": "1"}


def says(*messages: dict[str, Any]) -> dict[str, Any]:
    """Return the messages of a request."""
    return {"messages": [USER, *messages]}


def items(*given: dict[str, Any]) -> dict[str, Any]:
    """Return the items of a request."""
    return {"input": [USER, *given]}


IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}
NOT_GIVEN = "missing_required_parameter"
PICTURE = {"role": "user", "content": [IMAGE]}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "1"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal("Hm.")}
SPOKEN = {"role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
INPUT = {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
NAMED = {"type": "function", "function": {"name": "f"}}
JSON_MODE = {"response_format": {"type": "json_object"}}


def picture(detail: str) -> dict[str, Any]:
    """Return a user's message with an image, as Chat has it."""
    image = {"type": "image_url", "image_url": {"url": "data:,", "detail": detail}}
    return {"role": "user", "content": [image]}


def schema_format(schema: Any, **fields: Any) -> dict[str, Any]:
    """Return a response_format."""
    named = {"name": "n", "schema": schema, "strict": True, **fields}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def text_format(**fields: Any) -> dict[str, Any]:
    """Return a text.format."""
    return {"text": {"format": {"type": "json_schema", **fields}}}


def o(rule: str, **fields: Any) -> Case:
    """Return a case of OpenAI."""
    return Case(host="openai", rule=rule, **fields)


def r(rule: str, **fields: Any) -> Case:
    """Return a case of OpenAI's Responses API."""
    return Case(host="openai", rule=rule, path=RESPONSES, **fields)


def d(rule: str, path: str = CHAT, **fields: Any) -> Case:
    """Return a case of DeepSeek."""
    return Case(host="deepseek", rule=rule, path=path, code="invalid_request_error", **fields)


def v(rule: str, **fields: Any) -> Case:
    """Return a case of vLLM."""
    return Case(host="vllm", rule=rule, code=400, **fields)
