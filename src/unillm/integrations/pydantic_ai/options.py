"""pydantic-ai's settings, tools and output as the options of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettingName, ModelSettings, ThinkingLevel
from pydantic_ai.tools import ToolDefinition

from unillm import CallOptions, Effort, RetryPolicy, Timeout, Tool
from unillm.integrations.pydantic_ai.choice import choice_of

IGNORED: frozenset[ModelSettingName] = frozenset({"top_k", "citations"})
"""Settings that unillm has no name for. ``extra_body`` takes what a host of one's own has."""

_SAME: dict[str, str] = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "stop_sequences": "stop",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "logit_bias": "logit_bias",
    "parallel_tool_calls": "parallel_tool_calls",
    "service_tier": "service_tier",
    "extra_body": "extra_body",
    "extra_headers": "extra_headers",
}


_DECIDED = frozenset(
    {
        "messages",
        "model",
        "tools",
        "output",
        "retries",
        "tool_choice",
        "response_format",
        "on_invalid_tool_call",
    }
)
"""What no option of a call may say: the agent and its model do."""


class UnillmModelSettings(ModelSettings, total=False):
    """Settings of pydantic-ai, and those that only unillm has.

    Attributes:
        unillm_options: What `unillm.AsyncClient.chat` takes beside messages and tools:
            ``reasoning_effort``, ``logprobs``, ``verbosity``, ``tags``, ``session``, ``repair``,
            ``budget``, ``constraints`` and the others of `unillm.CallOptions`. They come on top of
            pydantic-ai's own settings, and stand where both say something.
    """

    unillm_options: CallOptions


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as unillm is asked.

    Attributes:
        tools: What the model may call.
        options: Settings of the call.
        output: The JSON Schema that the whole answer is to satisfy; None: it is text, or calls.
    """

    tools: list[Tool] = field(default_factory=list[Tool])
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    output: Mapping[str, Any] | None = None


def asked_of(settings: ModelSettings | None, params: ModelRequestParameters) -> Asked:
    """Return what unillm is asked with settings and parameters that are prepared.

    Raises:
        UserError: A tool is demanded that is not there, or an option is not the call's to say.
        InvalidRequestError: A setting cannot be meant.
    """
    given: dict[str, Any] = {**(settings or {})}
    options: dict[str, Any] = {"on_invalid_tool_call": "return"}
    options |= {name: given[key] for key, name in _SAME.items() if given.get(key) is not None}
    if given.get("timeout") is not None:
        options["timeout"] = _timeout(given["timeout"])
    if given.get("max_retries") is not None:
        options["retry"] = RetryPolicy(max_attempts=given["max_retries"] + 1)
    if params.thinking is not None:
        options["reasoning_effort"] = _effort(params.thinking)
    choice = choice_of(given.get("tool_choice"), params)
    tools = [_tool(params.declared_tool_defs[name]) for name in choice.names]
    output = _schema(params)
    if tools:
        options |= choice.options
        if output is not None:
            options["response_format"] = _response_format(params, output)
            output = None
    return Asked(tools, options | _own(given), output)


def _own(given: Mapping[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = dict(given.get("unillm_options") or {})
    wrong = own.keys() & _DECIDED
    if wrong:
        raise UserError(f"unillm_options has {min(wrong)}, which pydantic-ai itself decides")
    return own


def _tool(known: ToolDefinition) -> Tool:
    return Tool(
        known.name,
        description=known.description,
        parameters=known.parameters_json_schema,
        strict=known.strict,
    )


def _schema(params: ModelRequestParameters) -> dict[str, Any] | None:
    """Return the schema of the answer, with its name and description where it has none."""
    wanted = params.output_object
    if params.output_mode != "native" or wanted is None:
        return None
    told: dict[str, Any] = {"title": wanted.name or "result"}
    if wanted.description:
        told["description"] = wanted.description
    return told | wanted.json_schema


def _response_format(params: ModelRequestParameters, schema: dict[str, Any]) -> dict[str, Any]:
    wanted = params.output_object
    named: dict[str, Any] = {"name": (wanted and wanted.name) or "result", "schema": schema}
    if wanted is not None and wanted.strict is not None:
        named["strict"] = wanted.strict
    return {"type": "json_schema", "json_schema": named}


def _effort(thinking: ThinkingLevel) -> Effort:
    """Return the effort; ``True`` is the middle one, as in pydantic-ai's own models."""
    if isinstance(thinking, bool):
        return "medium" if thinking else "none"
    return thinking


def _timeout(given: Any) -> float | Timeout:
    """Return the limits; httpx's have no whole, and what it calls read is a silence here."""
    if isinstance(given, int | float):
        return float(given)
    return Timeout(connect=given.connect, first_token=given.read, idle=given.read)
