"""What OpenAI does not take over Chat Completions: the fields of a request and its tools."""

from __future__ import annotations

import re
from collections import Counter

from unillm.testing._objects import objects, single
from unillm.testing.rules._reading import is_set, listed, number, says_json, tool_names, unknown
from unillm.testing.rules._schemas import unfit
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

__all__ = ["FORBIDDEN", "NAME", "array_too_long", "empty_array"]

_SDK = "openai-python 3.57.0, types/chat/completion_create_params.py"
_FIELDS = frozenset(
    (
        *("audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs"),
        *("max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model"),
        *("moderation", "n", "parallel_tool_calls", "prediction", "presence_penalty"),
        *("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"),
        *("reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier"),
        *("stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools"),
        *("top_logprobs", "top_p", "user", "verbosity", "web_search_options"),
    )
)
NAME = re.compile(r"[a-zA-Z0-9_-]+")
FORBIDDEN = frozenset(
    (
        *("allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else"),
        *("patternProperties", "minLength", "maxLength", "uniqueItems"),
    )
)
"""Keywords that a strict schema may not have: pydantic_ai/profiles/openai.py, read 2026-11-23."""
_FORMATS = ("json_object", "json_schema", "text")
_MOST_TOOLS, _MOST_STOPS, _LONGEST_NAME = 128, 4, 64
_RANGES = {"temperature": (0, 2), "top_p": (0, 1), "n": (1, 128)} | dict.fromkeys(
    ("frequency_penalty", "presence_penalty"), (-2, 2)
)


def empty_array(param: str) -> Refusal:
    """Return what is said of an array that has nothing in it."""
    message = (
        f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead."
    )
    return Refusal(message=message, param=param, code="empty_array")


def array_too_long(param: str, most: int, length: int) -> Refusal:
    """Return what is said of an array with too much in it."""
    message = (
        f"Invalid '{param}': array too long. Expected an array with maximum length {most}, but got "
        f"an array with length {length} instead."
    )
    return Refusal(message=message, param=param, code="array_above_max_length")


@rule("chat", source="https://github.com/nashsu/llm_wiki/issues/336", checked="2026-11-28")
def unknown_field(seen: Seen) -> Refusal | None:
    """Refuse a top-level field that is not OpenAI's."""
    odd = unknown(seen.fields, _FIELDS)
    if not odd:
        return None
    plural = "s" if len(odd) > 1 else ""
    return Refusal(message=f"Unrecognized request argument{plural} supplied: {', '.join(odd)}")


@rule("chat", source="https://github.com/BerriAI/litellm/issues/5803", checked="2026-11-28")
def stream_options_without_stream(seen: Seen) -> Refusal | None:
    """Refuse stream_options where no stream is asked for."""
    if not is_set(seen.fields, "stream_options") or seen.wants_stream:
        return None
    message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    return Refusal(message=message, param="stream_options")


@rule(
    "chat",
    source="https://github.com/writer/writer-framework/pull/1013",
    checked="2026-11-28",
    doubt="Seen through a host that passes OpenAI's words on.",
)
def tool_choice_without_tools(seen: Seen) -> Refusal | None:
    """Refuse tool_choice and parallel_tool_calls where no tools are offered."""
    if is_set(seen.fields, "tools"):
        return None
    for name in ("tool_choice", "parallel_tool_calls"):
        if is_set(seen.fields, name):
            message = (
                f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."
            )
            return Refusal(message=message, param=name)
    return None


@rule("chat", source="https://github.com/vllm-project/vllm/pull/39780", checked="2026-11-28")
def tools_empty(seen: Seen) -> Refusal | None:
    """Refuse an empty list of tools."""
    return empty_array("tools") if seen.fields.get("tools") == [] else None


@rule("chat", source="https://github.com/0x4m4/hexstrike-ai/issues/29", checked="2026-11-28")
def tools_too_many(seen: Seen) -> Refusal | None:
    """Refuse more than 128 tools."""
    length = len(listed(seen.fields.get("tools")))
    return array_too_long("tools", _MOST_TOOLS, length) if length > _MOST_TOOLS else None


@rule("chat", source="https://github.com/brekkylab/ailoy/pull/109", checked="2026-11-28")
def tool_name(seen: Seen) -> Refusal | None:
    """Refuse a function whose name has other characters than letters, digits, _ and -."""
    for at, tool in enumerate(objects(seen.fields.get("tools"))):
        param = f"tools[{at}].function.name"
        name = single(tool.get("function")).get("name")
        if tool.get("type", "function") == "function" and not isinstance(name, str):
            message = f"Missing required parameter: '{param}'."
            return Refusal(message=message, param=param, code="missing_required_parameter")
        if isinstance(name, str) and not NAME.fullmatch(name):
            message = (
                f"Invalid '{param}': string does not match pattern. Expected a string that matches "
                "the pattern '^[a-zA-Z0-9_-]+$'."
            )
            return Refusal(message=message, param=param, code="invalid_value")
    return None


@rule(
    None,
    source=f"{_SDK} (maximum length 64)",
    checked="2026-11-28",
    doubt="The limit is documented; the words are those of OpenAI's other limits.",
)
def tool_name_too_long(seen: Seen) -> Refusal | None:
    """Refuse a function whose name is longer than 64 characters."""
    for at, name in enumerate(tool_names(seen)):
        if len(name) > _LONGEST_NAME:
            param = f"tools[{at}].{'function.' if seen.api == 'chat' else ''}name"
            message = (
                f"Invalid '{param}': string too long. Expected a string with maximum length "
                f"{_LONGEST_NAME}, but got a string with length {len(name)} instead."
            )
            return Refusal(message=message, param=param, code="string_above_max_length")
    return None


