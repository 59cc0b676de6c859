"""DeepSeek."""

from __future__ import annotations

from tests.testing.rules.case import (
    BETA,
    JSON_MODE,
    LOOSE,
    NAMED,
    PICTURE,
    RESPONSES,
    SCHEMA,
    USER,
    called,
    d,
    fn,
    result,
    says,
    schema_format,
)

THINKING = {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}
PASSED_BACK = "=The `reasoning_content` in the thinking mode must be passed back to the API."
FORCED = {"tools": [fn()], "tool_choice": "required"}
OFF = {"thinking": {"type": "disabled"}}

DEEPSEEK = (
    d(
        "model",
        bad={"model": "deepseek-chat"},
        good={"model": "deepseek-flash"},
        says="=The supported API model names are deepseek-v4-pro or deepseek-flash, but you passed "
        "deepseek-chat.",
    ),
    d("model", RESPONSES, bad={"model": "gpt-5.5"}, good={"store": True, "include": ["x"]}),
    d(
        "response-format",
        bad=schema_format(SCHEMA),
        good={**JSON_MODE, "messages": [{"role": "user", "content": "json"}]},
        says="=This response_format type is unavailable now",
    ),
    d(
        "json-word",
        bad=JSON_MODE,
        good={**JSON_MODE, "messages": [{"role": "user", "content": "Json?"}]},
        says="must contain the word 'json'",
    ),
    d(
        "stream-options-without-stream",
        bad={"stream_options": {"include_usage": True}},
        good={"stream_options": {"include_usage": True}, "stream": True},
    ),
    d(
        "max-tokens",
        bad={"max_tokens": 393217},
        good={"max_tokens": 393216},
        says="=Invalid max_tokens value, the valid range of max_tokens is [1, 393216]",
    ),
    d("max-tokens", bad={"max_tokens": 0}, good={"max_tokens": 1}),
    d("out-of-range", bad={"temperature": 2.1}, good={"temperature": 2, "top_p": 1}),
    d("out-of-range", bad={"top_p": 0}, good={"top_p": 0.1, "temperature": 0}),
    d(
        "out-of-range",
        bad={"top_logprobs": 21, "logprobs": True},
        good={"top_logprobs": 20, "logprobs": True},
    ),
    d(
        "top-logprobs-without-logprobs",
        bad={"top_logprobs": 2},
        good={"top_logprobs": 2, "logprobs": True},
    ),
    d("stop-too-many", bad={"stop": ["a"] * 17}, good={"stop": ["a"] * 16}),
    d("user-id", bad={"user_id": "a b"}, good={"user_id": "a-b_C" * 100}),
    d(
        "effort",
        bad={"reasoning_effort": "extreme"},
        good={"reasoning_effort": "ultra"},
        says="Failed to deserialize the JSON body into the target type: reasoning_effort: ",
    ),
    d(
        "forced-tool-choice",
        bad=FORCED,
        good={**FORCED, **OFF},
        says="=Thinking mode does not support this tool_choice",
    ),
    d(
        "forced-tool-choice",
        bad={**FORCED, "tool_choice": NAMED},
        good={**FORCED, "tool_choice": NAMED, "reasoning_effort": "none"},
    ),
    d("forced-tool-choice", bad=FORCED, good={**FORCED, "tool_choice": "auto"}),
    d("tools-empty", bad={"tools": []}, good={"tools": None}),
    d(
        "tools-too-many",
        bad={"tools": [fn(f"f{at}") for at in range(129)]},
        good={"tools": [fn(f"f{at}") for at in range(128)]},
    ),
    d("tool-name", bad={"tools": [fn("a" * 129)]}, good={"tools": [fn("a" * 128)]}),
    d("tool-name-twice", bad={"tools": [fn(), fn()]}, good={"tools": [fn(), fn("g")]}),
    d("strict-tools", bad={"tools": [fn(strict=True)]}, good={"tools": [fn(strict=False)]}),
    d(
        "strict-tools",
        BETA,
        bad={"tools": [fn(strict=True), fn("g")]},
        good={"tools": [fn(strict=True), fn("g", strict=True)]},
    ),
    d(
        "strict-tools",
        BETA,
        bad={"tools": [fn(strict=True, parameters=LOOSE)]},
        good={"tools": [fn(parameters=LOOSE)]},
        says="Invalid schema for function 'f'",
    ),
    d(
        "role",
        bad=says({"role": "developer", "content": "Hi"}),
        good=says({"role": "system", "content": "Hi"}),
        says="messages[1].role: unknown variant `developer`, expected one of `system`, `user`, "
        "`assistant`, `tool`, `latest_reminder` at line 1 column ",
    ),
    d(
        "image",
        bad=says(PICTURE),
        good={"model": "deepseek-flash", **says(PICTURE)},
        says="messages[1]: unknown variant `image_url`, expected `text` at line 1 column ",
    ),
    d(
        "reasoning-content",
        bad={"tools": [fn()], **says(called("c1"), result("c1"))},
        good={"tools": [fn()], **says(called("c1", reasoning_content="Hm."), result("c1"))},
        says=PASSED_BACK,
    ),
    *(
        d(
            "reasoning-content",
            bad={"tools": [fn()], **says({"role": "assistant", "content": "Hi"}, USER)},
            good={**says({"role": "assistant", "content": "Hi"}, USER), **good},
            says=PASSED_BACK,
        )
        for good in ({}, {"tools": [fn()], **OFF}, {"tools": [fn()], "reasoning_effort": "none"})
    ),
    d(
        "reasoning-content-empty",
        bad={"tools": [fn()], **says({**THINKING, "reasoning_content": ""}, USER)},
        good={"tools": [fn()], **says(THINKING, USER)},
        says=PASSED_BACK,
    ),
    d(
        "result-without-call",
        bad=says(result("c1")),
        good=says(called("c1"), result("c1")),
        says="=Messages with role 'tool' must be a response to a preceding message with "
        "'tool_calls'",
    ),
    d(
        "call-without-result",
        bad=says(called("c1"), USER),
        good=says(called("c1"), result("c1"), USER),
        says="(insufficient tool messages following tool_calls message)",
    ),
    d(
        "prefix",
        bad=says({"role": "assistant", "content": "Hi", "prefix": True}),
        good=says({"role": "assistant", "content": "Hi", "prefix": False}),
    ),
    d(
        "prefix",
        BETA,
        bad=says({"role": "assistant", "content": "Hi", "prefix": True}, USER),
        good=says({"role": "assistant", "content": "Hi", "prefix": True}),
    ),
)
