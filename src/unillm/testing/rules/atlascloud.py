"""Atlas Cloud: what it refuses is hardly documented."""

from __future__ import annotations

from dataclasses import replace

from unillm.testing.answer import Answer
from unillm.testing.rules._reading import is_set
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_CALLED = "anomalyco/models.dev, providers/atlascloud/provider.toml"
_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max", "default"})


@rule(
    "chat",
    source=_CALLED,
    checked="2026-11-28",
    doubt="Seen 2026-10-06 with MiniMax M3; the words may be longer.",
)
def toggle(seen: Seen) -> Refusal | None:
    """Refuse a switch for thinking at a model of MiniMax's that has none."""
    switched = is_set(seen.fields, "thinking") or is_set(seen.fields, "enable_thinking")
    if not switched or "minimax-m3" not in seen.model.lower():
        return None
    return Refusal(message="invalid request params")


@rule(
    "chat",
    source=_CALLED,
    checked="2026-11-28",
    doubt="Every one of these was taken 2026-10-06; whether others are refused was not tried.",
)
def effort(seen: Seen) -> Refusal | None:
    """Refuse a reasoning_effort that it does not know."""
    given = seen.fields.get("reasoning_effort")
    if given is None or str(given) in _EFFORTS:
        return None
    return Refusal(message="invalid request params", param="reasoning_effort")


def _shape(seen: Seen, answer: Answer) -> Answer:
    """Show reasoning in ``reasoning_content``, and none at effort none."""
    hidden = seen.fields.get("reasoning_effort") == "none"
    return replace(answer, dialect="openai", reasoning=None if hidden else answer.reasoning)


RULES = Rules(host="atlascloud", rules=rules_in(globals()), shape=_shape)