@rule(
    None,
    source="https://github.com/tailcallhq/forgecode/issues/892",
    checked="2026-11-28",
    doubt="Seen of Anthropic only: of OpenAI it is not known.",
)
def tool_name_twice(seen: Seen) -> Refusal | None:
    """Refuse two functions of one name."""
    twice = [name for name, times in Counter(tool_names(seen)).items() if times > 1]
    if not twice:
        return None
    message = f"Tool names must be unique: '{twice[0]}' is there more than once."
    return Refusal(message=message, param="tools", code="invalid_value")


@rule("chat", source="https://github.com/camel-ai/camel/issues/2231", checked="2026-11-28")
def strict_tool_schema(seen: Seen) -> Refusal | None:
    """Refuse a strict function whose schema is not closed, or lets something be left out."""
    for at, tool in enumerate(objects(seen.fields.get("tools"))):
        function = single(tool.get("function"))
        schema, param = function.get("parameters"), f"tools[{at}].function.parameters"
        code = "invalid_function_parameters"
        found = unfit("function", function, schema, FORBIDDEN, param=param, code=code)
        if found is not None:
            return found
    return None


@rule(
    "chat",
    source="https://github.com/camel-ai/camel/issues/2231",
    checked="2026-11-28",
    doubt="The words are those that functions get.",
)
def strict_format_schema(seen: Seen) -> Refusal | None:
    """Refuse a strict response_format whose schema is not closed, or lets something be left out."""
    wanted = single(single(seen.fields.get("response_format")).get("json_schema"))
    schema = wanted.get("schema")
    return unfit("response_format", wanted, schema, FORBIDDEN, param="response_format")


@rule(
    "chat",
    source="https://github.com/epuerta9/deep-research-py/issues/19",
    checked="2026-11-28",
    doubt="Seen of a type that there is not: of one that is missing the words are inferred.",
)
def response_format_type(seen: Seen) -> Refusal | None:
    """Refuse a response_format of no type, or of one that there is not, such as json."""
    if not is_set(seen.fields, "response_format"):
        return None
    param = "response_format.type"
    kind = single(seen.fields["response_format"]).get("type")
    if kind is None:
        message = f"Missing required parameter: '{param}'."
        return Refusal(message=message, param=param, code="missing_required_parameter")
    return None if kind in _FORMATS else _unsupported(kind, _FORMATS, param)


@rule(
    "chat",
    source=f"{_SDK} (verbosity)",
    checked="2026-11-28",
    doubt="The values are documented, the words are those of other enumerations.",
)
def verbosity(seen: Seen) -> Refusal | None:
    """Refuse a verbosity that there is not."""
    given = seen.fields.get("verbosity")
    known = ("low", "medium", "high")
    return None if given is None or given in known else _unsupported(given, known, "verbosity")


def _unsupported(value: object, values: tuple[str, ...], param: str) -> Refusal:
    quoted = [f"'{one}'" for one in values]
    known = f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    message = f"Invalid value: '{value}'. Supported values are: {known}."
    return Refusal(message=message, param=param, code="invalid_value")


@rule(
    "chat", source="https://github.com/0zd3m1r/koreader-xray-plugin/issues/18", checked="2026-11-28"
)
def json_word(seen: Seen) -> Refusal | None:
    """Refuse JSON mode where no message has the word json in it."""
    wanted = single(seen.fields.get("response_format")).get("type")
    if wanted != "json_object" or says_json(seen.messages):
        return None
    message = (
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
        "'json_object'."
    )
    return Refusal(message=message, param="messages")


@rule(
    "chat",
    source="https://github.com/0x4m4/hexstrike-ai/issues/29",
    checked="2026-11-28",
    doubt="The limit is documented; the words are those of the limit of tools.",
)
def stop_too_many(seen: Seen) -> Refusal | None:
    """Refuse more than 4 stop sequences."""
    length = len(listed(seen.fields.get("stop")))
    return array_too_long("stop", _MOST_STOPS, length) if length > _MOST_STOPS else None


@rule(
    "chat",
    source=_SDK,
    checked="2026-11-28",
    doubt="That it must be so is documented, the words are not.",
)
def top_logprobs_without_logprobs(seen: Seen) -> Refusal | None:
    """Refuse top_logprobs where logprobs are not asked for."""
    if not is_set(seen.fields, "top_logprobs") or seen.fields.get("logprobs") is True:
        return None
    message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
    return Refusal(message=message, param="top_logprobs")


@rule(
    None,
    source=_SDK,
    checked="2026-11-28",
    doubt="The ranges are documented, the words are those of OpenAI's other limits.",
)
def out_of_range(seen: Seen) -> Refusal | None:
    """Refuse a temperature, top_p, penalty or n out of its range."""
    for name, (low, high) in _RANGES.items():
        value = number(seen.fields, name)
        if value is None or low <= value <= high:
            continue
        kind = "integer" if name == "n" else "decimal"
        side, sign, limit = ("above", "<=", high) if value > high else ("below", ">=", low)
        most = "maximum" if value > high else "minimum"
        said = f"{kind} {side} {most} value. Expected a value {sign} {limit}, but got {value}"
        message = f"Invalid '{name}': {said} instead."
        code = f"{kind}_{side}_{most[:3]}_value"
        return Refusal(message=message, param=name, code=code)
    return None
