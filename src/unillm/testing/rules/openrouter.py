"""OpenRouter: any model whose name has a vendor before it."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import single
from unillm.testing.answer import Answer
from unillm.testing.rules._reading import is_set
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_BAD = 400


def _no_model(seen: Seen) -> Refusal:
    return Refusal(message=f"{seen.model} is not a valid model ID", code=_BAD, bare=True)


@rule(
    "chat",
    source="https://github.com/OpenRouterTeam/openrouter-examples/issues/74",
    checked="2026-11-28",
)
def model(seen: Seen) -> Refusal | None:
    """Refuse a model that is named without its vendor."""
    return None if "/" in seen.model else _no_model(seen)


@rule(
    "chat",
    source="https://openrouter.ai/docs/use-cases/reasoning-tokens",
    checked="2026-11-28",
    doubt="The page says that only one may be given; its words to both are not known.",
)
def reasoning_twice(seen: Seen) -> Refusal | None:
    """Refuse reasoning that is asked for both as an effort and as a number of tokens."""
    reasoning = single(seen.fields.get("reasoning"))
    if not (is_set(reasoning, "effort") and is_set(reasoning, "max_tokens")):
        return None
    message = 'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified'
    return Refusal(message=message, code=_BAD, bare=True)


def _no_key(_: Seen) -> Refusal:
    """Say what github.com/musistudio/claude-code-router/issues/227 was told, read 2026-11-28."""
    return Refusal(message="No auth credentials found", status=401, code=401, bare=True)


def _shape(_: Seen, answer: Answer) -> Answer:
    """Speak as OpenRouter does: thinking in ``reasoning``, and who answered in ``provider``."""
    return replace(answer, dialect="vllm", extra={"provider": "FakeHost", **answer.extra})


RULES = Rules(
    host="openrouter",
    rules=rules_in(globals()),
    shape=_shape,
    no_key=_no_key,
    no_model=_no_model,
)
