"""What a call needs of whoever answers it: enough to choose again, and nothing of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from unillm._wire.plan.features import kind_of
from unillm.ledger import clean
from unillm.types.json import JsonObject, is_list, is_mapping
from unillm.types.messages import AssistantMessage, SystemMessage, ToolMessage
from unillm.types.parts import TextPart
from unillm.types.tools import CHOICES

if TYPE_CHECKING:
    from unillm.types.messages import Message
    from unillm.types.parts import Part
    from unillm.types.request import ChatRequest

_VALUES = frozenset(
    (
        *("max_tokens", "temperature", "top_p", "seed", "frequency_penalty", "presence_penalty"),
        *("logprobs", "top_logprobs", "parallel_tool_calls", "reasoning_effort", "verbosity"),
        *("service_tier", "store"),
    )
)
"""Settings whose value is kept: numbers, flags, and words of a few. Of others, that they were."""

_SEPARATE = frozenset({"tool_choice", "response_format"})
_FEW = 32
"""How many names are kept of what a caller may name at will."""


def needs_of(request: ChatRequest) -> JsonObject:
    """Return what a request needs, as plain values; it is made on the caller's path."""
    found: JsonObject = {"messages": len(request.messages)}
    _add_messages(request.messages, found)
    if request.tools:
        found["tools"] = len(request.tools)
        if any(tool.strict for tool in request.tools):
            found["strict_tools"] = True
    if request.hosted_tools:
        found["hosted_tools"] = [str(tool.get("type")) for tool in request.hosted_tools]
    if request.settings:
        _add_settings(request.settings, found)
    if request.extra_body:
        found["extra"] = list(request.extra_body)
    return found


def written(needs: JsonObject | None) -> str | None:
    """Return needs as the ledger has them; None: it was no chat."""
    if needs is None:
        return None
    return clean.written(_kept(needs))


def _add_messages(messages: Sequence[Message], found: JsonObject) -> None:
    characters = 0
    parts: dict[str, int] = {}
    for message in messages:
        content = message.content
        if isinstance(content, str):
            characters += len(content)
        elif content is not None:
            characters += _add_parts(message, content, parts)
    found["characters"] = characters
    if parts:
        found["parts"] = parts
    last = messages[-1] if messages else None
    if isinstance(last, AssistantMessage) and last.extra.get("prefix"):
        found["prefix"] = True


def _add_parts(message: Message, content: Sequence[Part], parts: dict[str, int]) -> int:
    """Count what is not text, by where it stands, and return how many characters the text has."""
    characters = 0
    for part in content:
        if isinstance(part, TextPart):
            characters += len(part.text)
            continue
        kind = kind_of(part)
        if kind is None:
            kind = "raw"
        elif isinstance(message, AssistantMessage):
            kind = f"made_{kind}"
        elif isinstance(message, ToolMessage):
            kind = f"tool_{kind}"
        elif isinstance(message, SystemMessage):
            kind = f"system_{kind}"
        parts[kind] = parts.get(kind, 0) + 1
    return characters


def _add_settings(settings: JsonObject, found: JsonObject) -> None:
    values = {name: value for name, value in settings.items() if name in _VALUES}
    if values:
        found["settings"] = values
    others = [name for name in settings if name not in _VALUES and name not in _SEPARATE]
    if others:
        found["asks"] = others
    choice: Any = settings.get("tool_choice")
    if choice is not None:
        is_word = isinstance(choice, str) and choice in CHOICES
        found["tool_choice"] = choice if is_word else "function"
    form: Any = settings.get("response_format")
    if is_mapping(form):
        found["format"] = str(form.get("type"))


def _kept(value: Any) -> Any:
    """Return a value as it is kept: words cut, and no more than some of them."""
    if is_mapping(value):
        return {clean.text(name): _kept(inner) for name, inner in islice(value.items(), _FEW)}
    if is_list(value):
        return [_kept(inner) for inner in value[:_FEW]]
    if isinstance(value, float):
        return clean.seconds(value)  # JSON has no infinity
    return value if isinstance(value, bool | int) or value is None else clean.text(value)
