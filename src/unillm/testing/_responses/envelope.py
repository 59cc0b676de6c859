"""The object that an answer is in, whole or under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unillm.testing._chunks import CREATED
from unillm.testing._objects import objects, single
from unillm.testing._usage import usage_of
from unillm.testing.answer import Answer
from unillm.testing.seen import Seen

__all__ = ["UNSTORED", "Envelope", "ending"]

UNSTORED = "_unstored"
"""How ids of responses end that are not kept, since their request said ``store: false``."""

_DEFAULTS: Mapping[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "temperature": 1.0,
    "tool_choice": "auto",
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""What a request does not say and a response repeats nevertheless."""
_USUAL = (None, "auto")
_CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}
_FAILED = frozenset({"error", "aborted", "insufficient_system_resource"})
_ERROR = {"code": "server_error", "message": "The model failed to generate a response."}


class Envelope:
    """Make the response objects that answer one request."""

    def __init__(
        self, seen: Seen, model: str | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Take from the request what a response repeats of it.

        Args:
            seen: The request.
            model: The model to name instead of the one asked for.
            extra: More top-level fields of each response.
        """
        kept = seen.fields.get("store") is not False
        self.id = f"resp_fake_{seen.number}{'' if kept else UNSTORED}"
        asked = seen.fields
        told = {name: asked.get(name, default) for name, default in _DEFAULTS.items()}
        reasoning = {"effort": None, "summary": None, **single(asked.get("reasoning"))}
        text = {"format": {"type": "text"}, "verbosity": "medium", **single(asked.get("text"))}
        tier = asked.get("service_tier")
        self._told: dict[str, Any] = {
            **{name: _DEFAULTS[name] if value is None else value for name, value in told.items()},
            "model": model or seen.model,
            "reasoning": reasoning,
            "service_tier": "default" if tier in _USUAL else tier,
            "text": text,
            "tools": [_tool(tool) for tool in objects(asked.get("tools"))],
        }
        self._extra = dict(extra or {})

    def under_way(self) -> dict[str, Any]:
        """Return the response of which nothing has come."""
        return self.of("in_progress", ())

    def of(
        self, status: str, output: Sequence[Mapping[str, Any]], **fields: object
    ) -> dict[str, Any]:
        """Return a response with any status, output and more top-level fields."""
        return {
            "id": self.id,
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "output": list(output),
            "usage": None,
            **self._told,
            **self._extra,
            **fields,
        }


def ending(
    seen: Seen, answer: Answer, output: Sequence[Mapping[str, Any]], envelope: Envelope
) -> dict[str, Any]:
    """Return the response that ends an answer: completed, incomplete or failed."""
    usage = usage_of(seen, answer)
    if answer.finish in _CUT:
        why = {"reason": _CUT[answer.finish]}
        cut = [*output[:-1], *(_cut(item) for item in output[-1:])]
        return envelope.of("incomplete", cut, incomplete_details=why, usage=usage)
    if answer.finish in _FAILED:
        return envelope.of("failed", output, error=_ERROR, usage=usage)
    return envelope.of("completed", output, usage=usage)


def _cut(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "status": "incomplete"} if "status" in item else dict(item)


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool.get("type") != "function":
        return dict(tool)
    return {"description": None, "parameters": None, "strict": True, **tool}
