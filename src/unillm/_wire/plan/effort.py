"""How hard to think: from the word that was asked for to what the model and its host know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unillm.errors import UnsupportedFeatureError
from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.json import JsonObject, is_mapping, is_object
from unillm.types.model import ModelInfo
from unillm.types.request import ChatRequest
from unillm.types.settings import EFFORTS, Effort
from unillm.types.target import Target

_SETTING = "reasoning_effort"
_SWITCHES = ("thinking", "enable_thinking")
_RANK = {effort: rank for rank, effort in enumerate(EFFORTS)}


def with_effort(request: ChatRequest, target: Target, api: Api, notes: list[Note]) -> ChatRequest:
    """Return the request with its effort in the words of the target; what changed is noted.

    Raises:
        UnsupportedFeatureError: It asks for no reasoning from a model that always reasons.
    """
    effort: Effort | None = request.settings.get(_SETTING)
    if effort is None:
        return request
    info = target.info
    said = stated(request.extra_body)
    if said is not None and said is not (effort != "none"):
        notes.append(_dropped("extra_body says otherwise, and goes over it"))
        return _without(request)
    if info is not None and info.default_effort == "none" and not info.efforts:
        if effort != "none":
            notes.append(_dropped(f"{target.model} does not reason"))
        return _without(request)
    table = _table(target, api)
    degree = _degree(request.extra_body)
    if degree is not None and degree != effort:
        notes.append(_dropped(f"extra_body asks for {degree!r}, and goes over it"))
        if not table:
            return _without(request)
    return _worded(request, effort, target, table, notes)


def unsummarised(request: ChatRequest, api: Api, notes: list[Note]) -> ChatRequest:
    """Return a request without the wish for a summary of the thinking, which is noted."""
    why = "Chat Completions has none" if api == "chat" else "a model that does not think has none"
    notes.append(Note("dropped_setting", f"reasoning_summary was not sent: {why}"))
    kept = {name: v for name, v in request.settings.items() if name != "reasoning_summary"}
    return replace(request, settings=kept)


def _worded(
    request: ChatRequest,
    effort: Effort,
    target: Target,
    table: Mapping[Effort, Mapping[str, Any]],
    notes: list[Note],
) -> ChatRequest:
    """Return a request whose effort is one that the model has, in the words of its host."""
    info, meant = target.info, effort
    if info is not None and info.efforts and effort not in info.efforts:
        if effort == "none":
            raise _always(target, info)
        meant = effort if effort in table else nearest(effort, info.efforts)
    fields = table.get(meant)
    word = meant if fields is None else _word(fields) or meant
    if word != effort:
        notes.append(Note("effort_mapped", f"{_SETTING} {effort!r} is {word!r} at {target}"))
    if fields is not None:
        _warn_of_length(meant, target, notes)
        body = _merged(fields, request.extra_body)
        return replace(_without(request), extra_body=body)
    if meant == effort:
        return request
    return replace(request, settings={**request.settings, _SETTING: meant})


_TURNED = ("enabled", "disabled")


def stated(extra_body: Mapping[str, Any]) -> bool | None:
    """Tell whether fields of a host's own turn reasoning on or off; None: they do neither.

    The fields are ``thinking`` (DeepSeek), ``reasoning`` (Together, OpenRouter), ``thinking`` or
    ``enable_thinking`` in ``chat_template_kwargs`` or outside, and ``reasoning_effort``.
    """
    if not extra_body:
        return None
    kind = _in(extra_body, "thinking").get("type")
    if kind in _TURNED:  # a caller's own value, which may be of any type
        return bool(kind == "enabled")
    template, reasoning = _in(extra_body, "chat_template_kwargs"), _in(extra_body, "reasoning")
    for switch in (
        *(fields.get(name) for fields in (extra_body, template) for name in _SWITCHES),
        reasoning.get("enabled"),
    ):
        if isinstance(switch, bool):
            return switch
    effort = _degree(extra_body)
    return None if effort is None else effort != "none"


def _degree(extra_body: Mapping[str, Any]) -> str | None:
    """Return the effort that fields of the caller's own ask for in so many words."""
    effort = _in(extra_body, "reasoning").get("effort") or extra_body.get(_SETTING)
    return effort if isinstance(effort, str) else None


def nearest(effort: Effort, known: tuple[Effort, ...]) -> Effort:
    """Return the least known effort that is not less than the one asked for, else the greatest.

    ``none`` is no effort: who asks for some is not given none. And ``max`` is more than the next
    step: with DeepSeek's models it is a mode of its own that may take far longer, so who
    does not ask for it is given the step below.
    """
    some: list[Effort] = [word for word in EFFORTS if word in known and word != "none"]
    below: list[Effort] = [word for word in some if word != "max"] or some
    for word in below:
        if _RANK[word] >= _RANK[effort]:
            return word
    return some[-1] if effort == "max" else below[-1]


def _in(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: Any = fields.get(name)
    return value if is_mapping(value) else {}


def _table(target: Target, api: Api) -> Mapping[Effort, Mapping[str, Any]]:
    """Return what asks for each effort in Chat Completions, where it is not OpenAI's field."""
    profile, info = target.profile, target.info
    if api != "chat":
        return {}
    if info is not None and profile.renders_template and not profile.efforts:
        return info.template_efforts
    return profile.efforts


def _word(fields: Mapping[str, Any]) -> str | None:
    """Return the effort that fields of the body speak of."""
    word = fields.get(_SETTING) or _in(fields, "chat_template_kwargs").get(_SETTING)
    return word if isinstance(word, str) else None


def _merged(fields: Mapping[str, Any], extra_body: JsonObject) -> JsonObject:
    """Put fields under those that were given, which go over them one by one."""
    merged: JsonObject = dict(fields)
    for name, value in extra_body.items():
        ours = merged.get(name)
        merged[name] = {**ours, **value} if is_object(ours) and is_object(value) else value
    return merged


def _without(request: ChatRequest) -> ChatRequest:
    kept = {name: value for name, value in request.settings.items() if name != _SETTING}
    return replace(request, settings=kept)


def _warn_of_length(effort: Effort, target: Target, notes: list[Note]) -> None:
    """Say what a server of one's own must be started with, for the greatest effort."""
    longest = target.info.max_output if target.info else None
    if effort == "max" and longest and target.profile.renders_template:
        message = (
            f"at effort 'max' {target.model} may write {longest:,} tokens: a server with a shorter "
            f"context cuts it off (vLLM: --max-model-len {longest})"
        )
        notes.append(Note("long_context_needed", message))


def _dropped(reason: str) -> Note:
    return Note("dropped_setting", f"{_SETTING} was not sent: {reason}")


def _always(target: Target, info: ModelInfo) -> UnsupportedFeatureError:
    least = min(info.efforts, key=_RANK.__getitem__)
    return UnsupportedFeatureError(
        f"{target} always reasons: reasoning_effort='none' is not to be had. "
        f"Ask for {least!r}, the least it has, or ask another model.",
        provider=target.provider,
        model=target.model,
    )
