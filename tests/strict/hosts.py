"""Which models each provider is asked for, and its strict fake as it is started for one."""

from __future__ import annotations

from datetime import date

from unillm.catalog import find, models
from unillm.providers import profile_named
from unillm.testing import rules
from unillm.testing.rules import Rules

TODAY = date(2026, 11, 28)
OPEN = ("deepseek-ai/DeepSeek-V4-Pro-0813", "deepseek-ai/DeepSeek-V4.1-Flash", "some-other-model")
_OPENAI = tuple(
    info.id for info in models("openai") if info.retired is None or info.retired > TODAY
)
_OWN = {
    "openai": _OPENAI,
    "deepseek": ("deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash"),
    "hyperbolic": ("deepseek-ai/DeepSeek-R1-0528", "some-other-model"),
}
"""What those serve that do not serve weights of DeepSeek's under other ids."""
_TEXT_ALONE = ("vllm", "llamacpp")
"""Whose fakes serve a model that reads text alone, unless they are told otherwise."""
USUAL = {"openai": "gpt-5.5", "deepseek": "deepseek-v4-pro"}


def served(name: str) -> tuple[str, ...]:
    """Return the models that a provider is asked for."""
    # A gateway may have dozens of ids, and differs by none of them.
    ids = tuple(dict.fromkeys(profile_named(name).ids.values()))[:4]
    return _OWN.get(name) or ((*ids, "acme/some-other-model") if ids else OPEN)


def usual(name: str) -> str:
    """Return the model that stands for those of a provider."""
    return USUAL.get(name) or served(name)[0]


def rules_for(name: str, model: str) -> Rules:
    """Return the rules of a provider, as its server is started for a model."""
    known, info = rules.get(name), find(model)
    reads = info is None or "image" in info.input
    return known.without("image") if reads and name in _TEXT_ALONE else known
