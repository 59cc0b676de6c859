"""Hugging Face's router: any model that is named as its repository is."""

from __future__ import annotations

from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_ISSUE = "https://github.com/cline/cline/issues/5098"


def _no_model(seen: Seen) -> Refusal:
    return Refusal(
        message=f"The requested model '{seen.model}' is not supported by any provider you have "
        "enabled.",
        param="model",
        code="model_not_supported",
    )


@rule(
    "chat",
    source=_ISSUE,
    checked="2026-11-28",
    doubt="The words were said of a repository without a partner; of what is none, too, is a guess "
    "as are the fields beside the message.",
)
def model(seen: Seen) -> Refusal | None:
    """Refuse a model that is not named as a repository is, owner and name."""
    return None if "/" in seen.model else _no_model(seen)


RULES = Rules(host="huggingface", rules=rules_in(globals()), no_model=_no_model)
