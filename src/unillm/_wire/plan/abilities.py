"""What a model is not able to do, from what the catalog knows of it."""

from __future__ import annotations

from collections.abc import Container

from unillm.catalog import models
from unillm.errors import UnsupportedFeatureError
from unillm.types.model import ModelInfo
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_OTHERS = {"file": "files", "audio": "audio", "video": "video"}
_SHOWN = 3


def check_abilities(request: ChatRequest, wanted: Container[str], target: Target) -> None:
    """Refuse what the model asked cannot do.

    What the catalog does not know is sent. Files, schemas and lengths are the business of whoever
    serves the model, so they are looked at only where its vendor does.

    Raises:
        UnsupportedFeatureError: The message says what to do instead.
    """
    info = target.info
    if "tools" in wanted:
        _check_names(request, target)
    if info is None:
        return
    if "tools" in wanted and not info.tools:
        raise _refusal(target, "calls no tools. Leave tools out, or ask another model.")
    if ("image" in wanted or "tool_image" in wanted) and "image" not in info.input:
        raise _refusal(target, f"reads no images. {_readers(target)}")
    if target.at_home:
        _check_at_home(request, wanted, target, info)


def longest_answer(request: ChatRequest, target: Target) -> int | None:
    """Return how many tokens the model writes at most, if more are asked for; else None.

    None too where that is not known, or somebody else than its vendor serves it.
    """
    info = target.info if target.at_home else None
    most = None if info is None else info.max_output
    asked = request.settings.get("max_tokens")
    return most if most is not None and isinstance(asked, int) and asked > most else None


def lacks_schemas(target: Target) -> bool:
    """Tell whether the vendor of the model is asked, and known to hold no answer to a schema."""
    return target.at_home and target.info is not None and not target.info.json_schema


def _check_at_home(
    request: ChatRequest, wanted: Container[str], target: Target, info: ModelInfo
) -> None:
    for kind, spoken in _OTHERS.items():
        if (kind in wanted or f"tool_{kind}" in wanted) and kind not in info.input:
            raise _refusal(target, f"reads no {spoken}. Send what it needs of that as text.")
    if "response_format=json_schema" in wanted and lacks_schemas(target):
        message = (
            "holds no answer to a schema. Use response_format={'type': 'json_object'} and describe "
            "the schema in the prompt, with the word 'json' in it, or have that done with "
            "rewrite=('response_format',)."
        )
        raise _refusal(target, message)
    most = longest_answer(request, target)
    if most is not None:
        asked = request.settings["max_tokens"]
        message = (
            f"writes {most:,} tokens at most: max_tokens={asked} is more. Ask for {most}, or have "
            "it lowered with rewrite=('max_tokens',)."
        )
        raise _refusal(target, message)


def _check_names(request: ChatRequest, target: Target) -> None:
    longest = target.profile.tool_name_length
    for tool in request.tools:
        if len(tool.name) > longest:
            raise UnsupportedFeatureError(
                f"the tool name {tool.name!r} has {len(tool.name)} characters; {target.provider} "
                f"takes {longest}. Give the tool a shorter name.",
                provider=target.provider,
                model=target.model,
            )


def _readers(target: Target) -> str:
    """Return what to do about images, naming models of the same provider that read them."""
    homes = {target.profile.name, *target.profile.vendors}
    names = [
        f"{target.provider}:{info.id}"
        for info in models()
        if info.vendor in homes and "image" in info.input and info.successor is None
    ]
    instead = f"Ask {' or '.join(names[:_SHOWN])}" if names else "Ask a model that does"
    return f"{instead}, or leave the images out."


def _refusal(target: Target, message: str) -> UnsupportedFeatureError:
    return UnsupportedFeatureError(
        f"{target} {message}", provider=target.provider, model=target.model
    )
