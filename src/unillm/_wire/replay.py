"""The reasoning of earlier turns: which of it goes back, and what stands where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unillm.types.brief import brief
from unillm.types.edits import Note
from unillm.types.messages import AssistantMessage, Message, TextPart, UserMessage
from unillm.types.profile import Profile
from unillm.types.request import ChatRequest

_SHOWN = 60


def replayed(
    request: ChatRequest, profile: Profile, notes: list[Note], *, reasoning: bool | None
) -> ChatRequest:
    """Return the request with the reasoning its target reads, or demands, on earlier turns."""
    placeholder = profile.reasoning_placeholder
    if profile.reasoning_read == "always" and placeholder is None:
        return request
    if reasoning is not False and _has_tools(request):
        if placeholder is None:
            return request
        messages = list(_filled(request.messages, placeholder))
        count = sum(new is not old for new, old in zip(messages, request.messages, strict=True))
        if not count:
            return request
        notes.append(
            Note(
                "reasoning_placeholder",
                f"{profile.name} wants the reasoning of every turn back; {count} turn(s) have none "
                "and were sent with a line in its place",
            )
        )
        return replace(request, messages=tuple(messages))
    if profile.reasoning_read == "always":
        return request
    return replace(request, messages=tuple(_shortened(request.messages)))


def _has_tools(request: ChatRequest) -> bool:
    return bool(request.tools or request.hosted_tools) or any(
        message.tool_calls for message in request.messages if isinstance(message, AssistantMessage)
    )


def _filled(messages: tuple[Message, ...], placeholder: str) -> Iterator[Message]:
    last = messages[-1]
    for message in messages:
        has_none = isinstance(message, AssistantMessage) and not message.reasoning
        if has_none and not (message is last and message.extra.get("prefix")):
            yield replace(message, reasoning=placeholder.replace("{turn}", _turn(message)))
        else:
            yield message


def _turn(message: Message) -> str:
    """Return what a turn said or called, in short, so that no two turns are the same."""
    if isinstance(message, AssistantMessage) and message.tool_calls:
        return "; ".join(
            f"{call.name} {brief(call.raw, _SHOWN)} ({call.id})" for call in message.tool_calls
        )
    content = message.content or ""
    if not isinstance(content, str):
        content = " ".join(part.text for part in content if isinstance(part, TextPart))
    return brief(content, _SHOWN)


def _shortened(messages: tuple[Message, ...]) -> Iterator[Message]:
    """Leave reasoning out before the user's last message; what follows is one turn with it."""
    start = next(
        (at for at in range(len(messages) - 1, -1, -1) if isinstance(messages[at], UserMessage)), 0
    )
    for at, message in enumerate(messages):
        if at < start and isinstance(message, AssistantMessage) and message.reasoning:
            yield replace(message, reasoning=None)
        else:
            yield message
