"""What OpenAI's own package says of a request: its types are the judge of what we send."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming as ChatStream
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter

_TYPES: dict[tuple[str, bool], Any] = {
    ("chat", False): CompletionCreateParamsNonStreaming,
    ("chat", True): ChatStream,
    ("responses", False): ResponseCreateParamsNonStreaming,
    ("responses", True): ResponseCreateParamsStreaming,
}


def require_openai(body: dict[str, Any], api: str) -> None:
    """Hold a request body against OpenAI's types: every field known, every value of its type.

    Args:
        body: The decoded body.
        api: ``chat`` or ``responses``.

    Raises:
        pydantic.ValidationError: A value has the wrong type, or one is missing.
        AssertionError: A field is unknown; the message lists their paths.
    """
    read = _plain(_adapter(api, body.get("stream", False)).validate_python(body, strict=True))
    unknown = list(_missing(body, read, "body"))
    assert not unknown, f"openai's types do not know {', '.join(unknown)}"


@cache
def _adapter(api: str, stream: bool) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES[api, stream])


def _plain(value: Any) -> Any:
    """Read what pydantic reads lazily: iterables become lists."""
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, str | bytes | int | float | None):
        return value
    return [_plain(item) for item in value]


def _missing(given: Any, read: Any, where: str) -> Iterator[str]:
    """Name what was left out in reading, which is what pydantic does with unknown fields."""
    if isinstance(given, dict) and isinstance(read, dict):
        for key, held in given.items():
            if key not in read:
                yield f"{where}.{key}"
            else:
                yield from _missing(held, read[key], f"{where}.{key}")
    elif isinstance(given, list) and isinstance(read, list):
        assert len(given) == len(read)
        for at, (one, other) in enumerate(zip(given, read, strict=True)):
            yield from _missing(one, other, f"{where}[{at}]")
