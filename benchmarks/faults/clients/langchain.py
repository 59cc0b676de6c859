"""LangChain: `ChatOpenAI`, and `ChatDeepSeek` for that dialect; chunks are added up."""
# pyright: basic, reportMissingImports=false

from typing import Any

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_deepseek import ChatDeepSeek
from langchain_openai import ChatOpenAI

from benchmarks.faults.outcome import KEY, QUESTION, TOOL, Case, Outcome


def run(case: Case) -> Outcome:
    """Ask as its documentation does."""
    options: dict[str, Any] = {}
    if case.idle is not None:
        options["timeout"] = case.idle
    if case.retries is not None:
        options["max_retries"] = case.retries
    kind: Any = ChatDeepSeek if case.deepseek else ChatOpenAI
    llm = kind(model=case.model, base_url=case.base_url, api_key=KEY, **options)
    if case.tools:
        llm = llm.bind_tools([TOOL])
    messages: list[Any] = [HumanMessage(QUESTION)]
    if case.stream:
        gathered: Any = None
        for chunk in llm.stream(messages):
            gathered = chunk if gathered is None else gathered + chunk
        return _told(gathered)
    answer = llm.invoke(messages)
    if case.turns > 1:
        result = ToolMessage("Sunny.", tool_call_id=answer.tool_calls[0]["id"])
        answer = llm.invoke([*messages, answer, result])
    return _told(answer)


def _told(answer: Any) -> Outcome:
    thoughts = [b.get("reasoning", "") for b in answer.content_blocks if b["type"] == "reasoning"]
    usage = answer.usage_metadata
    cached = usage and usage.get("input_token_details", {}).get("cache_read")
    sent = answer.response_metadata.get("token_usage") or {}
    hits = sent.get("prompt_cache_hit_tokens") if cached is None else None
    return Outcome(
        text=str(answer.text),
        reasoning="".join(thoughts) or answer.additional_kwargs.get("reasoning_content"),
        calls=[call["args"] for call in answer.tool_calls],
        refused=[call["args"] or "" for call in answer.invalid_tool_calls],
        finish=answer.response_metadata.get("finish_reason"),
        tokens=usage and [usage["input_tokens"], usage["output_tokens"]],
        cached=cached if hits is None else hits,
        untyped=[] if hits is None else ["cached"],
    )
