"""inspect_ai's configuration, tools and schema as what unillm is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from inspect_ai.model import GenerateConfig
from inspect_ai.tool import ToolChoice, ToolFunction, ToolInfo

from unillm import RetryPolicy, Tool, UnsupportedFeatureError

_SAME = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "stop_seqs": "stop",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "logprobs": "logprobs",
    "top_logprobs": "top_logprobs",
    "parallel_tool_calls": "parallel_tool_calls",
    "verbosity": "verbosity",
    "reasoning_effort": "reasoning_effort",
    "extra_headers": "extra_headers",
    "extra_body": "extra_body",
}

_IGNORED = (
    "top_k",
    "reasoning_tokens",
    "reasoning_mode",
    "reasoning_summary",
    "effort",
    "cache_prompt",
    "batch",
)
"""Settings that unillm has no name for: they are left out, and noted."""

_REFUSED = ("best_of", "prompt_logprobs", "modalities", "fallback_models")
"""Without these an answer would not be what is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, as unillm is asked.

    Attributes:
        tools: What the model may call.
        options: Settings of the call.
        output: The JSON Schema that the whole answer is to satisfy; None: it is text, or calls.
        ignored: Settings of inspect_ai that were left out.
    """

    tools: list[Tool] = field(default_factory=list[Tool])
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    output: Mapping[str, Any] | None = None
    ignored: tuple[str, ...] = ()

    def nth(self, number: int) -> Asked:
        """Return the call for one of several choices, from 0: a seed goes up by one each time."""
        if "seed" not in self.options:
            return self
        return replace(self, options={**self.options, "seed": self.options["seed"] + number})


def asked_of(tools: Sequence[ToolInfo], choice: ToolChoice, config: GenerateConfig) -> Asked:
    """Return what unillm is asked.

    Raises:
        UnsupportedFeatureError: The configuration asks for what unillm cannot give.
    """
    given = config.model_dump(exclude_none=True)
    refused = next((name for name in _REFUSED if given.get(name)), None)
    if refused is not None:
        raise UnsupportedFeatureError(f"unillm cannot give what {refused} asks for: leave it out")
    options: dict[str, Any] = {"on_invalid_tool_call": "return"}
    options |= {name: given[key] for key, name in _SAME.items() if key in given}
    if config.logit_bias is not None:
        options["logit_bias"] = {str(token): bias for token, bias in config.logit_bias.items()}
    if config.timeout is not None:
        options["timeout"] = float(config.timeout)
    if config.max_retries is not None:
        options["retry"] = RetryPolicy(max_attempts=config.max_retries + 1)
    made = [_tool(tool) for tool in tools]
    if made:
        options |= _choice(choice)
    output = _schema(config)
    if output is not None and made:
        options["response_format"] = _response_format(config, output)
        output = None
    ignored = tuple(name for name in _IGNORED if given.get(name))
    return Asked(made, options, output, ignored)


def _tool(tool: ToolInfo) -> Tool:
    parameters = tool.parameters.model_dump(exclude_none=True)
    return Tool(tool.name, description=tool.description, parameters=parameters)


def _choice(choice: ToolChoice) -> dict[str, Any]:
    """Return a choice; a demanded call is left to a model that cannot be made to call, and noted.

    So do inspect_ai's own providers: the same evaluation is to run with any model.
    """
    if isinstance(choice, ToolFunction):
        return {"tool_choice": choice.name, "rewrite": ("tool_choice",)}
    if choice == "any":
        return {"tool_choice": "required", "rewrite": ("tool_choice",)}
    return {"tool_choice": choice} if choice == "none" else {}


def _schema(config: GenerateConfig) -> dict[str, Any] | None:
    wanted = config.response_schema
    if wanted is None:
        return None
    told: dict[str, Any] = {"title": wanted.name}
    if wanted.description:
        told["description"] = wanted.description
    return told | wanted.json_schema.model_dump(exclude_none=True)


def _response_format(config: GenerateConfig, schema: dict[str, Any]) -> dict[str, Any]:
    wanted = config.response_schema
    named: dict[str, Any] = {"name": schema["title"], "schema": schema}
    if wanted is not None and wanted.strict is not None:
        named["strict"] = wanted.strict
    return {"type": "json_schema", "json_schema": named}
