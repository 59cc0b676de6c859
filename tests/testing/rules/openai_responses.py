"""OpenAI over the Responses API."""

from __future__ import annotations

from typing import Any

from tests.testing.rules.case import (
    CALL,
    INPUT,
    LOOSE,
    NOT_GIVEN,
    OPEN,
    OUTPUT,
    SCHEMA,
    SPOKEN,
    THOUGHT,
    USER,
    flat,
    fn,
    items,
    r,
    text_format,
)


def shown(detail: str) -> dict[str, Any]:
    """Return a user's message with an image."""
    image = {"type": "input_image", "image_url": "data:,", "detail": detail}
    return {"role": "user", "content": [image]}


OPENAI_RESPONSES = (
    r(
        "model",
        bad={"model": "gpt-99"},
        good={"model": "gpt-5.5-pro"},
        param="model",
        code="model_not_found",
    ),
    r(
        "moved-field",
        bad={"reasoning_effort": "low"},
        good={"reasoning": {"effort": "low"}},
        says="this parameter has moved to 'reasoning.effort'.",
        code="unsupported_parameter",
    ),
    *(
        r(
            "unknown-parameter",
            bad={name: 1},
            good={"metadata": {}, "store": False, "background": False},
            says=f"=Unknown parameter: '{name}'.",
            param=name,
            code="unknown_parameter",
        )
        for name in ("messages", "stop", "seed", "n", "max_completion_tokens")
    ),
    r(
        "input-missing",
        bad={"input": None},
        good={"input": None, "conversation": "conv_1"},
        param="input",
        code="missing_required_parameter",
    ),
    r(
        "tool-shape",
        bad={"tools": [fn()]},
        good={"tools": [flat()]},
        says="=Missing required parameter: 'tools[0].name'.",
        param="tools[0].name",
        code="missing_required_parameter",
    ),
    r(
        "tool-type",
        bad={"tools": [{"type": "browser"}]},
        good={"tools": [{"type": "web_search"}, {"type": "image_generation"}]},
        says="Invalid value: 'browser'. Supported values are: 'function', ",
        param="tools[0].type",
        code="invalid_value",
    ),
    r(
        "tool-name-pattern",
        bad={"tools": [{"type": "web_search"}, flat("a b")]},
        good={"tools": [{"type": "web_search"}, flat("a_b")]},
        says="Invalid 'tools[1].name': string does not match pattern.",
        param="tools[1].name",
        code="invalid_value",
    ),
    r(
        "tool-name-too-long",
        bad={"tools": [flat("a" * 65)]},
        good={"tools": [flat("a" * 64)]},
        param="tools[0].name",
        code="string_above_max_length",
    ),
    r(
        "strict-tool",
        bad={"tools": [flat(strict=True, parameters=LOOSE)]},
        good={"tools": [flat(parameters=LOOSE)]},
        says="Invalid schema for function 'f': In context=(), 'required' is required",
        param="tools[0].parameters",
        code="invalid_function_parameters",
    ),
    r(
        "strict-text-format",
        bad=text_format(name="n", schema=OPEN, strict=True),
        good=text_format(name="n", schema=SCHEMA, strict=True),
        param="text.format.schema",
        code="invalid_json_schema",
    ),
    r(
        "text-format-shape",
        bad=text_format(json_schema={"name": "n", "schema": SCHEMA}),
        good=text_format(name="n", schema=SCHEMA),
        param="text.format.name",
        code="missing_required_parameter",
    ),
    r(
        "tool-choice-shape",
        bad={"tools": [flat()], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        good={"tools": [flat()], "tool_choice": {"type": "function", "name": "f"}},
        param="tool_choice.name",
        code="missing_required_parameter",
    ),
    r(
        "json-word-in-input",
        bad={"text": {"format": {"type": "json_object"}}, "instructions": "Answer in JSON."},
        good={"text": {"format": {"type": "json_object"}}, "input": "Answer in JSON."},
        says="=Response input messages must contain the word 'json' in some form to use "
        "'text.format' of type 'json_object'.",
        param="input",
    ),
    r(
        "include",
        bad={"include": ["reasoning.encrypted_content", "usage"]},
        good={"include": ["reasoning.encrypted_content"]},
        says="Invalid value: 'usage'. ",
        param="include[1]",
        code="invalid_value",
    ),
    *(
        r(
            "previous-response",
            bad={"previous_response_id": given},
            good={"previous_response_id": "resp_fake_6"},
            says=f"=Previous response with id '{given}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
        for given in ("resp_1", "resp_fake_7", "resp_fake_0", "resp_fake_6_unstored")
    ),
    *(
        r(
            "text-value",
            bad={"text": bad},
            good={"text": {"format": {"type": "text"}, "verbosity": "low"}},
            says=said,
            param=f"text.{param}",
            code=code,
        )
        for bad, said, param, code in (
            (
                {"format": {"type": "json"}},
                "Invalid value: 'json'.",
                "format.type",
                "invalid_value",
            ),
            (
                {"format": {}},
                "=Missing required parameter: 'text.format.type'.",
                "format.type",
                NOT_GIVEN,
            ),
            ({"verbosity": "loud"}, "Invalid value: 'loud'.", "verbosity", "invalid_value"),
        )
    ),
    r(
        "detail",
        bad=items(shown("LOW")),
        good=items(shown("original")),
        says="=Invalid value: 'LOW'. Supported values are: 'low', 'high', 'auto', and 'original'.",
        param="input[1].content[0].detail",
        code="invalid_value",
    ),
    r(
        "stream-option",
        bad={"stream": True, "stream_options": {"include_usage": True}},
        good={"stream": True, "stream_options": {"include_obfuscation": False}},
        param="stream_options.include_usage",
        code="unknown_parameter",
    ),
    r(
        "max-output-tokens",
        bad={"max_output_tokens": 15},
        good={"max_output_tokens": 16},
        param="max_output_tokens",
        code="integer_below_min_value",
    ),
    r(
        "reasoning-effort",
        bad={"reasoning": {"effort": "max"}},
        good={"model": "gpt-5.6", "reasoning": {"effort": "max"}},
        says="=Unsupported value: 'max' is not supported with the 'gpt-5.5' model. Supported "
        "values are: 'none', 'low', 'medium', 'high', and 'xhigh'.",
        param="reasoning.effort",
        code="unsupported_value",
    ),
    r(
        "reasoning-effort",
        bad={"model": "gpt-4.1", "reasoning": {"effort": "low"}},
        good={"model": "gpt-4.1", "reasoning": None},
        says="=Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        param="reasoning.effort",
        code="unsupported_parameter",
    ),
    r(
        "reasoning-field",
        bad={"reasoning": {"max_tokens": 5}},
        good={"reasoning": {"effort": "low", "summary": "auto"}},
        says="=Unknown parameter: 'reasoning.max_tokens'.",
        param="reasoning.max_tokens",
        code="unknown_parameter",
    ),
    r(
        "sampling",
        bad={"temperature": 1},
        good={"temperature": 0.5, "reasoning": {"effort": "none"}},
        says="=Unsupported parameter: 'temperature' is not supported with this model.",
        param="temperature",
    ),
    r(
        "sampling",
        bad={"top_p": 0.5},
        good={"top_p": 0.5, "model": "gpt-5.4", "tools": [flat()]},
        param="top_p",
    ),
    r(
        "item-field",
        bad=items({**THOUGHT, "status": "completed"}, SPOKEN),
        good=items(THOUGHT, {**SPOKEN, "type": "message", "status": "completed", "id": "msg_1"}),
        says="=Unknown parameter: 'input[1].status'.",
        param="input[1].status",
        code="unknown_parameter",
    ),
    r(
        "item-field",
        bad=items({**CALL, "parsed_arguments": {}}, OUTPUT),
        good=items({**CALL, "status": "completed"}, OUTPUT),
        param="input[1].parsed_arguments",
        code="unknown_parameter",
    ),
    r(
        "item-role",
        bad=items({"role": "tool", "content": "1"}),
        good=items({"role": "developer", "content": "1"}),
        param="input[1].role",
        code="invalid_value",
    ),
    r(
        "content-type",
        bad=items({**SPOKEN, "content": INPUT["content"]}),
        good=items(SPOKEN, INPUT),
        says="=Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
        param="input[1].content[0]",
        code="invalid_value",
    ),
    r(
        "content-type",
        bad=items({"role": "user", "content": [{"type": "text", "text": "Hi"}]}),
        good=items(CALL, {**OUTPUT, "output": INPUT["content"]}),
        says="Invalid value: 'text'. Supported values are: 'input_text', ",
        param="input[1].content[0]",
        code="invalid_value",
    ),
    r(
        "item-id",
        bad=items({**CALL, "id": "call_1"}, OUTPUT),
        good=items({**CALL, "id": "fc_1"}, OUTPUT),
        says="=Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
        param="input[1].id",
        code="invalid_value",
    ),
    r(
        "output-without-call",
        bad=items(OUTPUT),
        good={**items(OUTPUT), "previous_response_id": "resp_fake_1"},
        says="=No tool call found for function call output with call_id c1.",
        param="input",
    ),
    r(
        "output-without-call",
        bad=items({**CALL, "call_id": "fc_1"}, OUTPUT),
        good=items(CALL, OUTPUT),
        param="input",
    ),
    r(
        "call-without-output",
        bad=items(CALL),
        good=items(CALL, SPOKEN, OUTPUT),
        says="=No tool output found for function call c1.",
        param="input",
    ),
    *(
        r(
            "reasoning-alone",
            bad=items(*bad),
            good=items(THOUGHT, CALL, OUTPUT),
            says="=Item 'rs_1' of type 'reasoning' was provided without its required following "
            "item.",
            param="input",
        )
        for bad in ([THOUGHT], [THOUGHT, USER])
    ),
    r(
        "reasoning-for-plain-model",
        bad={"model": "gpt-4.1", **items(THOUGHT, SPOKEN)},
        good={"model": "gpt-5.4", **items(THOUGHT, SPOKEN)},
        says="=Reasoning input items can only be provided to a reasoning or computer use model.",
        param="input",
    ),
    r(
        "item-not-stored",
        bad={**items({"type": "item_reference", "id": "msg_1"}), "store": False},
        good=items({"type": "item_reference", "id": "msg_1"}),
        says="=Item with id 'msg_1' not found. Items are not persisted when `store` is set to "
        "false. Try again with `store` set to true, or remove this item from your input.",
        param="input",
        status=404,
    ),
    r(
        "item-not-stored",
        bad={**items({**THOUGHT, "encrypted_content": None}, SPOKEN), "store": False},
        good={**items(THOUGHT, SPOKEN), "store": False},
        says="Item with id 'rs_1' not found.",
        param="input",
        status=404,
    ),
    r(
        "encrypted-content",
        bad=items({**THOUGHT, "encrypted_content": "gAAAAABnDQ=="}, SPOKEN),
        good=items(THOUGHT, SPOKEN),
        says="=The encrypted content gAAA...DQ== could not be verified.",
        code="invalid_encrypted_content",
    ),
)
