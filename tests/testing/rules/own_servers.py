"""Servers of one's own: SGLang, and llama.cpp as it answered when it was asked."""

from __future__ import annotations

from typing import Any

from tests.testing.rules.case import IMAGE, INPUT, NAMED, PICTURE, USER, Case, called, fn, result
from tests.testing.rules.case import says as said

ANSWER = {"role": "assistant", "content": "Hi"}
FILE = {"role": "user", "content": [{"type": "file", "file": {}}]}
BROKEN = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a'}}
SEARCH = {"type": "web_search"}


def s(rule: str, **fields: Any) -> Case:
    """Return a case of SGLang."""
    return Case(host="sglang", rule=rule, code=400, **fields)


def c(rule: str, status: int = 400, **fields: Any) -> Case:
    """Return a case of llama.cpp."""
    return Case(host="llamacpp", rule=rule, code=status, status=status, **fields)


OWN_SERVERS = (
    s("messages-empty", bad={"messages": []}, says="=Messages cannot be empty."),
    s(
        "role",
        bad=said({"role": "critic", "content": "Hi"}),
        good=said({"role": "System", "content": "Hi"}),
        says="'role' must be one of 'system', 'assistant',",
    ),
    s("part-type", bad=said(FILE), good=said(PICTURE), says="'file'"),
    s(
        "required-without-tools",
        bad={"tool_choice": "required"},
        good={"tool_choice": "required", "tools": [fn()]},
        says="=Tools cannot be empty if tool choice is set to required.",
    ),
    s(
        "named-tool",
        bad={"tools": [fn("g")], "tool_choice": NAMED},
        good={"tools": [fn()], "tool_choice": NAMED},
        says="=Tool 'f' not found in tools list.",
    ),
    s(
        "named-tool",
        bad={"tool_choice": NAMED},
        good={"tool_choice": "auto"},
        says="=Tools cannot be empty if tool choice is set to a specific tool.",
    ),
    s(
        "tool-choice",
        bad={"tools": [fn()], "tool_choice": "f"},
        good={"tools": [fn()], "tool_choice": "none"},
    ),
    s("tool-type", bad={"tools": [SEARCH]}, good={"tools": [fn()]}),
    s(
        "effort",
        bad={"reasoning_effort": "huge"},
        good={"reasoning_effort": 0.5, "anything": 1},
    ),
    c("messages", bad={"messages": None}, says="=Expected 'messages' to be an array"),
    c("messages", bad={"messages": "Hi"}, says="=Expected 'messages' to be an array"),
    c(
        "content",
        bad=said({"role": "user"}),
        good=said({"role": "user", "content": None}),
        says="=All non-assistant messages must contain 'content'",
    ),
    c(
        "content",
        bad=said({"role": "assistant"}, USER),
        good=said({"role": "assistant", "content": None, "refusal": "No."}, USER),
        says="=Assistant message must contain either 'content' or 'tool_calls'!",
    ),
    c("two-answers", bad=said(ANSWER, ANSWER), good=said(ANSWER, USER, ANSWER)),
    c("part-type", bad=said(FILE), good=said({"role": "user", "content": []})),
    c("image", 500, bad=said(PICTURE), says="image input is not supported"),
    c(
        "arguments",
        500,
        bad=said({"role": "assistant", "tool_calls": [BROKEN]}, result("c1")),
        good=said(called("c1"), result("c1")),
        says="Failed to parse tool call arguments as JSON",
    ),
    c("tool-type", 500, bad={"tools": [SEARCH]}, good={"tools": [fn()]}),
    c(
        "tool-choice",
        bad={"tools": [fn()], "tool_choice": "f"},
        good={"tool_choice": "required"},
        says="=Invalid tool_choice: f",
    ),
    c(
        "response-format",
        bad={"response_format": {"type": "xml"}},
        good={"response_format": {"type": "json_schema"}},
        says='"json_object", but got: xml',
    ),
    c(
        "top-logprobs-without-logprobs",
        bad={"top_logprobs": 1},
        good={"top_logprobs": 1, "logprobs": True},
        says="=top_logprobs requires logprobs to be set to true",
    ),
    c(
        "logprobs-of-streamed-tools",
        bad={"logprobs": True, "tools": [fn()], "stream": True},
        good={"logprobs": True, "tools": [fn()]},
        says="=logprobs is not supported with tools + stream",
    ),
    c("several-answers", bad={"n": 2}, good={"n": 1, "anything": [IMAGE, INPUT]}),
)
