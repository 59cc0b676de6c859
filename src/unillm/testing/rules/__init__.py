"""What hosts really take: a fake provider that refuses what they refuse, in their words.

``FakeProvider(rules="openai")`` plays OpenAI. Each rule is one function with its source and the
day it was read; ``Rule.fact.verified`` says whether it is certain. The header ``x-unillm-rule`` of
a refusal names the rule that was broken.

Nothing here reads what the client knows of providers and models (profiles, catalog, codecs): a
mistake there must not be right here. So the tables are small, and written anew from the sources.

>>> from unillm.testing import rules
>>> "together" in rules.names()
True
>>> relaxed = rules.get("deepseek").without("reasoning-content-empty")
"""

from __future__ import annotations

from unillm.testing.rules import (
    atlascloud,
    azure,
    deepseek,
    fireworks,
    huggingface,
    hyperbolic,
    litellm,
    llamacpp,
    openai,
    openrouter,
    sglang,
    together,
    vllm,
)
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import Rule, Rules

__all__ = ["Refusal", "Rule", "Rules", "get", "names"]

_HOSTS: dict[str, Rules] = {
    module.RULES.host: module.RULES
    for module in (
        atlascloud,
        azure,
        deepseek,
        fireworks,
        huggingface,
        hyperbolic,
        litellm,
        llamacpp,
        openai,
        openrouter,
        sglang,
        together,
        vllm,
    )
}


def names() -> tuple[str, ...]:
    """Return the names of the hosts whose rules are known, sorted."""
    return tuple(sorted(_HOSTS))


def get(host: str) -> Rules:
    """Return the rules of a host.

    Raises:
        KeyError: Its rules are not known.
    """
    if host not in _HOSTS:
        message = f"There are no rules of {host!r}, only of {', '.join(names())}."
        raise KeyError(message)
    return _HOSTS[host]
