"""DeepSeek's own API: what it refuses, what it ignores, and how it answers."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing.answer import Answer
from unillm.testing.rules import deepseek_fields, deepseek_messages, deepseek_tools
from unillm.testing.rules._deepseek import thinks
from unillm.testing.rules.rule import Rules, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_CHAT = frozenset(
    (
        *("model", "messages", "thinking", "reasoning_effort", "max_tokens", "response_format"),
        *("stop", "stream", "stream_options", "temperature", "top_p", "tools", "tool_choice"),
        *("logprobs", "top_logprobs", "user_id", "presence_penalty", "frequency_penalty"),
    )
)
"""Fields that are read: https://api-docs.deepseek.com/api/create-chat-completion, quoted
2026-09-12. All others are ignored: pydantic_ai/providers/deepseek.py, read 2026-11-23."""
_RESPONSES = frozenset(
    (
        *("model", "input", "instructions", "stream", "reasoning", "text", "tools"),
        *("tool_choice", "max_output_tokens", "temperature", "top_p"),
    )
)
"""As above, of https://api-docs.deepseek.com/guides/responses_api."""
_IDLE = ("temperature", "presence_penalty", "frequency_penalty")
"""Taken without effect while it thinks; the penalties also while it does not, and top_p then."""


def _ignores(seen: Seen) -> tuple[str, ...]:
    known = _CHAT if seen.api == "chat" else _RESPONSES
    odd = [name for name in seen.fields if name not in known]
    idle = _IDLE if thinks(seen) else (*_IDLE[1:], "top_p")
    return (*odd, *(name for name in idle if name in seen.fields and name in known))


def _shape(seen: Seen, answer: Answer) -> Answer:
    """Speak as DeepSeek does: with reasoning while it thinks, and only then."""
    thought = (answer.reasoning or "The user asks.") if thinks(seen) else None
    return replace(answer, dialect="deepseek", reasoning=thought)


RULES = Rules(
    host="deepseek",
    rules=rules_in(vars(deepseek_fields), vars(deepseek_tools), vars(deepseek_messages)),
    ignores=_ignores,
    shape=_shape,
)
