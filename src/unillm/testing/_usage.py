"""Usage, counted in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unillm.testing._objects import objects, single
from unillm.testing.answer import Answer
from unillm.testing.seen import Seen

__all__ = ["prompt_text", "prompt_words", "usage_of", "words"]

_PROMPT = "prompt_tokens_details"


def usage_of(seen: Seen, answer: Answer) -> dict[str, Any] | None:
    """Return the usage sent with an answer, or None when it sends none.

    A word is a token: the same request and answer always cost the same. Over the Responses API it
    is in that interface's words.
    """
    usage = _counted(seen, answer)
    return usage if usage is None or seen.api == "chat" else _renamed(usage)


def _counted(seen: Seen, answer: Answer) -> dict[str, Any] | None:
    if answer.usage is None:
        return None
    if answer.usage != "auto":
        return dict(answer.usage)
    prompt = prompt_words(seen)
    reasoning = words(answer.reasoning or "")
    spoken = words(answer.text or "") + words(answer.refusal or "")
    called = sum(words(call.name) + words(str(call.arguments)) for call in answer.calls)
    return counted(prompt, reasoning + spoken + called, reasoning, dialect=answer.dialect)


def prompt_words(seen: Seen) -> int:
    """Return the tokens of a prompt: the words of its messages and tools, or of a text."""
    tools = words(json.dumps(seen.tools)) if seen.tools else 0
    texts = [seen.fields.get(name) for name in ("prompt", "suffix")]
    beside = sum(words(text) for text in texts if isinstance(text, str))
    return sum(words(prompt_text(message)) for message in seen.messages) + tools + beside


def counted(
    prompt: int, completion: int, reasoning: int = 0, *, cached: int = 0, dialect: str = "openai"
) -> dict[str, Any]:
    """Return a usage object.

    Args:
        prompt: Tokens of the prompt, cached ones included.
        completion: Tokens of the answer, reasoning included.
        reasoning: Tokens of reasoning.
        cached: Tokens of the prompt that came from the cache.
        dialect: ``"deepseek"`` adds its fields for the cache.
    """
    usage: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    if dialect == "deepseek":
        usage |= {"prompt_cache_hit_tokens": cached, "prompt_cache_miss_tokens": prompt - cached}
    return usage


def _renamed(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return usage in the words of the Responses API; what is in them already stays as it is."""
    if "input_tokens" in usage:
        return dict(usage)
    given, made = usage.get("prompt_tokens"), usage.get("completion_tokens")
    cached = usage.get("prompt_cache_hit_tokens", 0)
    read = {"cached_tokens": cached, "cache_write_tokens": 0, **single(usage.get(_PROMPT))}
    thought = single(usage.get("completion_tokens_details")).get("reasoning_tokens", 0)
    return {
        "input_tokens": given,
        "input_tokens_details": read,
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": usage.get("total_tokens", (given or 0) + (made or 0)),
    }


def words(text: str) -> int:
    """Return the number of words in a text."""
    return len(text.split())


def prompt_text(message: dict[str, Any]) -> str:
    """Return the text of a message, parts of a list joined."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return " ".join(str(part["text"]) for part in objects(content) if "text" in part)
