"""A conversation as DSPy's engines are handed it, as unillm's messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dspy import lm15

import unillm
from unillm.integrations.dspy.contents import content, refused
from unillm.types.json import JsonObject
from unillm.types.parts import Content

CONTINUED = ("unillm", "message")
"""Provider and kind of what is kept of an answer beside its parts."""


def messages(request: lm15.Request) -> list[unillm.Message]:
    """Return the messages of a request, its system prompt first.

    Raises:
        UnsupportedFeatureError: A part has no place in a request to a model.
    """
    made: list[unillm.Message] = []
    if request.system is not None:
        system = request.system
        text = system if isinstance(system, str) else content(system, "system")
        made.append(unillm.SystemMessage(text))
    for at, message in enumerate(request.messages):
        made.extend(_of(message, f"messages[{at}]"))
    return made


def _of(message: lm15.Message, where: str) -> Iterator[unillm.Message]:
    match message.role:
        case "user":
            yield unillm.UserMessage(content(message.parts, where))
        case "developer":
            yield unillm.SystemMessage(content(message.parts, where), role="developer")
        case "assistant":
            yield _answer(message, where)
        case "tool":
            for part in message.parts_of(lm15.ToolResultPart):
                given = content(part.content, f"{where}.parts")
                told = _marked(given) if part.is_error else given
                yield unillm.ToolMessage(part.id, told, name=part.name)


def _answer(message: lm15.Message, where: str) -> unillm.AssistantMessage:
    """Return an answer as it goes back: its reasoning too, which some hosts refuse to miss."""
    said = message.parts_of(lm15.TextPart) + message.parts_of(lm15.DataPart)
    thought = message.parts_of(lm15.ThinkingPart)
    declined = message.parts_of(lm15.RefusalPart)
    calls = message.parts_of(lm15.ToolCallPart)
    _require_known(message, where)
    made = unillm.AssistantMessage(
        content(said, where) if any(part != lm15.TextPart("") for part in said) else None,
        reasoning="".join(part.text for part in thought) if thought else None,
        tool_calls=tuple(unillm.ToolCall(part.id, part.name, part.input) for part in calls),
        refusal="".join(part.text for part in declined) if declined else None,
    )
    for state in message.continuation:
        if (state.provider, state.kind) == CONTINUED:
            return _with(made, state.data)
    return made


def _with(message: unillm.AssistantMessage, kept: JsonObject) -> unillm.AssistantMessage:
    read = unillm.AssistantMessage.from_dict(kept)
    return replace(
        message, reasoning_field=read.reasoning_field, native=read.native, extra=read.extra
    )


def _require_known(message: lm15.Message, where: str) -> None:
    # Citations are about the text and no part of what a model reads; images that a model made go
    # back in the host's own form, which is kept beside the parts.
    known = (lm15.TextPart, lm15.DataPart, lm15.ThinkingPart, lm15.RefusalPart, lm15.ToolCallPart)
    quiet = (lm15.CitationPart, lm15.ImagePart)
    for at, part in enumerate(message.parts):
        if not isinstance(part, known + quiet):
            raise refused(f"{where}.parts[{at}]", f"a part of type {part.type!r}")


def _marked(given: Content) -> Content:
    """Mark a result as an error, as DSPy's own engines do: protocols have no field for it."""
    if isinstance(given, str):
        return f"[error] {given}"
    return (unillm.TextPart("[error]"), *given)
