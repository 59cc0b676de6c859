"""Reading the token counts of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from unillm.types.json import JsonObject, is_object
from unillm.types.usage import Usage


def usage_from(data: Any) -> Usage | None:
    """Return the counts, or None if there are none that make sense.

    OpenAI nests cached tokens in ``prompt_tokens_details``
    (openai-python ``types/completion_usage.py``, read 2026-11-23); DeepSeek reports
    ``prompt_cache_hit_tokens`` beside the totals, with or without the details
    (https://api-docs.deepseek.com/guides/kv_cache, quoted 2026-09-12). The Responses API has
    other names for the same (openai-python ``types/responses/response_usage.py``, read 2026-11-28).
    """
    if not is_object(data):
        return None
    ours, theirs = _NAMES if "prompt_tokens" in data else _NAMES_OF_RESPONSES
    given, generated = _count(data, ours), _count(data, theirs)
    if given is None or generated is None:
        return None
    prompt = _details(data, f"{ours}_details")
    completion = _details(data, f"{theirs}_details")
    cached = _count(prompt, "cached_tokens")
    return Usage(
        input_tokens=given,
        output_tokens=generated,
        cached_input_tokens=_count(data, "prompt_cache_hit_tokens") if cached is None else cached,
        cache_write_tokens=_count(prompt, "cache_write_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens"),
    )


def cost_from(value: Any) -> Decimal | None:
    """Return what a provider says that it charged, or None if that is no sum.

    A number of JSON was read as a float; its shortest text is what was written, as long as that
    had no more than fifteen digits that count.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        sum_ = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # an int may have more digits than Python writes
        return None
    return sum_ if sum_.is_finite() and 0 <= sum_ < _ABSURD else None


def charged(headers: Mapping[str, str], name: str | None) -> Decimal | None:
    """Return what a header says that was charged; nothing stands there for "not known" too."""
    return (cost_from(headers.get(name)) or None) if name is not None else None


_ABSURD = Decimal(10**9)
"""Dollars that no answer costs: what says so is broken."""
_MOST = 10**12
"""Tokens that no exchange has: such a number is no count, and can be neither shown nor stored."""

_NAMES = ("prompt_tokens", "completion_tokens")
_NAMES_OF_RESPONSES = ("input_tokens", "output_tokens")


def _details(fields: JsonObject, name: str) -> JsonObject:
    details = fields.get(name)
    return details if is_object(details) else {}


def _count(fields: JsonObject, name: str) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < _MOST else None
