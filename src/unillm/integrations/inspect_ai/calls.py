"""What is logged of a call as it was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai.model import ModelCall
from pydantic import JsonValue

from unillm import ChatResponse, RetryPolicy, UnillmError
from unillm.integrations.inspect_ai.config import Asked
from unillm.integrations.inspect_ai.details import attempt_of

_MEDIA = ("url", "data", "file_data", "image_url", "b64_json", "result")


def call_of(
    call: dict[str, Any],
    asked: Asked,
    responses: Sequence[ChatResponse],
    failed: UnillmError | None,
) -> ModelCall:
    """Return what unillm was asked, and the bodies that came, without images and files."""
    request: dict[str, Any] = {
        "model": call["model"],
        "messages": [message.to_dict() for message in call["messages"]],
        "tools": [tool.to_dict() for tool in asked.tools],
        "options": {name: _plain(value) for name, value in asked.options.items()},
    }
    if asked.output is not None:
        request["output"] = asked.output
    if failed is not None:
        attempts = [attempt_of(attempt) for attempt in failed.attempts]
        body: Any = getattr(failed, "body", None)
        told = {"error": str(failed), "body": body, "attempts": attempts}
        made = ModelCall.create(request, told, _without_media)
        made.error = True
        return made
    bodies: list[Any] = [response.raw for response in responses]
    raw: Any = bodies[0] if len(bodies) == 1 else {"choices": bodies}
    return ModelCall.create(request, raw, _without_media, _time(responses))


def _time(responses: Sequence[ChatResponse]) -> float | None:
    found = [a.duration for r in responses for a in r.attempts if a.outcome == "ok"]
    return max(found, default=None)


def _plain(value: object) -> object:
    return repr(value) if isinstance(value, RetryPolicy) else value


def _without_media(key: JsonValue | None, value: JsonValue) -> JsonValue:
    if key in _MEDIA and isinstance(value, str) and (value[:5] == "data:" or len(value) > 4_000):
        return f"<{len(value):,} characters of media>"
    return value
