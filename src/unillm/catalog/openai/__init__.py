"""OpenAI's models."""

from __future__ import annotations

from unillm.catalog.openai import gpt5, gpt6, older

MODELS = (*gpt6.MODELS, *gpt5.MODELS, *older.MODELS)
