"""OpenAI's models."""

from __future__ import annotations

from dataclasses import replace

from unillm.catalog.openai import gpt5, gpt6, older
from unillm.catalog.openai.limits import INTERFACES

MODELS = tuple(
    replace(info, limits=(*info.limits, *INTERFACES))
    for info in (*gpt6.MODELS, *gpt5.MODELS, *older.MODELS)
)
