"""Fireworks AI: a field that it does not know is refused, not ignored."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import objects
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import is_set, listed, number, unknown
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_SDK = "fw-ai-external/python-sdk, src/fireworks/types/chat/completion_create_params.py"
_WORDS = "The limit is documented, the words are not known."
_STOPS = 4
_PROBABLE = 5

_FIELDS = frozenset(
    (
        *("messages", "model", "context_length_exceeded_behavior", "echo", "echo_last"),
        *("frequency_penalty", "function_call", "functions", "ignore_eos", "images", "logit_bias"),
        *("logprobs", "max_completion_tokens", "max_tokens", "metadata", "min_p", "mirostat_lr"),
        *("mirostat_target", "n", "parallel_tool_calls", "perf_metrics_in_response", "prediction"),
        *("presence_penalty", "prompt_cache_isolation_key", "prompt_cache_max_len"),
        *("prompt_truncate_len", "raw_output", "reasoning_effort", "reasoning_history"),
        *("repetition_penalty", "response_format", "return_token_ids", "seed", "speculation"),
        *("stop", "stream", "temperature", "thinking", "tool_choice", "tools", "top_k"),
        *("top_logprobs", "top_p", "typical_p", "user"),
        # Beside the SDK: vercel/ai#16087 and two of models.dev, providers/fireworks-ai.
        *("stream_options", "prompt_cache_key", "service_tier"),
    )
)


@rule(
    "chat",
    source="https://github.com/web-infra-dev/midscene/issues/1322; "
    "https://github.com/FlowiseAI/Flowise/issues/2866",
    checked="2026-11-28",
)
def unknown_field(seen: Seen) -> Refusal | None:
    """Refuse a field that it does not know."""
    for name in unknown(seen.fields, _FIELDS):
        value = seen.fields[name]
        return Refusal(message=f"Extra inputs are not permitted, field: '{name}', value: {value!r}")
    return None


@rule("chat", source="https://github.com/openclaw/openclaw/pull/92217", checked="2026-11-28")
def thinking_and_effort(seen: Seen) -> Refusal | None:
    """Refuse thinking and reasoning_effort together."""
    if not (is_set(seen.fields, "thinking") and is_set(seen.fields, "reasoning_effort")):
        return None
    return Refusal(message="cannot specify both 'thinking' and 'reasoning_effort'")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def max_tokens_twice(seen: Seen) -> Refusal | None:
    """Refuse max_tokens and max_completion_tokens together."""
    if not (is_set(seen.fields, "max_tokens") and is_set(seen.fields, "max_completion_tokens")):
        return None
    return Refusal(message="cannot specify both 'max_tokens' and 'max_completion_tokens'")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def top_logprobs(seen: Seen) -> Refusal | None:
    """Refuse more top_logprobs than 5."""
    given = number(seen.fields, "top_logprobs")
    if given is None or 0 <= given <= _PROBABLE:
        return None
    return Refusal(message=f"top_logprobs must be between 0 and {_PROBABLE}", param="top_logprobs")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def stop(seen: Seen) -> Refusal | None:
    """Refuse more texts to stop at than 4."""
    if len(listed(seen.fields.get("stop"))) <= _STOPS:
        return None
    return Refusal(message=f"stop takes at most {_STOPS} sequences", param="stop")


@rule("chat", source=_SDK, checked="2026-11-28", doubt=_WORDS)
def tool_type(seen: Seen) -> Refusal | None:
    """Refuse a tool that is no function."""
    if all(is_set(one, "function") for one in objects(seen.fields.get("tools"))):
        return None
    return Refusal(message="Only functions are supported as a tool", param="tools")


def _shape(_: Seen, answer: Answer) -> Answer:
    """Speak as OpenAI does, with reasoning in ``reasoning_content``."""
    return replace(answer, dialect="openai")


def _no_key(_: Seen) -> Refusal:
    """Say no with the code of github.com/typeclaw/typeclaw/pull/388; the words are not known."""
    return Refusal(message="Unauthorized", status=401, code="UNAUTHORIZED")


RULES = Rules(
    host="fireworks",
    rules=rules_in(globals()),
    shape=_shape,
    no_key=_no_key,
)
