"""unillm as a model provider of inspect_ai: ``--model unillm/deepseek:deepseek-v4-pro``.

inspect_ai finds it by its entry point; nothing has to be imported.
"""

from inspect_ai.model import ModelAPI, modelapi

from unillm.integrations.inspect_ai.api import UnillmAPI

__all__ = ["UnillmAPI"]


@modelapi(name="unillm")
def unillm() -> type[ModelAPI]:
    """Return the class that asks; the registry would hide it behind a function."""
    return UnillmAPI
