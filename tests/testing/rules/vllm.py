"""vLLM."""

from __future__ import annotations

from tests.testing.rules.case import INPUT, NAMED, PICTURE, fn, says, v

VLLM = (
    v("image", bad=says(PICTURE), good=says(INPUT), says="=m is not a multimodal model None"),
    v("tools-empty", bad={"tools": []}, good={"tools": [fn()]}),
    v(
        "tool-choice-without-tools",
        bad={"tool_choice": "auto"},
        good={"tool_choice": "none"},
        says="=When using `tool_choice`, `tools` must be set.",
    ),
    v(
        "named-tool",
        bad={"tools": [fn("g")], "tool_choice": NAMED},
        good={"tools": [fn()], "tool_choice": NAMED},
    ),
    v(
        "stream-options-without-stream",
        bad={"stream_options": {}},
        good={"stream_options": {}, "stream": True},
        says="=Stream options can only be defined when `stream=True`.",
    ),
    v(
        "top-logprobs-without-logprobs",
        bad={"top_logprobs": 1},
        good={"anything": 1, **says({"role": "developer", "content": "Hi", "odd": 1})},
    ),
)
