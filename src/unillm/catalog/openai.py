"""OpenAI's models."""

from __future__ import annotations

from unillm.types.model import ModelInfo

_IDS = (
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.5",
    "gpt-5.6",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-6-astra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6.2-astra",
    "gpt-6.2-sol",
)

MODELS = tuple(
    ModelInfo(id=name, vendor="openai", input=frozenset({"text", "image"})) for name in _IDS
)
