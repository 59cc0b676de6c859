"""What OpenAI does not take over the Responses API: the fields of a request and its tools."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unillm.testing._objects import objects, single
from unillm.testing.rules._reading import is_set, listed, number, says_json, tool_names, unknown
from unillm.testing.rules._schemas import unfit
from unillm.testing.rules.openai_chat import FORBIDDEN, NAME
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_SDK = "openai-python 3.57.0, types/responses/response_create_params.py"
_FIELDS = frozenset(
    (
        *("access_programs", "background", "background_options", "context_management"),
        *("conversation", "image", "include", "input", "instructions", "max_output_tokens"),
        *("max_tool_calls", "metadata", "model", "moderation", "parallel_tool_calls"),
        *("previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options"),
        *("prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store"),
        *("stream", "stream_options", "temperature", "text", "tool_choice", "tools"),
        *("top_logprobs", "top_p", "truncation", "user"),
    )
)
_MOVED = {
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
    "verbosity": "text.verbosity",
}
_TOOLS = (
    *("function", "file_search", "computer", "computer_use_preview", "web_search", "mcp"),
    *("web_search_2025_08_26", "code_interpreter", "programmatic_tool_calling", "local_shell"),
    *("image_generation", "shell", "custom", "namespace", "tool_search", "web_search_preview"),
    *("web_search_preview_2025_03_11", "apply_patch"),
)
_INCLUDES = (
    *("file_search_call.results", "web_search_call.results", "web_search_call.action.sources"),
    *("message.input_image.image_url", "computer_call_output.output.image_url"),
    *("code_interpreter_call.outputs", "reasoning.encrypted_content"),
    "message.output_text.logprobs",
)
_FEWEST_TOKENS = 16
_ISSUED = re.compile(r"resp_fake_(\d+)")
"""Ids of answers that were stored; those of others end in ``_unstored``."""
_FORMATS = ("json_object", "json_schema", "text")
_VERBOSITIES = ("low", "medium", "high")


def _supported(value: object, values: Sequence[str], param: str) -> Refusal:
    quoted = [f"'{one}'" for one in values]
    known = f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    message = f"Invalid value: '{value}'. Supported values are: {known}."
    return Refusal(message=message, param=param, code="invalid_value")


def _missing(param: str) -> Refusal:
    message = f"Missing required parameter: '{param}'."
    return Refusal(message=message, param=param, code="missing_required_parameter")


@rule(
    "responses",
    source="https://github.com/OpenHands/software-agent-sdk/issues/755",
    checked="2026-11-28",
)
def moved_field(seen: Seen) -> Refusal | None:
    """Refuse a field of Chat's that has another name here: reasoning_effort, response_format."""
    old = next((name for name in seen.fields if name in _MOVED), None)
    if old is None:
        return None
    message = (
        f"Unsupported parameter: '{old}'. In the Responses API, this parameter has moved to "
        f"'{_MOVED[old]}'. Try again with the new parameter. See the API documentation for more "
        "information: https://platform.openai.com/docs/api-reference/responses/create."
    )
    return Refusal(message=message, code="unsupported_parameter")


@rule("responses", source="https://github.com/bestruirui/octopus/issues/31", checked="2026-11-28")
def unknown_parameter(seen: Seen) -> Refusal | None:
    """Refuse a top-level field that is not of Responses, such as messages, stop or seed."""
    odd = next(iter(unknown(seen.fields, _FIELDS)), None)
    if odd is None:
        return None
    return Refusal(message=f"Unknown parameter: '{odd}'.", param=odd, code="unknown_parameter")


@rule(
    "responses",
    source=_SDK,
    checked="2026-11-28",
    doubt="That one is needed is documented, the words are not.",
)
def input_missing(seen: Seen) -> Refusal | None:
    """Refuse a request without input, prompt, conversation and previous_response_id."""
    names = ("input", "previous_response_id", "prompt", "conversation")
    if any(is_set(seen.fields, name) for name in names):
        return None
    given = '"input" or "previous_response_id" or "prompt" or "conversation_id"'
    message = f"One of {given} must be provided."
    return Refusal(message=message, param="input", code="missing_required_parameter")


