"""The LiteLLM proxy: whatever it is configured for, any model unless ``models=`` says which."""

from __future__ import annotations

from unillm.testing.rules._reading import is_set
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rules, rule, rules_in
from unillm.testing.seen import Seen

__all__ = ["RULES"]

_ISSUE = "https://github.com/BerriAI/litellm/issues/9663"


def _unknown(path: str, name: str | None) -> Refusal:
    route = "/responses" if path.endswith("/responses") else "/chat/completions"
    return Refusal(
        message=f"{route}: Invalid model name passed in model={name}. Call `/v1/models` to view "
        "available models for your key.",
        kind="None",
        param="None",
        code="400",
    )


@rule(
    None,
    source=_ISSUE,
    checked="2026-11-28",
    doubt="The fields beside the message are those of other errors of the proxy.",
)
def model_missing(seen: Seen) -> Refusal | None:
    """Refuse a request that names no model."""
    return None if is_set(seen.fields, "model") else _unknown(seen.path, None)


def _no_model(seen: Seen) -> Refusal:
    return _unknown(seen.path, seen.model)


def _no_key(_: Seen) -> Refusal:
    """Say what github.com/BerriAI/litellm/issues/11639 was told, without the key's hash."""
    return Refusal(
        message="Authentication Error, Invalid proxy server token passed. Unable to find token in "
        "cache or `LiteLLM_VerificationTokenTable`",
        status=401,
        kind="token_not_found_in_db",
        param="key",
        code="401",
    )


RULES = Rules(host="litellm", rules=rules_in(globals()), no_key=_no_key, no_model=_no_model)
