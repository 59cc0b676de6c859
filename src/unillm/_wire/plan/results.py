"""Images and files in the results of tools, for interfaces that take only text there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unillm._wire.plan.features import kind_of
from unillm.types.edits import Note
from unillm.types.messages import Message, ToolMessage, UserMessage
from unillm.types.parts import Content, Part, TextPart
from unillm.types.request import ChatRequest


def plain_results(request: ChatRequest, notes: list[Note]) -> ChatRequest:
    """Return the request with what is not text moved out of the results of tools.

    A line in the result says so, and one message of the user's after all results of the same
    answer holds what was moved, in order, each with the call it belongs to.
    """
    messages = tuple(_moved(request.messages))
    message = "images or files in the result of a tool were sent in a user message after it"
    notes.append(Note("tool_image_moved", message))
    return replace(request, messages=messages)


def _moved(messages: tuple[Message, ...]) -> Iterator[Message]:
    moved: list[Part] = []
    count = 0
    for message in messages:
        if not isinstance(message, ToolMessage):
            if moved:
                yield UserMessage(tuple(moved))
                moved, count = [], 0
            yield message
            continue
        kept: list[Part] = []
        for part in _parts(message.content):
            kind = kind_of(part)
            if kind is None:
                kept.append(part)
                continue
            count += 1
            kept.append(TextPart(f"[{kind} {count} is in the user message after the results]"))
            moved.append(
                TextPart(f"[{kind} {count}, from the result of call {message.tool_call_id}]")
            )
            moved.append(part)
        yield replace(message, content=tuple(kept)) if kept else message
    if moved:
        yield UserMessage(tuple(moved))


def _parts(content: Content) -> tuple[Part, ...]:
    return () if isinstance(content, str) else content
