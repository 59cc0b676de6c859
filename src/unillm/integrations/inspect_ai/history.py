"""inspect_ai's messages as unillm's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    Content,
    ContentAudio,
    ContentDocument,
    ContentImage,
    ContentReasoning,
    ContentText,
)
from inspect_ai.tool import ToolCall as TheirCall

from unillm import (
    AssistantMessage,
    FilePart,
    ImagePart,
    Message,
    Native,
    RawPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UnsupportedFeatureError,
    UserMessage,
)
from unillm.types.json import is_mapping
from unillm.types.parts import Content as OurContent
from unillm.types.parts import Part


def messages_of(messages: Iterable[ChatMessage]) -> list[Message]:
    """Return a conversation.

    Raises:
        UnsupportedFeatureError: There is something in it that OpenAI's interfaces have no part for.
    """
    return [_message(message) for message in messages]


def _message(message: ChatMessage) -> Message:
    match message:
        case ChatMessageSystem():
            return SystemMessage(_content(message.content))
        case ChatMessageUser():
            return UserMessage(_content(message.content))
        case ChatMessageTool():
            return _result(message)
        case ChatMessageAssistant():
            return answer_of(message)


def _result(message: ChatMessageTool) -> ToolMessage:
    content = _content(message.content)
    if message.error is not None:
        content = f"Error: {message.error.message}"
    return ToolMessage(message.tool_call_id or "", content, name=message.function)


def answer_of(message: ChatMessageAssistant) -> AssistantMessage:
    """Return what a model said; what was kept of it by `output_of` as that model gave it."""
    kept = _kept(message)
    items = message.content_list
    thoughts = [c.reasoning for c in items if isinstance(c, ContentReasoning) and not c.redacted]
    refusals = [c.text for c in items if isinstance(c, ContentText) and c.refusal]
    said = [c for c in items if isinstance(c, ContentImage) or _is_said(c)]
    native = kept.get("native")
    return AssistantMessage(
        _content(said) or None,
        reasoning="\n\n".join(thoughts) or None,
        reasoning_field=kept.get("reasoning_field"),
        tool_calls=tuple(_call(call) for call in message.tool_calls or ()),
        refusal="\n\n".join(refusals) or None,
        native=None if native is None else Native.from_dict(native),
        extra=kept.get("extra") or {},
    )


def _is_said(content: Content) -> bool:
    return isinstance(content, ContentText) and bool(content.text) and not content.refusal


def _call(call: TheirCall) -> ToolCall:
    return ToolCall(call.id, call.function, call.arguments)


def _kept(message: ChatMessageAssistant) -> dict[str, Any]:
    kept: Any = (message.metadata or {}).get("unillm")
    return dict(kept) if is_mapping(kept) else {}


def _content(content: str | Iterable[Content]) -> OurContent:
    if isinstance(content, str):
        return content
    parts = tuple(_part(item) for item in content)
    if all(isinstance(part, TextPart) for part in parts) and len(parts) < 2:
        return "".join(part.text for part in parts if isinstance(part, TextPart))
    return parts


def _part(item: Content) -> Part:
    match item:
        case ContentText():
            return TextPart(item.text)
        case ContentImage():
            return ImagePart(item.image, detail=item.detail if item.detail != "auto" else None)
        case ContentDocument():
            return FilePart(item.document, filename=item.filename)
        case ContentAudio():
            data = item.audio.partition("base64,")[2]
            return RawPart(
                {"type": "input_audio", "input_audio": {"data": data, "format": item.format}}
            )
        case _:
            raise UnsupportedFeatureError(
                f"unillm cannot send {type(item).__name__}: OpenAI's interfaces have no part for it"
            )
