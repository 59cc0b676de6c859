"""What the providers' finish reasons mean."""

from __future__ import annotations

from unillm.types.response import FinishReason

_MEANING: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    # Words of other vendors that compatible hosts let through.
    "end_turn": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "safety": "content_filter",
}

FAILURES = frozenset({"error", "aborted", "abort", "insufficient_system_resource"})
"""Finish reasons that say the answer was given up: DeepSeek's ``aborted`` and
``insufficient_system_resource`` (create-chat-completion reference, quoted 2026-09-12),
OpenRouter's ``error`` (openrouter.ai/docs/api/errors), vLLM's ``abort``."""


def finish_reason_from(raw: str | None) -> FinishReason:
    """Return the meaning of a provider's word; ``other`` if it is not known."""
    return _MEANING.get(raw.lower(), "other") if raw else "other"
