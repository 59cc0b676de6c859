"""unillm as a model of pydantic-ai: ``Agent(UnillmModel("deepseek:deepseek-v4-pro"))``."""

from unillm.integrations.needs import need

need("pydantic_ai", "pydantic-ai")

# ruff: noqa: E402 - the rest needs what was looked for
from unillm.integrations.pydantic_ai.model import UnillmModel
from unillm.integrations.pydantic_ai.options import UnillmModelSettings

__all__ = ["UnillmModel", "UnillmModelSettings"]
