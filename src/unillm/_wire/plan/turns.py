"""What the assistant said earlier, as an interface takes it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from unillm._wire.image import image_in
from unillm._wire.native import native_of
from unillm._wire.plan.features import kind_of
from unillm._wire.spoken import text_in, text_of
from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage, Message, Native
from unillm.types.parts import Part
from unillm.types.request import ChatRequest
from unillm.types.target import Target

_CHATS = frozenset(
    {
        "annotations",
        "audio",
        "function_call",
        "prefix",
        "reasoning",
        "reasoning_content",
        "reasoning_details",
    }
)
"""Fields of the assistant's messages that Chat Completions alone have: a history kept as dicts
holds them, most of them null. OpenAI's three are those of openai-python 3.57.0,
types/chat/chat_completion_message.py (read 2026-11-28)."""


def taken_back(request: ChatRequest, target: Target, api: Api, notes: list[Note]) -> ChatRequest:
    """Return the request without what cannot go back; what is left out is noted.

    An image in what the assistant said is taken back only as the item that it came as. OpenAI's
    Chat Completions answer 400 "Image URLs are only allowed for messages with role 'user'"
    (github.com/openai/openai-node/issues/1030, read 2026-11-28), and openai-python 3.57.0 knows
    only text and refusals there, over the Responses API too
    (types/chat/chat_completion_assistant_message_param.py, types/responses/
    response_output_message_param.py). Over the Responses API all goes as text, so everything else
    is left out, and so are the fields of Chat Completions.
    """
    if not any(_may_lose(message, api) for message in request.messages):
        return request
    parts: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    messages = tuple(
        _taken(message, target, api, parts, fields)
        if isinstance(message, AssistantMessage)
        else message
        for message in request.messages
    )
    if all(new is old for new, old in zip(messages, request.messages, strict=True)):
        return request
    notes += _notes(parts, fields, target)
    return replace(request, messages=messages)


def _may_lose(message: Message, api: Api) -> bool:
    """Tell what may have something that cannot go back: parts, or fields of another interface."""
    return message.role == "assistant" and (
        isinstance(message.content, tuple) or (api == "responses" and bool(message.extra))
    )


def _taken(
    message: AssistantMessage,
    target: Target,
    api: Api,
    parts: Counter[str],
    fields: Counter[str],
) -> AssistantMessage:
    content, extra = message.content, message.extra
    if isinstance(content, tuple):
        native = native_of(message, target, api)
        left_out = [part for part in content if not _goes_back(part, api, native)]
        parts.update(kind_of(part) or "unknown" for part in left_out)
        if left_out:
            # Where there is neither text nor a call, OpenAI wants an empty text.
            content = tuple(part for part in content if _goes_back(part, api, native)) or ""
    if extra and api == "responses":
        # A turn of calls alone has no item that a field could be in.
        placeless = bool(message.tool_calls) and not (text_of(content) or message.refusal)
        kept: JsonObject = {} if placeless else _kept(extra)
        fields.update(name for name, value in extra.items() if name not in kept and value)
        extra = extra if kept == extra else kept
    if content is message.content and extra is message.extra:
        return message
    return replace(message, content=content, extra=extra)


def _goes_back(part: Part, api: Api, native: Native | None) -> bool:
    if api == "chat":
        return not isinstance(part, ImagePart)
    if not isinstance(part, ImagePart):
        return text_in(part) is not None
    images = map(image_in, native.items if native is not None else ())
    return any(image is not None and image.url == part.url for image in images)


def _kept(extra: JsonObject) -> JsonObject:
    return {
        name: value for name, value in extra.items() if value is not None and name not in _CHATS
    }


def _notes(parts: Counter[str], fields: Iterable[str], target: Target) -> list[Note]:
    notes: list[Note] = []
    images = parts.pop("image", 0)
    if images:
        message = (
            f"{images} image(s) that the model made were not sent back to {target.provider}: it "
            "takes images from the user alone. To show one again, put response.images into a "
            "UserMessage"
        )
        notes.append(Note("image_left_out", message))
    if parts:
        kinds = ", ".join(sorted(parts))
        message = (
            f"{sum(parts.values())} part(s) of what the assistant said ({kinds}) were not sent to "
            f"{target.provider}: the Responses API takes only text back from it. Put them into a "
            "UserMessage"
        )
        notes.append(Note("part_left_out", message))
    names = ", ".join(sorted(fields))
    if names:
        message = (
            f"{names} of what the assistant said were not sent to {target.provider}: the Responses "
            "API has no place for them"
        )
        notes.append(Note("field_left_out", message))
    return notes
