"""What OpenAI's models do not take, each in its way, over either interface."""

from __future__ import annotations

from collections.abc import Sequence

from unillm.testing._objects import single
from unillm.testing.rules._openai_models import effort_of, is_reasoning, model_of
from unillm.testing.rules._reading import is_set, number
from unillm.testing.rules.refusal import Refusal
from unillm.testing.rules.rule import rule
from unillm.testing.seen import Seen

_SAMPLING = ("top_p", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs")
_PROFILE = "pydantic_ai/profiles/openai.py"


def _told(values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


@rule(
    None,
    source="https://platform.openai.com/docs/guides/error-codes (model_not_found)",
    checked="2026-11-28",
    doubt="The words were not read where OpenAI says them; the table of models is short.",
)
def model(seen: Seen) -> Refusal | None:
    """Refuse a model that there is not."""
    if model_of(seen) is not None:
        return None
    if seen.api == "responses":
        message = f"The requested model '{seen.model}' does not exist."
        return Refusal(message=message, param="model", code="model_not_found")
    message = f"The model `{seen.model}` does not exist or you do not have access to it."
    return Refusal(message=message, status=404, code="model_not_found")


@rule("chat", source="https://github.com/n8n-io/n8n/issues/18352", checked="2026-11-28")
def responses_only_model(seen: Seen) -> Refusal | None:
    """Refuse a model that is on the Responses API alone."""
    known = model_of(seen)
    if known is None or not known.alone:
        return None
    message = "This model is only supported in v1/responses and not in v1/chat/completions."
    return Refusal(message=message, status=404, param="model")


@rule("chat", source="https://github.com/microsoft/clarity-agent/issues/59", checked="2026-11-28")
def max_tokens(seen: Seen) -> Refusal | None:
    """Refuse max_tokens for a model that can reason; it wants max_completion_tokens."""
    known = model_of(seen)
    if known is None or not known.efforts or not is_set(seen.fields, "max_tokens"):
        return None
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead."
    )
    return Refusal(message=message, param="max_tokens", code="unsupported_parameter")


@rule(
    "chat",
    source="https://github.com/BerriAI/litellm/issues/34569; "
    "https://github.com/jeffdafoe/llm-memory-api/pull/178 (gpt-5.5)",
    checked="2026-11-28",
    doubt="Of gpt-5.5 with no effort asked for one probe says so, and of its effort none nobody "
    "does: the stricter reading is played of the first.",
)
def tools_with_reasoning(seen: Seen) -> Refusal | None:
    """Refuse functions together with reasoning, from gpt-5.4 on; of gpt-6-astra always."""
    known, effort = model_of(seen), effort_of(seen)
    if known is None or not seen.tools:
        return None
    taken = {
        "always": True,
        "unasked": effort in {None, "none"},
        "none": effort == "none",
        "never": False,
    }
    return None if taken[known.tools] else _tools_refused(seen)


@rule(
    "chat",
    source="https://github.com/BerriAI/litellm/discussions/52347",
    checked="2026-11-23",
    doubt="They refuse effort none, and so does gpt-6-astra, which takes no tools; not seen.",
)
def tools_with_6_2(seen: Seen) -> Refusal | None:
    """Refuse functions for gpt-6.2-astra and gpt-6.2-sol."""
    return _tools_refused(seen) if seen.model.startswith("gpt-6.2-") and seen.tools else None


def _tools_refused(seen: Seen) -> Refusal:
    message = (
        f"Function tools with reasoning_effort are not supported for {seen.model} in "
        "/v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to "
        "'none'."
    )
    return Refusal(message=message, param="reasoning_effort")


@rule(
    "chat", source="https://github.com/egoist/chatwise-releases/issues/1257", checked="2026-11-28"
)
def effort(seen: Seen) -> Refusal | None:
    """Refuse an effort that the model does not know; Chat Completions knows max of none."""
    known, asked = model_of(seen), effort_of(seen)
    if known is None or asked is None:
        return None
    if not known.efforts:
        return Refusal(message="Unrecognized request argument supplied: reasoning_effort")
    here = [one for one in known.efforts if one != "max"]
    if asked in here:
        return None
    message = (
        f"Unsupported value: 'reasoning_effort' does not support '{asked}' with this model. "
        f"Supported values are: {_told(here)}."
    )
    return Refusal(message=message, param="reasoning_effort", code="unsupported_value")


@rule(
    "responses",
    source="https://github.com/openai/openai-agents-python/issues/2089",
    checked="2026-11-28",
)
def reasoning_effort(seen: Seen) -> Refusal | None:
    """Refuse an effort that the model does not know."""
    known, asked = model_of(seen), effort_of(seen)
    if known is None or asked is None or asked in known.efforts:
        return None
    if not known.efforts:
        message = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
        return Refusal(message=message, param="reasoning.effort", code="unsupported_parameter")
    message = (
        f"Unsupported value: '{asked}' is not supported with the '{seen.model}' model. Supported "
        f"values are: {_told(known.efforts)}."
    )
    return Refusal(message=message, param="reasoning.effort", code="unsupported_value")


@rule("chat", source="https://github.com/johny-b/llmcomp/issues/69", checked="2026-11-28")
def temperature_while_reasoning(seen: Seen) -> Refusal | None:
    """Refuse a temperature other than 1 while the model reasons."""
    value = number(seen.fields, "temperature")
    if value is None or value == 1 or not is_reasoning(seen):
        return None
    message = (
        f"Unsupported value: 'temperature' does not support {value} with this model. Only the "
        "default (1) value is supported."
    )
    return Refusal(message=message, param="temperature", code="unsupported_value")


@rule("chat", source=f"{_PROFILE} (SAMPLING_PARAMS)", checked="2026-11-23")
def sampling_while_reasoning(seen: Seen) -> Refusal | None:
    """Refuse top_p, penalties, logit_bias and logprobs while the model reasons."""
    given = next((name for name in _SAMPLING if seen.fields.get(name) not in _UNSET), None)
    if given is None or not is_reasoning(seen):
        return None
    message = f"Unsupported parameter: '{given}' is not supported with this model."
    return Refusal(message=message, param=given, code="unsupported_parameter")


_UNSET = (None, False)


@rule(
    "responses",
    source="https://github.com/OpenHands/software-agent-sdk/issues/1837",
    checked="2026-11-28",
)
def sampling(seen: Seen) -> Refusal | None:
    """Refuse temperature, top_p and top_logprobs while the model reasons."""
    names = ("temperature", "top_p", "top_logprobs")
    given = next((name for name in names if is_set(seen.fields, name)), None)
    if given is None or not is_reasoning(seen):
        return None
    message = f"Unsupported parameter: '{given}' is not supported with this model."
    return Refusal(message=message, param=given)


@rule(
    "chat",
    source="openai-python 3.57.0, types/chat/completion_create_params.py (stop)",
    checked="2026-11-28",
)
def stop_of_o3(seen: Seen) -> Refusal | None:
    """Refuse stop for o3."""
    if not is_set(seen.fields, "stop") or seen.model not in {"o3", "o3-2025-04-16"}:
        return None
    message = "Unsupported parameter: 'stop' is not supported with this model."
    return Refusal(message=message, param="stop", code="unsupported_parameter")


@rule(
    "responses",
    source="openai-python 3.57.0, types/shared/reasoning.py",
    checked="2026-11-28",
    doubt="Seen of reasoning.max_tokens: https://github.com/bestruirui/octopus/issues/31.",
)
def reasoning_field(seen: Seen) -> Refusal | None:
    """Refuse a field of reasoning that is not OpenAI's."""
    known = {"context", "effort", "generate_summary", "mode", "summary"}
    odd = next((name for name in single(seen.fields.get("reasoning")) if name not in known), None)
    if odd is None:
        return None
    param = f"reasoning.{odd}"
    return Refusal(message=f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")
