"""OpenAI over Chat Completions."""

from __future__ import annotations

from tests.testing.rules.case import (
    IMAGE,
    INPUT,
    JSON_MODE,
    LOOSE,
    NESTED,
    NOT_GIVEN,
    OPEN,
    PICTURE,
    SCHEMA,
    USER,
    called,
    flat,
    fn,
    o,
    picture,
    result,
    says,
    schema_format,
)

FORMATS = "Supported values are: 'json_object', 'json_schema', and 'text'."
MISSING = (
    "'required' is required to be supplied and to be an array including every key in properties. "
    "Missing 'city'."
)
CLOSED = "'additionalProperties' is required to be supplied and to be false."
NO_TOOLS = "Function tools with reasoning_effort are not supported for "

OPENAI_CHAT = (
    o(
        "unknown-field",
        bad={"top_k": 1},
        good={"seed": 1, "verbosity": "low", "metadata": {}},
        says="=Unrecognized request argument supplied: top_k",
    ),
    o("unknown-field", bad={"a": 1, "b": None}, says="arguments supplied: a, b"),
    o(
        "model",
        bad={"model": "gpt-99"},
        good={"model": "gpt-5.5-2026-04-23"},
        says="The model `gpt-99` does not exist",
        code="model_not_found",
        status=404,
    ),
    o("model", bad={"model": "gpt-5.5-fast"}, code="model_not_found", status=404),
    o(
        "responses-only-model",
        bad={"model": "gpt-5.5-pro"},
        good={"model": "gpt-5.5"},
        says="=This model is only supported in v1/responses and not in v1/chat/completions.",
        param="model",
        status=404,
    ),
    o(
        "stream-options-without-stream",
        bad={"stream_options": {"include_usage": True}},
        good={"stream_options": {"include_usage": True}, "stream": True},
        says="=The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        param="stream_options",
    ),
    o(
        "max-tokens",
        bad={"max_tokens": 5},
        good={"max_completion_tokens": 5},
        says="=Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        param="max_tokens",
        code="unsupported_parameter",
    ),
    o(
        "max-tokens",
        bad={"model": "gpt-5", "max_tokens": 5},
        good={"model": "gpt-4.1", "max_tokens": 5},
        param="max_tokens",
        code="unsupported_parameter",
    ),
    *(
        o(
            "tools-with-reasoning",
            bad={"tools": [fn()], **bad},
            good={"tools": [fn()], **good},
            says=f"={NO_TOOLS}{bad.get('model', 'gpt-5.4')} in /v1/chat/completions. To use "
            "function tools, use /v1/responses or set reasoning_effort to 'none'.",
            param="reasoning_effort",
        )
        for bad, good in (
            ({"reasoning_effort": "low"}, {}),
            ({"reasoning_effort": "low"}, {"reasoning_effort": "none"}),
            ({"model": "gpt-5.5"}, {"model": "gpt-5.5", "reasoning_effort": "none"}),
            ({"model": "gpt-5.5", "reasoning_effort": "high"}, {"model": "gpt-5.4"}),
            ({"model": "gpt-5.6"}, {"model": "gpt-5.6", "reasoning_effort": "none"}),
            ({"model": "gpt-6-astra"}, {"model": "gpt-5.2", "reasoning_effort": "high"}),
            ({"model": "gpt-6.1-sol"}, {"model": "gpt-5", "reasoning_effort": "high"}),
        )
    ),
    o(
        "tools-with-6-2",
        bad={"model": "gpt-6.2-sol", "tools": [fn()]},
        good={"model": "gpt-6.2-sol"},
        says=NO_TOOLS,
        param="reasoning_effort",
    ),
    o(
        "tool-choice-without-tools",
        bad={"tool_choice": "auto"},
        good={"tool_choice": "auto", "tools": [fn()]},
        says="'tool_choice' is only allowed when 'tools' are specified.",
        param="tool_choice",
    ),
    o(
        "tool-choice-without-tools",
        bad={"parallel_tool_calls": True},
        good={"parallel_tool_calls": None},
        param="parallel_tool_calls",
    ),
    o("tools-empty", bad={"tools": []}, good={"tools": None}, param="tools", code="empty_array"),
    o(
        "tools-too-many",
        bad={"tools": [fn(f"f{at}") for at in range(129)]},
        good={"tools": [fn(f"f{at}") for at in range(128)]},
        says="=Invalid 'tools': array too long. Expected an array with maximum length 128, but got "
        "an array with length 129 instead.",
        param="tools",
        code="array_above_max_length",
    ),
    o(
        "tool-name",
        bad={"tools": [fn(), fn("a.b")]},
        good={"tools": [fn(), fn("a_b-C")]},
        says="=Invalid 'tools[1].function.name': string does not match pattern. Expected a string "
        "that matches the pattern '^[a-zA-Z0-9_-]+$'.",
        param="tools[1].function.name",
        code="invalid_value",
    ),
    o(
        "tool-name",
        bad={"tools": [flat()]},
        good={"tools": [fn()]},
        param="tools[0].function.name",
        code="missing_required_parameter",
    ),
    o(
        "tool-name-too-long",
        bad={"tools": [fn("a" * 65)]},
        good={"tools": [fn("a" * 64)]},
        param="tools[0].function.name",
        code="string_above_max_length",
    ),
    o(
        "tool-name-twice",
        bad={"tools": [fn(), fn()]},
        good={"tools": [fn(), fn("g")]},
        param="tools",
        code="invalid_value",
    ),
    *(
        o(
            "strict-tool-schema",
            bad={"tools": [fn(strict=True, parameters=schema)]},
            good={"tools": [fn(strict=strict, parameters=good)]},
            says=f"=Invalid schema for function 'f': In context={where}",
            param="tools[0].function.parameters",
            code="invalid_function_parameters",
        )
        for schema, where, strict, good in (
            (OPEN, f"(), {CLOSED}", False, OPEN),
            (NESTED, f"('properties', 'city', 'anyOf', '1'), {CLOSED}", True, SCHEMA),
            (
                LOOSE,
                f"(), {MISSING}",
                True,
                {**SCHEMA, "properties": {"city": {"enum": ["a", "b"]}}},
            ),
            (
                {**SCHEMA, "properties": {"city": {"type": "string", "minLength": 1}}},
                "('properties', 'city'), 'minLength' is not permitted.",
                True,
                {**SCHEMA, "properties": {"city": {"$ref": "#/$defs/c"}}, "$defs": {"c": SCHEMA}},
            ),
        )
    ),
    o(
        "strict-format-schema",
        bad=schema_format(OPEN),
        good=schema_format(OPEN, strict=False),
        says="Invalid schema for response_format 'n': In context=(), ",
        param="response_format",
    ),
    o(
        "json-word",
        bad=JSON_MODE,
        good={**JSON_MODE, **says({"role": "system", "content": "Answer in JSON."})},
        says="='messages' must contain the word 'json' in some form, to use 'response_format' of "
        "type 'json_object'.",
        param="messages",
    ),
    *(
        o(
            "response-format-type",
            bad={"response_format": bad},
            good={"response_format": {"type": "text"}},
            says=f"={said}",
            param="response_format.type",
            code=code,
        )
        for bad, said, code in (
            (
                {"type": "json"},
                f"Invalid value: 'json'. {FORMATS}",
                "invalid_value",
            ),
            (
                SCHEMA,
                f"Invalid value: 'object'. {FORMATS}",
                "invalid_value",
            ),
            ({}, "Missing required parameter: 'response_format.type'.", NOT_GIVEN),
        )
    ),
    o(
        "verbosity",
        bad={"verbosity": "loud"},
        good={"verbosity": "low"},
        says="=Invalid value: 'loud'. Supported values are: 'low', 'medium', and 'high'.",
        param="verbosity",
        code="invalid_value",
    ),
    o(
        "image-detail",
        bad=says(picture("LOW")),
        good=says(picture("low")),
        says="Invalid value: 'LOW'. Supported values are: 'low', 'high',",
        param="messages[1].content[0].image_url.detail",
        code="invalid_value",
    ),
    o(
        "stop-too-many",
        bad={"stop": list("abcde")},
        good={"stop": list("abcd")},
        param="stop",
        code="array_above_max_length",
    ),
    o(
        "top-logprobs-without-logprobs",
        bad={"top_logprobs": 2},
        good={"top_logprobs": 2, "logprobs": True},
        param="top_logprobs",
    ),
    o(
        "out-of-range",
        bad={"temperature": 2.5},
        good={"temperature": 2},
        says="=Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but "
        "got 2.5 instead.",
        param="temperature",
        code="decimal_above_max_value",
    ),
    o(
        "out-of-range",
        bad={"n": 0},
        good={"n": 128},
        says="integer below minimum value",
        param="n",
        code="integer_below_min_value",
    ),
    o(
        "effort",
        bad={"model": "gpt-5.5", "reasoning_effort": "minimal"},
        good={"model": "gpt-5.5", "reasoning_effort": "xhigh"},
        says="=Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. "
        "Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
        param="reasoning_effort",
        code="unsupported_value",
    ),
    o(
        "effort",
        bad={"model": "gpt-5.6", "reasoning_effort": "max"},
        good={"model": "gpt-5.6", "reasoning_effort": "xhigh"},
        param="reasoning_effort",
        code="unsupported_value",
    ),
    o(
        "effort",
        bad={"model": "gpt-6-astra", "reasoning_effort": "none"},
        good={"model": "gpt-6-astra", "reasoning_effort": "low"},
        param="reasoning_effort",
        code="unsupported_value",
    ),
    o(
        "effort",
        bad={"model": "gpt-4o-mini", "reasoning_effort": "low"},
        good={"model": "gpt-4o-mini", "reasoning_effort": None},
        says="=Unrecognized request argument supplied: reasoning_effort",
    ),
    o(
        "temperature-while-reasoning",
        bad={"model": "gpt-5.5", "temperature": 0},
        good={"model": "gpt-5.5", "temperature": 0, "reasoning_effort": "none"},
        says="=Unsupported value: 'temperature' does not support 0 with this model. Only the "
        "default (1) value is supported.",
        param="temperature",
        code="unsupported_value",
    ),
    o(
        "temperature-while-reasoning",
        bad={"temperature": 0, "reasoning_effort": "low"},
        good={"temperature": 0},
        param="temperature",
        code="unsupported_value",
    ),
    o(
        "sampling-while-reasoning",
        bad={"model": "gpt-5.5", "logprobs": True},
        good={"model": "gpt-5.5", "logprobs": False, "temperature": 1},
        says="'logprobs' is not supported with this model.",
        param="logprobs",
        code="unsupported_parameter",
    ),
    o(
        "stop-of-o3",
        bad={"model": "o3", "stop": "a"},
        good={"model": "gpt-5.5", "stop": "a"},
        param="stop",
        code="unsupported_parameter",
    ),
    o(
        "messages-empty",
        bad={"messages": []},
        says="Invalid 'messages': empty array.",
        param="messages",
        code="empty_array",
    ),
    o(
        "messages-empty",
        bad={"messages": None},
        param="messages",
        code="missing_required_parameter",
    ),
    o(
        "role",
        bad=says({"role": "bot", "content": "Hi"}),
        good=says({"role": "developer", "content": "Hi"}),
        says="Invalid value: 'bot'. Supported values are: 'system', ",
        param="messages[1].role",
        code="invalid_value",
    ),
    o(
        "message-field",
        bad=says({"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}),
        good=says({"role": "assistant", "content": "Hi", "refusal": None}),
        says="=Unknown parameter: 'messages[1].reasoning_content'.",
        param="messages[1].reasoning_content",
        code="unknown_parameter",
    ),
    o(
        "result-without-call",
        bad=says(result("c1")),
        good=says(called("c1"), result("c1")),
        says="=Invalid parameter: messages with role 'tool' must be a response to a preceeding "
        "message with 'tool_calls'.",
        param="messages.[1].role",
    ),
    o(
        "result-without-call",
        bad=says(called("c1"), result("c2")),
        good=says(called("c1", "c2"), result("c2"), result("c1")),
        param="messages.[2].role",
    ),
    o(
        "call-without-result",
        bad=says(called("c1", "c2"), result("c1"), USER),
        good=says(called("c1", "c2"), result("c1"), result("c2"), USER),
        says="=An assistant message with 'tool_calls' must be followed by tool messages responding "
        "to each 'tool_call_id'. The following tool_call_ids did not have response messages: c2",
        param="messages.[2].role",
    ),
    o(
        "tool-calls-empty",
        bad=says(called()),
        good=says({"role": "assistant", "content": "Hi"}),
        says="=Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum "
        "length 1, but got an empty array instead.",
        param="messages[1].tool_calls",
        code="empty_array",
    ),
    o(
        "part-type",
        bad=says(INPUT),
        good=says(PICTURE, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}),
        says="Invalid value: 'input_text'. Supported values are: 'text', 'image_url', ",
        param="messages[1].content[0].type",
        code="invalid_value",
    ),
    o(
        "image-not-of-the-user",
        bad=says(called("c1"), {**result("c1"), "content": [IMAGE]}),
        good=says(called("c1"), result("c1"), PICTURE),
        says="=Invalid 'messages[2]'. Image URLs are only allowed for messages with role 'user', "
        "but this message with role 'tool' contains an image URL.",
        param="messages[2]",
        code="invalid_value",
    ),
)
