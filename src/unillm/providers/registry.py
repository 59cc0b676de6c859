"""The providers unillm knows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from unillm.errors import InvalidRequestError
from unillm.providers import (
    atlascloud,
    azure,
    deepseek,
    fireworks,
    generic,
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
from unillm.types.profile import Profile

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        module.PROFILE.name: module.PROFILE
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
)
"""Every known provider's profile by name."""


def names() -> tuple[str, ...]:
    """Return the names of the providers unillm knows."""
    return tuple(sorted(PROFILES))


def profile_named(name: str) -> Profile:
    """Return a known provider's profile.

    Raises:
        InvalidRequestError: There is no such provider.
    """
    if name == generic.PROFILE.name:
        return generic.PROFILE
    if name not in PROFILES:
        raise InvalidRequestError(f"no profile is named {name!r}; known are {', '.join(names())}")
    return PROFILES[name]
