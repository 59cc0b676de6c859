"""The openai package: `chat.completions.create`, and its `stream` helper, which assembles."""
# pyright: basic, reportMissingImports=false

from typing import Any

import openai

from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome


def run(case: Case) -> Outcome:
    """Ask as its README and helpers.md do; it has nothing of its own for DeepSeek."""
    options: dict[str, Any] = {}
    if case.idle is not None:
        options["timeout"] = case.idle
    if case.retries is not None:
        options["max_retries"] = case.retries
    client = openai.OpenAI(api_key=KEY, base_url=case.base_url, **options)
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    more: dict[str, Any] = {"tools": [TOOL]} if case.tools else {}
    if case.stream:
        with client.chat.completions.stream(model=case.model, messages=messages, **more) as stream:
            for _ in stream:
                pass
            return _told(stream.get_final_completion())
    answer = client.chat.completions.create(model=case.model, messages=messages, **more)
    if case.turns > 1:
        message = answer.choices[0].message
        result = {
            "role": "tool",
            "tool_call_id": (message.tool_calls or [])[0].id,
            "content": "Sunny.",
        }
        answer = client.chat.completions.create(
            model=case.model, messages=[*messages, message, result], **more
        )
    return _told(answer)


def _told(answer: Any) -> Outcome:
    choice = answer.choices[0]
    message, usage = choice.message, answer.usage
    details = usage and usage.prompt_tokens_details
    cached = details.cached_tokens if details else None
    hits = getattr(usage, "prompt_cache_hit_tokens", None)
    reasoning = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    untyped = ["reasoning"] if reasoning else []
    if cached is None and hits is not None:
        cached = hits
        untyped.append("cached")
    return Outcome(
        text=message.content or "",
        reasoning=reasoning,
        calls=[call.function.arguments for call in message.tool_calls or []],
        finish=choice.finish_reason,
        tokens=usage and [usage.prompt_tokens, usage.completion_tokens],
        cached=cached,
        untyped=untyped,
    )
