"""Hyperbolic: what is known of it is which models it lists."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing.answer import Answer
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]


@rule(
    "chat",
    source="https://litellm.vercel.app/docs/providers/hyperbolic, read 2026-10-09",
    checked="2026-11-28",
    doubt="The list has none of them; what is said to one who asks is not known.",
)
def model(seen: Seen) -> Refusal | None:
    """Refuse DeepSeek V4, which is not among its models."""
    if "deepseek-v4" not in seen.model.lower() and seen.model.lower() != "deepseek-flash":
        return None
    return Refusal(
        message=f"The model `{seen.model}` does not exist.",
        status=404,
        param="model",
        code="model_not_found",
    )


def _shape(_: Seen, answer: Answer) -> Answer:
    """Speak as OpenAI does: its own dialect is not known."""
    return replace(answer, dialect="openai")


RULES = Rules(host="hyperbolic", rules=rules_in(globals()), shape=_shape)
