"""What LangChain asks of a model before it asks the model: its profile, from unillm's catalog."""

from __future__ import annotations

from langchain_core.language_models import ModelProfile

from unillm import ModelInfo, catalog, providers
from unillm.integrations.langchain.settings import whose


def profile_of(model: str | None) -> ModelProfile | None:
    """Return what is known of a model; None: nothing is."""
    provider, name = whose(model)
    info = catalog.find(name)
    if info is None:
        return None
    return _profile(info, holds=info.vendor == provider and _holds_to_schemas(provider, info))


def _holds_to_schemas(provider: str, info: ModelInfo) -> bool:
    limits = providers.profile_named(provider).limits
    refused = any(limit.feature == "response_format=json_schema" for limit in limits)
    return info.json_schema and not refused


def _profile(info: ModelInfo, *, holds: bool) -> ModelProfile:
    profile = ModelProfile(
        name=info.id,
        text_inputs="text" in info.input,
        image_inputs="image" in info.input,
        pdf_inputs="file" in info.input,
        audio_inputs="audio" in info.input,
        video_inputs="video" in info.input,
        text_outputs="text" in info.output,
        image_outputs="image" in info.output,
        reasoning_output=bool(info.efforts),
        tool_calling=info.tools,
        structured_output=holds,
    )
    most = info.max_input or info.context
    if most is not None:
        profile["max_input_tokens"] = most
    if info.max_output is not None:
        profile["max_output_tokens"] = info.max_output
    return profile
