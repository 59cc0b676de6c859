"""unillm as a model provider of inspect_ai: ``--model unillm/deepseek:deepseek-v4-pro``.

inspect_ai finds it by its entry point; nothing has to be imported.
"""

from unillm.integrations.needs import need

need("inspect_ai", "inspect-ai")

# ruff: noqa: E402 - the rest needs what was looked for
from inspect_ai.model import GenerateConfig, Model, ModelAPI, get_model, modelapi

from unillm import AsyncClient
from unillm.integrations.inspect_ai.api import UnillmAPI

__all__ = ["UnillmAPI", "unillm_model"]


@modelapi(name="unillm")
def unillm() -> type[ModelAPI]:
    """Return the class that asks; the registry would hide it behind a function."""
    return UnillmAPI


def unillm_model(name: str, client: AsyncClient, config: GenerateConfig | None = None) -> Model:
    """Return a model that is asked through a client of one's own.

    Args:
        name: ``provider:model``, the bare id of a model its vendor serves, or a route.
        client: Who asks; it is not closed by the model.
        config: Defaults of inspect_ai.

    Raises:
        InvalidRequestError: The client is no ``unillm.AsyncClient``.
    """
    # inspect_ai remembers models by their arguments as JSON, in which all clients are the same.
    given = GenerateConfig() if config is None else config
    return get_model(f"unillm/{name}", config=given, memoize=False, client=client)
