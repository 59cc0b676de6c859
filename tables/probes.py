"""One request for each setting and feature, and what a plan makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from unillm import (
    AssistantMessage,
    ChatRequest,
    FilePart,
    ImagePart,
    ModelInfo,
    RawPart,
    SystemMessage,
    Tool,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm._wire.plan import Plan, plan
from unillm._wire.plan.features import features
from unillm._wire.plan.limits import hit
from unillm.providers import profile_named
from unillm.types.facts import Api, Limit
from unillm.types.settings import EFFORTS, Effort
from unillm.types.target import Target

State: TypeAlias = Literal["plain", "reasoning"]

_TOOL = Tool(name="f", parameters={"type": "object", "properties": {}, "required": []})
_STRICT = replace(
    _TOOL, strict=True, parameters={**_TOOL.parameters, "additionalProperties": False}
)
_IMAGE = ImagePart("https://example.com/a.png")
_SCHEMA = {"name": "s", "schema": {"type": "object"}}
_ASK = UserMessage("Answer in json.")
_CALL = ToolCall("c", "f", {}, raw="{}")
_SIMPLE: Mapping[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 99,
    "stop": ["x"],
    "seed": 7,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "logit_bias": {"5": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "verbosity": "low",
    "service_tier": "flex",
    "prompt_cache_key": "k",
    "safety_identifier": "s",
    "user": "u",
    "metadata": {"a": "b"},
    "store": True,
}


def _asked(*messages: Any, tools: tuple[Tool, ...] = (), **settings: Any) -> ChatRequest:
    return ChatRequest(messages=messages or (_ASK,), tools=tools, settings=settings)


def _extra(**fields: Any) -> ChatRequest:
    return replace(_asked(), extra_body=fields)


def _shown(*parts: Any) -> ChatRequest:
    return _asked(UserMessage(parts))


PROBES: Mapping[str, ChatRequest] = {
    **{name: _asked(**{name: value}) for name, value in _SIMPLE.items()},
    "response_format json_object": _asked(response_format={"type": "json_object"}),
    'json_object, no "json" in the prompt': _asked(
        UserMessage("Answer."), response_format={"type": "json_object"}
    ),
    "response_format json_schema": _asked(
        response_format={"type": "json_schema", "json_schema": _SCHEMA}
    ),
    "tools": _asked(tools=(_TOOL,)),
    "strict tools": _asked(tools=(_STRICT,)),
    "hosted_tools": replace(_asked(), hosted_tools=({"type": "web_search"},)),
    "tool_choice none": _asked(tools=(_TOOL,), tool_choice="none"),
    "tool_choice required": _asked(tools=(_TOOL,), tool_choice="required"),
    "tool_choice a function": _asked(tools=(_TOOL,), tool_choice="f"),
    "parallel_tool_calls": _asked(tools=(_TOOL,), parallel_tool_calls=False),
    "logprobs of a stream with tools": replace(_asked(tools=(_TOOL,), logprobs=True), stream=True),
    "top_logprobs of a stream with tools": replace(
        _asked(tools=(_TOOL,), logprobs=True, top_logprobs=2), stream=True
    ),
    "response_format for JSON beside tools": _asked(
        tools=(_TOOL,), response_format={"type": "json_schema", "json_schema": _SCHEMA}
    ),
    "image": _shown(_IMAGE),
    "image in a tool's result": _asked(
        _ASK, AssistantMessage("", tool_calls=(_CALL,)), ToolMessage("c", (_IMAGE,))
    ),
    "file": _shown(FilePart(file_id="f")),
    "file at an https: URL": _shown(FilePart("https://example.com/a.pdf")),
    "audio": _shown(RawPart({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}})),
    "video": _shown(RawPart({"type": "video_url", "video_url": {"url": "u"}})),
    "image in a system message": _asked(SystemMessage((_IMAGE,)), _ASK),
    "part of type input_text": _shown(RawPart({"type": "input_text", "text": "Answer in json."})),
    "extra_body reasoning.summary": _extra(reasoning={"summary": "auto"}),
    "extra_body previous_response_id": _extra(previous_response_id="resp_1"),
    "extra_body prediction": _extra(prediction={"type": "content", "content": "A"}),
    "max_tokens below 16": _asked(max_tokens=8),
    "prefix": _asked(_ASK, AssistantMessage("A", extra={"prefix": True})),
}
"""What is asked for, by the name the page gives it."""
NARROW: Mapping[str, str] = {
    "logprobs of a stream with tools": "logprobs=streamed_tools",
    "top_logprobs of a stream with tools": "top_logprobs=streamed_tools",
    "response_format for JSON beside tools": "response_format=beside_tools",
}
"""Probes that are of interest only where the feature they ask for has a limit, and that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a request: a word, and why."""

    word: str
    why: str = ""
    source: str = ""
    verified: bool = True


TAKEN = Outcome("taken")


def target_of(provider: str, info: ModelInfo | None, api: Api | None = None) -> Target:
    """Return a model at a provider; None is one that the catalog does not know."""
    profile = profile_named(provider)
    return Target(
        provider=provider,
        model=info.id if info else "another",
        base_url=profile.base_url or "https://example.com/v1",
        profile=profile,
        info=info,
        api=api,
    )


def effort_in(state: State, info: ModelInfo | None) -> Effort | None:
    """Return the effort by which a model is brought into a state; None: it is so unasked.

    Raises:
        LookupError: It cannot be brought there.
    """
    efforts: tuple[Effort, ...] = info.efforts if info else EFFORTS
    if state == "plain":
        if info is not None and not efforts:
            return None
        if "none" not in efforts:
            raise LookupError
        return "none"
    hard: list[Effort] = [effort for effort in efforts if effort not in {"none", "minimal", "low"}]
    if not hard:
        raise LookupError
    return "high" if "high" in hard else hard[0]


def outcome(name: str, target: Target, effort: Effort | None) -> Outcome:
    """Return what a plan makes of a probe."""
    request = PROBES[name]
    if effort is not None:
        request = replace(request, settings={**request.settings, "reasoning_effort": effort})
    try:
        planned = plan(request, target)
    except UnsupportedFeatureError as error:
        limit = _limit(name, target, "refuse", reasoning=effort not in {None, "none"})
        if limit is None:
            message = error.message.removeprefix(f"{target} ").partition(". ")[0]
            return Outcome("refused", f"the model {message}")
        return _told("refused", limit)
    return _changed(name, planned)


def at_first(name: str, target: Target) -> str:
    """Return in a word what becomes of a probe with no effort asked for, and over which interface.

    Returns:
        ``✓``, or what is done instead; with an ``R`` where it goes to the Responses API.
    """
    try:
        planned = plan(PROBES[name], target)
    except UnsupportedFeatureError:
        return "refused"
    word = _changed(name, planned).word
    return ("✓" if word == "taken" else word) + (" R" if planned.api == "responses" else "")


def _changed(name: str, planned: Plan) -> Outcome:
    codes = {note.code: note.message for note in planned.notes}
    if "tool_image_moved" in codes:
        return Outcome("moved", codes["tool_image_moved"])
    for then, word in (("drop", "left out"), ("here", "done here")):
        target = replace(planned.target, api=planned.api)
        limit = _limit(name, target, then, reasoning=bool(planned.reasoning))
        if limit is not None:
            return _told(word, limit)
    if planned.base_url != planned.target.base_url:
        return Outcome("taken", f"sent to {planned.base_url}")
    return TAKEN


def _limit(name: str, target: Target, then: str, *, reasoning: bool) -> Limit | None:
    """Return the limit by which a plan did what it did, if it was one."""
    wanted = features(PROBES[name])
    hits = hit(target, target.api or "chat", wanted, reasoning=reasoning)
    return next((limit for limit in hits if limit.then == then), None)


def _told(word: str, limit: Limit) -> Outcome:
    fact = limit.fact
    why = f"{fact.reason}. {limit.remedy}" if limit.remedy else fact.reason
    return Outcome(word, why, fact.source, fact.verified)