@rule("responses", source="https://github.com/microsoft/autogen/issues/6935", checked="2026-11-28")
def tool_shape(seen: Seen) -> Refusal | None:
    """Refuse a function that is described as Chat has it, inside another object."""
    for at, tool in enumerate(objects(seen.fields.get("tools"))):
        if tool.get("type") == "function" and not isinstance(tool.get("name"), str):
            return _missing(f"tools[{at}].name")
    return None


@rule(
    "responses",
    source="openai-python 3.57.0, types/responses/tool_param.py",
    checked="2026-11-28",
    doubt="The types are documented, the words are those of other enumerations.",
)
def tool_type(seen: Seen) -> Refusal | None:
    """Refuse a tool of a type that there is not."""
    for at, tool in enumerate(objects(seen.fields.get("tools"))):
        if tool.get("type") not in _TOOLS:
            return _supported(tool.get("type"), _TOOLS, f"tools[{at}].type")
    return None


@rule("responses", source="https://github.com/brekkylab/ailoy/pull/109", checked="2026-11-28")
def tool_name_pattern(seen: Seen) -> Refusal | None:
    """Refuse a function whose name has other characters than letters, digits, _ and -."""
    bad = next((name for name in tool_names(seen) if not NAME.fullmatch(name)), None)
    if bad is None:
        return None
    tools = objects(seen.fields.get("tools"))
    param = f"tools[{next(at for at, tool in enumerate(tools) if tool.get('name') == bad)}].name"
    message = (
        f"Invalid '{param}': string does not match pattern. Expected a string that matches the "
        "pattern '^[a-zA-Z0-9_-]+$'."
    )
    return Refusal(message=message, param=param, code="invalid_value")


@rule("responses", source="https://github.com/kevinwatt/mysql-mcp/issues/5", checked="2026-11-28")
def strict_tool(seen: Seen) -> Refusal | None:
    """Refuse a strict function whose schema is not closed, or lets something be left out."""
    for at, tool in enumerate(objects(seen.fields.get("tools"))):
        schema, param = tool.get("parameters"), f"tools[{at}].parameters"
        code = "invalid_function_parameters"
        found = unfit("function", tool, schema, FORBIDDEN, param=param, code=code)
        if found is not None:
            return found
    return None


@rule(
    "responses",
    source="https://github.com/kevinwatt/mysql-mcp/issues/5",
    checked="2026-11-28",
    doubt="The words are those that functions get.",
)
def strict_text_format(seen: Seen) -> Refusal | None:
    """Refuse a strict text.format whose schema is not closed, or lets something be left out."""
    wanted = single(single(seen.fields.get("text")).get("format"))
    param, code = "text.format.schema", "invalid_json_schema"
    schema = wanted.get("schema")
    return unfit("response_format", wanted, schema, FORBIDDEN, param=param, code=code)


@rule(
    "responses",
    source=f"{_SDK} (text.format: flat, with a name)",
    checked="2026-11-28",
    doubt="The shape is documented, the words are those that a function without a name gets.",
)
def text_format_shape(seen: Seen) -> Refusal | None:
    """Refuse a text.format that is described as Chat has it, inside json_schema."""
    wanted = single(single(seen.fields.get("text")).get("format"))
    if wanted.get("type") == "json_schema":
        for name in ("name", "schema"):
            if not is_set(wanted, name):
                return _missing(f"text.format.{name}")
    return None


