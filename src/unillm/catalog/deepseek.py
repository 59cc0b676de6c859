"""DeepSeek's models."""

from __future__ import annotations

from unillm.types.model import ModelInfo

_IDS = ("deepseek-flash", "deepseek-v4-pro", "deepseek-v4-flash", "deepseek-v4-flash-vision-exp")

MODELS = tuple(ModelInfo(id=name, vendor="deepseek", json_schema=False) for name in _IDS)
