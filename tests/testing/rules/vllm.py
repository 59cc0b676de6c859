"""vLLM."""

from __future__ import annotations

from tests.testing.rules.case import INPUT, NAMED, PICTURE, SCHEMA, fn, says, schema_format, v

VLLM = (
    v("image", bad=says(PICTURE), good=says(INPUT), says="=m is not a multimodal model None"),
    v("tools-empty", bad={"tools": []}, good={"tools": [fn()]}, param="tools"),
    v(
        "tool-choice-without-tools",
        bad={"tool_choice": "auto"},
        good={"tool_choice": "none"},
        says="=When using `tool_choice`, `tools` must be set.",
        param="tool_choice",
    ),
    v(
        "named-tool",
        bad={"tools": [fn("g")], "tool_choice": NAMED},
        good={"tools": [fn()], "tool_choice": NAMED},
        param="tool_choice",
    ),
    v(
        "tool-choice",
        bad={"tools": [fn()], "tool_choice": "f"},
        good={"tools": [fn()], "tool_choice": "required"},
        says="Invalid value for `tool_choice`: f!",
        param="tool_choice",
    ),
    v(
        "schema-missing",
        bad={"response_format": {"type": "json_schema"}},
        good=schema_format(SCHEMA),
        param="response_format",
    ),
    v(
        "stream-options-without-stream",
        bad={"stream_options": {"include_usage": True}},
        good={"stream_options": {}},
        says="=Stream options can only be defined when `stream=True`.",
        param="stream_options",
    ),
    v(
        "top-logprobs-without-logprobs",
        bad={"top_logprobs": 1},
        good={"anything": 1, **says({"role": "developer", "content": "Hi", "odd": 1})},
        param="top_logprobs",
    ),
)
