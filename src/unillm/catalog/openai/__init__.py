"""OpenAI's models."""

from __future__ import annotations

from dataclasses import replace

from unillm.catalog.openai import gpt5, gpt6, older
from unillm.catalog.openai.limits import INTERFACES
from unillm.types.model import ModelInfo


def _held(info: ModelInfo) -> ModelInfo:
    """Return a model with what the interfaces that it has do not take of any model."""
    here = tuple(limit for limit in INTERFACES if limit.api in info.apis)
    return replace(info, limits=(*info.limits, *here))


MODELS = tuple(map(_held, (*gpt6.MODELS, *gpt5.MODELS, *older.MODELS)))
