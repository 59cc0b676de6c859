"""Text that goes on from a beginning: what is sent, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unillm._wire.endpoints.answered import text
from unillm._wire.finish import FAILURES, finish_reason_from
from unillm._wire.usage import usage_from
from unillm.errors import (
    InvalidRequestError,
    MalformedResponseError,
    ServerError,
    UnsupportedFeatureError,
)
from unillm.types.endpoints import Completion
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.target import Target

TAKEN = ("max_tokens", "temperature", "top_p", "stop")
"""Settings that go into the body under their own names."""


def completion_body(
    prompt: str, suffix: str | None, target: Target, settings: Mapping[str, Any]
) -> JsonObject:
    """Return the body that asks for the text between a beginning and an end.

    Raises:
        InvalidRequestError: The prompt is no text.
        UnsupportedFeatureError: The provider has no such endpoint, or it does not do that.
    """
    _check(prompt, suffix, target, settings)
    body: JsonObject = {"model": target.model, "prompt": prompt}
    if suffix is not None:
        body["suffix"] = suffix
    body |= {name: settings[name] for name in TAKEN if name in settings}
    return {**body, **settings.get("extra_body", {})}


def _check(prompt: Any, suffix: Any, target: Target, settings: Mapping[str, Any]) -> None:
    for name, value in (("prompt", prompt), ("suffix", "" if suffix is None else suffix)):
        if not isinstance(value, str):
            raise InvalidRequestError(f"{name} must be a string, not {type(value).__name__}")
    has, name = target.profile.completions, target.profile.name
    why = ""
    if has is None:
        why = f"{name} has no known endpoint for that. Ask deepseek, or a server of your own."
    elif suffix is not None and not has.suffix:
        why = f"{name} reads no suffix. Leave it out, or ask deepseek."
    elif has.max_tokens is not None and settings.get("max_tokens", 0) > has.max_tokens:
        why = f"{name} writes {has.max_tokens:,} tokens at most. Lower max_tokens."
    if why:
        message = f"{target} cannot complete this text: {why}"
        raise UnsupportedFeatureError(message, provider=target.provider, model=target.model)


def completion_in(data: Any, target: Target, request_id: str | None) -> Completion:
    """Return the text of an answer.

    Raises:
        ServerError: The provider gave it up.
        MalformedResponseError: There is none in it.
    """
    choices = data.get("choices") if is_object(data) else None
    choice = choices[0] if is_list(choices) and choices else None
    if not is_object(data) or not is_object(choice):
        raise MalformedResponseError("the answer has no choices")
    written, raw = choice.get("text"), text(choice.get("finish_reason"))
    if raw is not None and raw.lower() in FAILURES:
        message = f"the provider gave the answer up: finish_reason {raw!r}"
        raise ServerError(message, retryable=True)
    if not isinstance(written, str):
        raise MalformedResponseError("the answer has no text in its first choice")
    return Completion(
        text=written,
        finish_reason=finish_reason_from(raw),
        finish_reason_raw=raw,
        usage=usage_from(data.get("usage")),
        provider=target.provider,
        model=text(data.get("model")) or target.model,
        id=text(data.get("id")),
        request_id=request_id,
        raw=data,
    )
