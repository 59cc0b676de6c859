"""Hosts of open models: Together, Fireworks, Atlas Cloud, Hyperbolic."""

from __future__ import annotations

from typing import Any

from tests.testing.rules.case import IMAGE, NAMED, PICTURE, Case, called, fn, result, says

SEARCH = {"type": "web_search"}


def t(rule: str, **fields: Any) -> Case:
    """Return a case of Together."""
    return Case(host="together", rule=rule, **fields)


def f(rule: str, **fields: Any) -> Case:
    """Return a case of Fireworks."""
    return Case(host="fireworks", rule=rule, **fields)


def a(rule: str, **fields: Any) -> Case:
    """Return a case of Atlas Cloud."""
    return Case(host="atlascloud", rule=rule, **fields)


HOSTS = (
    t(
        "tool-calls-empty",
        bad=says({"role": "assistant", "content": "Hi", "tool_calls": []}),
        good=says({"role": "assistant", "content": "Hi"}),
        says="=Input validation error",
    ),
    t(
        "role",
        bad=says({"role": "developer", "content": "Hi"}),
        good=says({"role": "system", "content": "Hi"}),
        param="messages",
    ),
    t(
        "system-image",
        bad=says({"role": "system", "content": [IMAGE]}),
        good=says(PICTURE),
        param="messages",
    ),
    t("logprobs", bad={"logprobs": True}, good={"logprobs": 5}, param="logprobs"),
    t(
        "effort",
        bad={"reasoning_effort": "minimal"},
        good={"reasoning_effort": "max"},
        param="reasoning_effort",
    ),
    t(
        "forced-choice",
        bad={"tools": [fn()], "tool_choice": NAMED},
        good={"tools": [fn()], "tool_choice": "required", "reasoning": {"enabled": False}},
        says="=Thinking mode does not support this tool_choice",
    ),
    t("tool-type", bad={"tools": [SEARCH]}, good={"tools": [fn()]}, param="tools"),
    f(
        "unknown-field",
        bad={"verbosity": "low"},
        good={"top_k": 5},
        says="=Extra inputs are not permitted, field: 'verbosity', value: 'low'",
    ),
    f(
        "thinking-and-effort",
        bad={"thinking": {"type": "enabled"}, "reasoning_effort": "low"},
        good={"thinking": {"type": "enabled"}},
        says="=cannot specify both 'thinking' and 'reasoning_effort'",
    ),
    f(
        "max-tokens-twice",
        bad={"max_tokens": 5, "max_completion_tokens": 5},
        good={"max_completion_tokens": 5},
    ),
    f(
        "top-logprobs",
        bad={"logprobs": True, "top_logprobs": 6},
        good={"logprobs": True, "top_logprobs": 5},
        param="top_logprobs",
    ),
    f("stop", bad={"stop": list("abcde")}, good={"stop": list("abcd")}, param="stop"),
    f("tool-type", bad={"tools": [SEARCH]}, good={"tools": [fn()]}, param="tools"),
    a(
        "toggle",
        bad={"model": "minimaxai/minimax-m3", "thinking": {"type": "disabled"}},
        good={"thinking": {"type": "disabled"}},
        says="=invalid request params",
    ),
    a(
        "effort",
        bad={"reasoning_effort": "huge"},
        good={"reasoning_effort": "minimal", **says(called("c1"), result("c1"))},
        param="reasoning_effort",
    ),
    Case(
        host="hyperbolic",
        rule="model",
        bad={"model": "deepseek-ai/DeepSeek-V4-Pro"},
        good={"anything": 1},
        param="model",
        code="model_not_found",
        status=404,
    ),
)
