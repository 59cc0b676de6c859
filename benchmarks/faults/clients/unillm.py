"""unillm itself: `chat` and `stream`."""

from typing import Any

import unillm
from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome


def run(case: Case) -> Outcome:
    """Ask as the quickstart does: a provider of one's own, or `deepseek` for that dialect."""
    name = "deepseek" if case.deepseek else "box"
    options: dict[str, Any] = {}
    if case.idle is not None:
        options["timeout"] = unillm.Timeout(first_token=case.idle, idle=case.idle)
    if case.retries is not None:
        options["retry"] = unillm.RetryPolicy(max_attempts=1 + case.retries)
    tools = [TOOL] if case.tools else None
    messages: list[Any] = [unillm.UserMessage(QUESTION)]
    provider = unillm.Provider(name, base_url=case.base_url, api_key=KEY)
    with unillm.Client(providers=[provider], model=f"{name}:{case.model}", **options) as client:
        if case.stream:
            with client.stream(messages, tools=tools) as stream:
                for _ in stream:
                    pass
            return _told(stream.response)
        answer = client.chat(messages, tools=tools)
        if case.turns > 1:
            result = unillm.ToolMessage(answer.tool_calls[0].id, "Sunny.")
            answer = client.chat([*messages, answer.message, result], tools=tools)
        return _told(answer)


def _told(answer: unillm.ChatResponse) -> Outcome:
    usage = answer.usage
    return Outcome(
        text=answer.text,
        reasoning=answer.reasoning,
        calls=[dict(call.arguments) for call in answer.tool_calls],
        refused=[call.raw for call in answer.invalid_tool_calls],
        finish=answer.finish_reason,
        tokens=usage and [usage.input_tokens, usage.output_tokens],
        cached=usage and usage.cached_input_tokens,
    )
