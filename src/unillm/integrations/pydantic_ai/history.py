"""pydantic-ai's messages as unillm's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic_ai import messages as theirs
from pydantic_ai.exceptions import UserError

from unillm import (
    AssistantMessage,
    ImagePart,
    Message,
    Native,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from unillm.integrations.pydantic_ai.content import content_of
from unillm.types.json import is_mapping
from unillm.types.parts import Content, Part


async def messages_of(
    history: Sequence[theirs.ModelMessage], instructions: Sequence[theirs.InstructionPart]
) -> list[Message]:
    """Return a conversation; instructions stand behind the system prompts it begins with.

    Raises:
        UserError: There is a part that no model of this kind is sent.
    """
    made: list[Message] = []
    for message in history:
        if isinstance(message, theirs.ModelResponse):
            answer = answer_of(message)
            made += [] if answer is None else [answer]
        else:
            made += [part async for part in _request(message)]
    first = next((i for i, m in enumerate(made) if m.role != "system"), len(made))
    made[first:first] = [SystemMessage(part.content) for part in instructions]
    return made


async def _request(message: theirs.ModelRequest) -> AsyncIterator[Message]:
    """Yield what a request says; files that tools gave come behind all results."""
    files: list[theirs.UserContent] = []
    for part in message.parts:
        match part:
            case theirs.SystemPromptPart():
                yield SystemMessage(part.content)
            case theirs.UserPromptPart():
                yield UserMessage(await content_of(part.content))
            case theirs.ToolReturnPart():
                text, found = part.model_response_str_and_user_content()
                files += found
                yield ToolMessage(part.tool_call_id, text, name=part.tool_name)
            case _:
                kind = type(part).__name__
                raise UserError(
                    f"UnillmModel cannot send a {kind}: have the history prepared by "
                    "`model.prepare_messages(…)`, as an agent does"
                )
    if files:
        yield UserMessage(await content_of(files))


def answer_of(message: theirs.ModelResponse) -> AssistantMessage | None:
    """Return what a model said; None: nothing that a model is told again."""
    kept = _kept(message)
    texts: list[str] = []
    thoughts: list[str] = []
    images: list[Part] = []
    calls: list[ToolCall] = []
    for part in message.parts:
        match part:
            case theirs.TextPart() if part.content:
                texts.append(part.content)
            case theirs.ThinkingPart() if part.content:
                thoughts.append(part.content)
            case theirs.ToolCallPart():
                calls.append(_call(part))
            case theirs.FilePart() if part.content.is_image:
                images.append(ImagePart.from_bytes(part.content.data, part.content.media_type))
            case _:  # what a host ran itself is in `native`; other files and summaries stay here
                pass
    if not (texts or thoughts or images or calls):
        return None
    native = kept.get("native")
    return AssistantMessage(
        _content(texts, images),
        reasoning="\n\n".join(thoughts) or None,
        reasoning_field=kept.get("reasoning_field"),
        tool_calls=tuple(calls),
        native=None if native is None else Native.from_dict(native),
        extra=kept.get("extra") or {},
    )


def _content(texts: list[str], images: list[Part]) -> Content | None:
    text = "\n\n".join(texts)
    if images:
        return (*([TextPart(text)] if text else []), *images)
    return text or None


def _call(part: theirs.ToolCallPart) -> ToolCall:
    """Return a call; one whose arguments are no JSON tells what they were, as JSON."""
    arguments = part.args_as_dict()
    sound = isinstance(part.args, str) and part.args and "INVALID_JSON" not in arguments
    raw = part.args if sound and isinstance(part.args, str) else ""
    return ToolCall(part.tool_call_id, part.tool_name, arguments, raw=raw)


def _kept(message: theirs.ModelResponse) -> dict[str, Any]:
    """Return what `details_of` kept for another turn, of an answer that unillm gave."""
    kept: Any = (message.provider_details or {}).get("unillm")
    return dict(kept) if is_mapping(kept) else {}
