"""any-llm: `completion`; a stream is chunks, put together here as OpenAI's guide does it."""
# pyright: basic, reportMissingImports=false

from collections.abc import Iterable
from typing import Any

import any_llm

from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome


def run(case: Case) -> Outcome:
    """Ask as its documentation does: provider `openai`, or `deepseek` for that dialect."""
    options: dict[str, Any] = {
        "model": case.model,
        "provider": "deepseek" if case.deepseek else "openai",
        "api_base": case.base_url,
        "api_key": KEY,
    }
    if case.tools:
        options["tools"] = [TOOL]
    if case.idle is not None:
        options["client_args"] = {"timeout": case.idle}
    if case.retries is not None:
        options["client_args"] = {"max_retries": case.retries}
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    if case.stream:
        return _collected(any_llm.completion(messages=messages, stream=True, **options))
    answer: Any = any_llm.completion(messages=messages, **options)
    if case.turns > 1:
        message = answer.choices[0].message
        result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "Sunny."}
        answer = any_llm.completion(messages=[*messages, message, result], **options)
    choice = answer.choices[0]
    return Outcome(
        text=choice.message.content or "",
        reasoning=choice.message.reasoning.content if choice.message.reasoning else None,
        calls=[call.function.arguments for call in choice.message.tool_calls or []],
        finish=choice.finish_reason,
        **_counted(answer.usage),
    )


def _collected(chunks: Iterable[Any]) -> Outcome:
    """Put chunks together by the index of each call."""
    seen = Outcome()
    calls: dict[int, str] = {}
    for chunk in chunks:
        if chunk.usage:
            counted = _counted(chunk.usage)
            seen.tokens, seen.cached = counted["tokens"], counted["cached"]
        for choice in chunk.choices:
            delta = choice.delta
            seen.text += delta.content or ""
            if delta.reasoning:
                seen.reasoning = (seen.reasoning or "") + delta.reasoning.content
            for call in delta.tool_calls or []:
                calls[call.index] = calls.get(call.index, "") + (call.function.arguments or "")
            seen.finish = choice.finish_reason or seen.finish
    seen.calls = list(calls.values())
    return seen


def _counted(usage: Any) -> dict[str, Any]:
    details = usage and usage.prompt_tokens_details
    hits = getattr(usage, "prompt_cache_hit_tokens", None)
    cached = details.cached_tokens if details else None
    return {
        "tokens": usage and [usage.prompt_tokens, usage.completion_tokens],
        "cached": hits if cached is None else cached,
        "untyped": ["cached"] if cached is None and hits is not None else [],
    }
