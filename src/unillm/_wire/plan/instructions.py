"""What is said to a model beside what the caller wrote."""

from __future__ import annotations

from dataclasses import replace

from unillm.types.messages import Message, SystemMessage
from unillm.types.parts import TextPart
from unillm.types.request import ChatRequest


def instructed(request: ChatRequest, text: str) -> ChatRequest:
    """Return the request with more instructions, after those that it begins with."""
    first, *others = request.messages
    if not isinstance(first, SystemMessage):
        return replace(request, messages=(SystemMessage(text), *request.messages))
    messages: tuple[Message, ...] = (_longer(first, text), *others)
    return replace(request, messages=messages)


def _longer(message: SystemMessage, text: str) -> SystemMessage:
    content = message.content
    if isinstance(content, str):
        return replace(message, content=f"{content}\n\n{text}" if content else text)
    return replace(message, content=(*content, TextPart(text)))
