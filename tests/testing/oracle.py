"""What the package of OpenAI says of what the fake sends: types, and keys that it knows."""

from collections.abc import Iterator
from typing import Any

import pydantic
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

_BODY = pydantic.TypeAdapter(Response)
_EVENT: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(ResponseStreamEvent)
_CHAT = pydantic.TypeAdapter(ChatCompletion)
_CHUNK = pydantic.TypeAdapter(ChatCompletionChunk)


def complaints(data: Any) -> list[str]:
    """Say what is wrong with a body, an event or a chunk: a type, or a key nobody knows."""
    kind = data.get("object")
    adapter = {"response": _BODY, "chat.completion": _CHAT, "chat.completion.chunk": _CHUNK}
    try:
        value = adapter.get(kind, _EVENT).validate_python(data, strict=True)
    except pydantic.ValidationError as problem:
        return [str(problem)]
    return [*_unknown(value, type(value).__name__)]


def _unknown(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, pydantic.BaseModel):
        yield from (f"{where}.{name} is unknown" for name in value.model_extra or ())
        for name, inner in value:
            yield from _unknown(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _unknown(inner, f"{where}[{at}]")
