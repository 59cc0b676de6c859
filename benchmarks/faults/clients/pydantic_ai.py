"""pydantic-ai: the direct API over `OpenAIChatModel`; an agent would run tools and ask again."""
# pyright: basic, reportMissingImports=false

from typing import Any

from openai import AsyncOpenAI
from pydantic_ai import ModelRequest, ToolDefinition
from pydantic_ai.direct import model_request_stream_sync, model_request_sync
from pydantic_ai.messages import ToolReturnPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.deepseek import DeepSeekProvider
from pydantic_ai.providers.openai import OpenAIProvider

from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome

_FUNCTION = TOOL["function"]


def run(case: Case) -> Outcome:
    """Ask as the page on direct model requests does."""
    options: dict[str, Any] = {}
    if case.retries is not None:
        options["max_retries"] = case.retries
    if case.deepseek or options:
        # The documented way to another address or other retries: a client of one's own.
        client = AsyncOpenAI(base_url=case.base_url, api_key=KEY, **options)
        kind = DeepSeekProvider if case.deepseek else OpenAIProvider
        provider: Any = kind(openai_client=client)
    else:
        provider = OpenAIProvider(base_url=case.base_url, api_key=KEY)
    model = OpenAIChatModel(case.model, provider=provider)
    settings: Any = {"timeout": case.idle} if case.idle is not None else None
    offered = ModelRequestParameters(function_tools=[_tool()] if case.tools else [])
    messages: list[Any] = [ModelRequest.user_text_prompt(QUESTION)]
    more: Any = {"model_settings": settings, "model_request_parameters": offered}
    if case.stream:
        with model_request_stream_sync(model, messages, **more) as stream:
            for _ in stream:
                pass
            return _told(stream.response)
    answer = model_request_sync(model, messages, **more)
    if case.turns > 1:
        call = answer.tool_calls[0]
        result = ToolReturnPart(call.tool_name, "Sunny.", call.tool_call_id)
        answer = model_request_sync(
            model, [*messages, answer, ModelRequest(parts=[result])], **more
        )
    return _told(answer)


def _tool() -> ToolDefinition:
    return ToolDefinition(
        name=_FUNCTION["name"],
        description=_FUNCTION["description"],
        parameters_json_schema=_FUNCTION["parameters"],
    )


def _told(answer: Any) -> Outcome:
    usage = answer.usage
    hits = usage.details.get("prompt_cache_hit_tokens") if not usage.cache_read_tokens else None
    return Outcome(
        text=answer.text or "",
        reasoning=answer.thinking,
        calls=[call.args for call in answer.tool_calls],
        finish=answer.finish_reason if answer.state == "complete" else answer.state,
        tokens=None if usage.unmeasured_requests else [usage.input_tokens, usage.output_tokens],
        cached=hits or usage.cache_read_tokens,
        untyped=["cached"] if hits else [],
    )
