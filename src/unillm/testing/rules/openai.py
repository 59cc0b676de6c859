"""OpenAI, over both interfaces: what it refuses, and how it answers."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing._objects import single
from unillm.testing._sealed import seal
from unillm.testing._usage import usage_of
from unillm.testing.answer import Answer
from unillm.testing.rules import (
    openai_chat,
    openai_chat_messages,
    openai_models,
    openai_responses,
    openai_responses_items,
)
from unillm.testing.rules._openai_models import is_reasoning
from unillm.testing.rules.rule import Rules, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]


def _shape(seen: Seen, answer: Answer) -> Answer:
    """Hide the reasoning: Chat never shows it, Responses a summary where one is asked for.

    What is hidden is counted. Over Responses it is there encrypted, also where the answer says
    nothing of reasoning and the model reasons.
    """
    answer = replace(answer, dialect="openai")
    usage = usage_of(seen, answer) if answer.usage == "auto" else answer.usage
    if seen.api == "chat":
        return replace(answer, reasoning=None, usage=usage)
    asked = single(seen.fields.get("reasoning"))
    shown = asked.get("summary") or asked.get("generate_summary")
    sealed = answer.encrypted_reasoning
    if sealed == "auto":
        thought = answer.reasoning or ("" if is_reasoning(seen) else None)
        sealed = None if thought is None else seal(thought)
    reasoning = answer.reasoning if shown else None
    return replace(answer, reasoning=reasoning, encrypted_reasoning=sealed, usage=usage)


RULES = Rules(
    host="openai",
    rules=rules_in(
        *(vars(openai_chat), vars(openai_models), vars(openai_chat_messages)),
        *(vars(openai_responses), vars(openai_responses_items)),
    ),
    shape=_shape,
)
