"""Reading the token counts of a Chat Completions answer."""

from __future__ import annotations

from typing import Any

from unillm.types.json import JsonObject, is_object
from unillm.types.usage import Usage


def usage_from(data: Any) -> Usage | None:
    """Return the counts, or None if there are none that make sense.

    OpenAI nests cached tokens in ``prompt_tokens_details``
    (openai-python ``types/completion_usage.py``, read 2026-11-23); DeepSeek reports
    ``prompt_cache_hit_tokens`` beside the totals, with or without the details
    (https://api-docs.deepseek.com/guides/kv_cache, quoted 2026-09-12).
    """
    if not is_object(data):
        return None
    given, generated = _count(data, "prompt_tokens"), _count(data, "completion_tokens")
    if given is None or generated is None:
        return None
    prompt = _details(data, "prompt_tokens_details")
    completion = _details(data, "completion_tokens_details")
    cached = _count(prompt, "cached_tokens")
    return Usage(
        input_tokens=given,
        output_tokens=generated,
        cached_input_tokens=_count(data, "prompt_cache_hit_tokens") if cached is None else cached,
        cache_write_tokens=_count(prompt, "cache_write_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens"),
    )


def _details(fields: JsonObject, name: str) -> JsonObject:
    details = fields.get(name)
    return details if is_object(details) else {}


def _count(fields: JsonObject, name: str) -> int | None:
    value = fields.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and value >= 0 else None