@rule(
    "responses",
    source=f"{_SDK} (text.format, text.verbosity)",
    checked="2026-11-28",
    doubt="The values are documented, the words are those of other enumerations.",
)
def text_value(seen: Seen) -> Refusal | None:
    """Refuse a type of text.format, or a text.verbosity, that there is not."""
    text = single(seen.fields.get("text"))
    if is_set(text, "format"):
        kind = single(text["format"]).get("type")
        if kind is None:
            return _missing("text.format.type")
        if kind not in _FORMATS:
            return _supported(kind, _FORMATS, "text.format.type")
    if is_set(text, "verbosity") and text["verbosity"] not in _VERBOSITIES:
        return _supported(text["verbosity"], _VERBOSITIES, "text.verbosity")
    return None


@rule(
    "responses",
    source=f"{_SDK} (tool_choice: flat)",
    checked="2026-11-28",
    doubt="The shape is documented, the words are those that a function without a name gets.",
)
def tool_choice_shape(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice of a function that is described as Chat has it."""
    choice = single(seen.fields.get("tool_choice"))
    if choice.get("type") == "function" and not is_set(choice, "name"):
        return _missing("tool_choice.name")
    return None


@rule("responses", source="https://github.com/BigDawnGhost/wenyi/pull/66", checked="2026-11-28")
def json_word_in_input(seen: Seen) -> Refusal | None:
    """Refuse JSON mode where the input has no word json; the instructions do not count."""
    wanted = single(single(seen.fields.get("text")).get("format")).get("type")
    told = [message for message in seen.messages if message.get("role") != "system"]
    if wanted != "json_object" or says_json(told) or says_json(seen.items):
        return None
    message = (
        "Response input messages must contain the word 'json' in some form to use 'text.format' of "
        "type 'json_object'."
    )
    return Refusal(message=message, param="input")


@rule(
    "responses",
    source="openai-python 3.57.0, types/responses/response_includable.py",
    checked="2026-11-28",
    doubt="The values are documented, the words are those of other enumerations.",
)
def include(seen: Seen) -> Refusal | None:
    """Refuse something to include that there is not."""
    for at, value in enumerate(listed(seen.fields.get("include"))):
        if value not in _INCLUDES:
            return _supported(value, _INCLUDES, f"include[{at}]")
    return None


@rule(
    "responses",
    source="https://github.com/maximhq/bifrost/issues/2441; "
    "https://github.com/smg-project/smg/pull/916 (store: false)",
    checked="2026-11-28",
)
def previous_response(seen: Seen) -> Refusal | None:
    """Refuse a previous_response_id that is not of an earlier answer that was stored."""
    given = seen.fields.get("previous_response_id")
    if given is None:
        return None
    issued = _ISSUED.fullmatch(str(given))
    if issued and 0 < int(issued[1]) < seen.number:
        return None
    message = f"Previous response with id '{given}' not found."
    param = "previous_response_id"
    return Refusal(message=message, param=param, code="previous_response_not_found")


@rule(
    "responses",
    source=f"{_SDK} (stream_options)",
    checked="2026-11-28",
    doubt="That there is only include_obfuscation is documented, the words are those of others.",
)
def stream_option(seen: Seen) -> Refusal | None:
    """Refuse stream_options.include_usage: usage comes by itself."""
    odd = unknown(single(seen.fields.get("stream_options")), {"include_obfuscation"})
    if not odd:
        return None
    param = f"stream_options.{odd[0]}"
    return Refusal(message=f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


@rule(
    "responses",
    source="https://github.com/earendil-works/pi/issues/6265; "
    "https://github.com/vectorize-io/hindsight/issues/58",
    checked="2026-11-28",
)
def max_output_tokens(seen: Seen) -> Refusal | None:
    """Refuse fewer than 16 max_output_tokens."""
    value = number(seen.fields, "max_output_tokens")
    if value is None or value >= _FEWEST_TOKENS:
        return None
    message = (
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= "
        f"{_FEWEST_TOKENS}, but got {value} instead."
    )
    return Refusal(message=message, param="max_output_tokens", code="integer_below_min_value")
