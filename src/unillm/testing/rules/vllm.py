"""A server of vLLM's, with a model that reads text alone: it takes what it does not know.

``Rules.without("image")`` makes the model a multimodal one.
"""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import forgets_tools, is_set, number, parts_in, tool_names
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_PROTOCOL = (
    "https://github.com/vllm-project/vllm "
    "vllm/entrypoints/openai/chat_completion/protocol.py@002032ee"
)
_BAD = 400
_CHOICES = frozenset({"none", "auto", "required"})


def _refused(message: str, param: str | None = None) -> Refusal:
    return Refusal(message=message, kind="BadRequestError", param=param, code=_BAD)


@rule(
    "chat",
    source="https://github.com/studio-dots-ai/dots.ocr/issues/61",
    checked="2026-11-28",
    doubt="Seen of vLLM 0.9; newer ones may say that at most 0 images are allowed.",
)
def image(seen: Seen) -> Refusal | None:
    """Refuse an image: the model reads text alone."""
    if not any(part.get("type") == "image_url" for _, _, _, part in parts_in(seen.messages)):
        return None
    return _refused(f"{seen.model} is not a multimodal model None")


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def tools_empty(seen: Seen) -> Refusal | None:
    """Refuse an empty list of tools."""
    if seen.fields.get("tools") != []:
        return None
    return _refused(
        "`tools` must not be an empty array. Either provide at least one tool or omit the field "
        "entirely.",
        "tools",
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def tool_choice_without_tools(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice other than none where no tools are offered."""
    choice = seen.fields.get("tool_choice")
    if choice in (None, "none") or is_set(seen.fields, "tools"):
        return None
    return _refused("When using `tool_choice`, `tools` must be set.", "tool_choice")


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def named_tool(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that names a function that is not offered."""
    function = single(single(seen.fields.get("tool_choice")).get("function"))
    if not function or not seen.tools or function.get("name") in tool_names(seen):
        return None
    return _refused(
        "The tool specified in `tool_choice` does not match any of the specified `tools`",
        "tool_choice",
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def tool_choice(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that is another word than none, auto or required."""
    choice = seen.fields.get("tool_choice")
    if not isinstance(choice, str) or choice in _CHOICES or not is_set(seen.fields, "tools"):
        return None
    return _refused(
        f'Invalid value for `tool_choice`: {choice}! Only named tools, "none", "auto" or '
        '"required" are supported.',
        "tool_choice",
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def schema_missing(seen: Seen) -> Refusal | None:
    """Refuse a response_format of type json_schema without a schema."""
    wanted = single(seen.fields.get("response_format"))
    if wanted.get("type") != "json_schema" or is_set(wanted, "json_schema"):
        return None
    return _refused(
        "When response_format type is 'json_schema', the 'json_schema' field must be provided.",
        "response_format",
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def stream_options_without_stream(seen: Seen) -> Refusal | None:
    """Refuse stream_options where no stream is asked for."""
    if not seen.fields.get("stream_options") or seen.wants_stream:
        return None
    return _refused("Stream options can only be defined when `stream=True`.", "stream_options")


@rule("chat", source=_PROTOCOL, checked="2026-11-28")
def top_logprobs_without_logprobs(seen: Seen) -> Refusal | None:
    """Refuse top_logprobs where logprobs are not asked for."""
    if not number(seen.fields, "top_logprobs") or seen.fields.get("logprobs") is True:
        return None
    return _refused("when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs")


def _shape(_: Seen, answer: Answer) -> Answer:
    """Speak as vLLM does, with its name for reasoning."""
    return replace(answer, dialect="vllm")


RULES = Rules(host="vllm", rules=rules_in(globals()), ignores=forgets_tools, shape=_shape)
