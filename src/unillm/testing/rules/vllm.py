"""A server of vLLM's, with a model that reads text alone: it takes what it does not know.

``Rules.without("image")`` makes the model a multimodal one.
"""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import is_set, number, parts_in, tool_names
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_PROTOCOL = "https://github.com/vllm-project/vllm vllm/entrypoints/openai/protocol.py"
_WORDS = "From memory of that file; the words were not read again."
_BAD = 400


def _refused(message: str) -> Refusal:
    return Refusal(message=message, kind="BadRequestError", code=_BAD)


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


@rule("chat", source="https://github.com/vllm-project/vllm/pull/39780", checked="2026-11-28")
def tools_empty(seen: Seen) -> Refusal | None:
    """Refuse an empty list of tools."""
    return (
        _refused("`tools` must not be an empty array.") if seen.fields.get("tools") == [] else None
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def tool_choice_without_tools(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice other than none where no tools are offered."""
    choice = seen.fields.get("tool_choice")
    if choice in (None, "none") or is_set(seen.fields, "tools"):
        return None
    return _refused("When using `tool_choice`, `tools` must be set.")


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def named_tool(seen: Seen) -> Refusal | None:
    """Refuse a tool_choice that names a function that is not offered."""
    function = single(single(seen.fields.get("tool_choice")).get("function"))
    if not function or not seen.tools or function.get("name") in tool_names(seen):
        return None
    return _refused(
        "The tool specified in `tool_choice` does not match any of the specified `tools`"
    )


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def stream_options_without_stream(seen: Seen) -> Refusal | None:
    """Refuse stream_options where no stream is asked for."""
    if not is_set(seen.fields, "stream_options") or seen.wants_stream:
        return None
    return _refused("Stream options can only be defined when `stream=True`.")


@rule("chat", source=_PROTOCOL, checked="2026-11-28", doubt=_WORDS)
def top_logprobs_without_logprobs(seen: Seen) -> Refusal | None:
    """Refuse top_logprobs where logprobs are not asked for."""
    if not number(seen.fields, "top_logprobs") or seen.fields.get("logprobs") is True:
        return None
    return _refused("when using `top_logprobs`, `logprobs` must be set to true.")


def _shape(_: Seen, answer: Answer) -> Answer:
    """Speak as vLLM does, with its name for reasoning."""
    return replace(answer, dialect="vllm")


RULES = Rules(host="vllm", rules=rules_in(globals()), shape=_shape)
