"""The configuration of a request of DSPy's, as unillm's settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast, get_type_hints

from dspy import lm15

import unillm
from unillm.integrations.dspy.contents import refused
from unillm.types.json import JsonObject

_ALIKE = (
    *("max_tokens", "temperature", "top_p", "seed", "frequency_penalty", "presence_penalty"),
    *("service_tier", "store"),
)


def settings(config: lm15.Config) -> unillm.ChatSettings:
    """Return the settings that a configuration asks for.

    Raises:
        UnsupportedFeatureError: It asks for what cannot be asked for.
    """
    made: JsonObject = {name: getattr(config, name) for name in _ALIKE}
    made |= {"stop": list(config.stop) or None, "safety_identifier": config.user_id}
    if config.logprobs is not None:
        made |= {"logprobs": True, "top_logprobs": config.logprobs or None}
    if config.response_format is not None:
        made["response_format"] = _format(config.response_format)
    if config.reasoning is not None:
        made["reasoning_effort"] = "none" if config.reasoning.is_off else config.reasoning.effort
    if config.tool_choice is not None:
        made |= _choice(config.tool_choice)
    if config.cache is not None:
        made["prompt_cache_key"] = _cache_key(config.cache)
    made |= _own(config.extensions or {})
    return cast("unillm.ChatSettings", {k: v for k, v in made.items() if v is not None})


def adaptations(config: lm15.Config) -> Iterator[lm15.Adaptation]:
    """Give what of a configuration is not sent as it was asked for, and why.

    Raises:
        UnsupportedFeatureError: It must not be left out.
    """
    if config.top_k is not None:
        why = "the protocol has no top_k; hosts that take one are given it with extra_body"
        yield lm15.Adaptation("config.top_k", "dropped", why, asked=config.top_k)
    thinking = config.reasoning
    if thinking is not None and thinking.thinking_budget is not None:
        why = "the protocol has no budget of thinking; the effort carries the intent"
        asked = thinking.thinking_budget
        yield lm15.Adaptation("config.reasoning.thinking_budget", "dropped", why, asked=asked)
    if thinking is not None and thinking.summary is not None:
        why = "what a host shows of its thinking is taken as it comes"
        yield lm15.Adaptation("config.reasoning.summary", "dropped", why, asked=thinking.summary)
    if config.probabilities == "required":
        raise refused("config.probabilities", "a demand for probabilities")
    if config.probabilities == "if_available":
        why = "distributions over the keys of a schema are not measured"
        yield lm15.Adaptation("config.probabilities", "dropped", why, asked="if_available")
    choice = config.tool_choice
    if choice is not None and choice.allowed and not _named(choice):
        why = "only the allowed tools are sent, which is what the list means"
        names = list(choice.allowed)
        yield lm15.Adaptation("config.tool_choice.allowed", "client_side", why, asked=names)


def tools(request: lm15.Request) -> list[unillm.Tool | JsonObject] | None:
    """Return the tools of a request: of those that are allowed, where some are."""
    choice = request.config.tool_choice
    allowed = choice.allowed if choice is not None and not _named(choice) else ()
    made = [_tool(tool) for tool in request.tools if not allowed or tool.name in allowed]
    return made or None


def _tool(tool: lm15.FunctionTool | lm15.BuiltinTool) -> unillm.Tool | JsonObject:
    if isinstance(tool, lm15.BuiltinTool):
        return {"type": tool.name, **(tool.config or {})}
    return unillm.Tool(tool.name, description=tool.description, parameters=tool.parameters)


def _named(choice: lm15.ToolChoice) -> bool:
    """Tell whether one tool must be called, which the protocol can say."""
    return choice.mode == "required" and len(choice.allowed) == 1


def _choice(choice: lm15.ToolChoice) -> JsonObject:
    # `auto` is what happens unasked; said aloud, a call without tools would be odd.
    mode = None if choice.mode == "auto" else choice.mode
    return {
        "tool_choice": choice.allowed[0] if _named(choice) else mode,
        "parallel_tool_calls": choice.parallel,
    }


def _format(given: Mapping[str, Any]) -> JsonObject:
    if given["type"] == "json_object":
        return {"type": "json_object"}
    schema = {name: value for name, value in given.items() if name != "type"}
    return {"type": "json_schema", "json_schema": {"name": "response", **schema}}


def _cache_key(cache: lm15.CacheConfig) -> str | None:
    if cache.resource is not None or cache.retention is not None:
        name = "resource" if cache.resource is not None else "retention"
        raise refused(f"config.cache.{name}", f"a {name} of the provider's prompt cache")
    return cache.key


def _own(extensions: Mapping[str, Any]) -> JsonObject:
    """Sort a provider's own fields: settings that unillm knows by name, and the rest."""
    known = get_type_hints(unillm.ChatSettings).keys()
    made = {name: value for name, value in extensions.items() if name in known}
    rest = {name: value for name, value in extensions.items() if name not in known}
    return {**made, "extra_body": {**made.get("extra_body", {}), **rest}} if rest else made
