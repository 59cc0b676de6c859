"""LiteLLM: `completion`, and `stream_chunk_builder` over the chunks of a stream."""
# pyright: basic, reportMissingImports=false

from typing import Any

import litellm

from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome

litellm.telemetry = False
litellm.suppress_debug_info = True


def run(case: Case) -> Outcome:
    """Ask as its documentation does: provider `openai`, or `deepseek` for that dialect."""
    provider = "deepseek" if case.deepseek else "openai"
    options: dict[str, Any] = {"api_base": case.base_url, "api_key": KEY}
    if case.tools:
        options["tools"] = [TOOL]
    if case.idle is not None:
        options["timeout"] = case.idle
    if case.retries is not None:
        options["num_retries"] = case.retries
    model = f"{provider}/{case.model}"
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    if case.stream:
        chunks = list(litellm.completion(model=model, messages=messages, stream=True, **options))
        return _told(litellm.stream_chunk_builder(chunks, messages=messages))
    answer: Any = litellm.completion(model=model, messages=messages, **options)
    if case.turns > 1:
        message = answer.choices[0].message
        result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "Sunny."}
        answer = litellm.completion(model=model, messages=[*messages, message, result], **options)
    return _told(answer)


def _told(answer: Any) -> Outcome:
    choice = answer.choices[0]
    message, usage = choice.message, getattr(answer, "usage", None)
    details = usage and usage.prompt_tokens_details
    return Outcome(
        text=message.content or "",
        reasoning=getattr(message, "reasoning_content", None),
        calls=[call.function.arguments for call in message.tool_calls or []],
        finish=choice.finish_reason,
        tokens=usage and [usage.prompt_tokens, usage.completion_tokens],
        cached=details.cached_tokens if details else None,
    )
