"""Images that a model made, in later requests: only in a provider's own form do they go back."""

from __future__ import annotations

from dataclasses import replace

from unillm.types.edits import Note
from unillm.types.facts import Api
from unillm.types.image import ImagePart
from unillm.types.messages import AssistantMessage, Message
from unillm.types.request import ChatRequest
from unillm.types.target import Target


def without_made(request: ChatRequest, target: Target, api: Api, notes: list[Note]) -> ChatRequest:
    """Return the request without images that cannot go back; that some are left out is noted.

    An image in what the assistant said is taken back only as the item that it came as. OpenAI's
    Chat Completions answer 400 "Image URLs are only allowed for messages with role 'user'"
    (github.com/openai/openai-node/issues/1030, read 2026-11-28), and openai-python 3.57.0 knows
    only text and refusals there, over the Responses API too
    (types/chat/chat_completion_assistant_message_param.py, types/responses/
    response_output_message_param.py).
    """
    messages = tuple(
        message if _goes_back_whole(message, target, api) else _without(message)
        for message in request.messages
    )
    left_out = sum(
        len(old.content or ()) - len(new.content or ())
        for old, new in zip(request.messages, messages, strict=True)
        if new is not old
    )
    if not left_out:
        return request
    message = (
        f"{left_out} image(s) that the model made were not sent back to {target.provider}: it "
        "takes images from the user alone. To show one again, put response.images into a "
        "UserMessage"
    )
    notes.append(Note("image_left_out", message))
    return replace(request, messages=messages)


def _goes_back_whole(message: Message, target: Target, api: Api) -> bool:
    native = message.native if isinstance(message, AssistantMessage) else None
    return native is not None and (native.provider, native.api) == (target.provider, api)


def _without(message: Message) -> Message:
    if not isinstance(message, AssistantMessage) or not isinstance(message.content, tuple):
        return message
    kept = tuple(part for part in message.content if not isinstance(part, ImagePart))
    # Where there is neither text nor a call, OpenAI wants an empty text.
    return message if len(kept) == len(message.content) else replace(message, content=kept or "")
