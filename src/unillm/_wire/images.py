"""Images that a model made, in later requests over an interface that takes none from it."""

from __future__ import annotations

from dataclasses import replace

from unillm.types.edits import Note
from unillm.types.image import ImagePart
from unillm.types.messages import AssistantMessage, Message
from unillm.types.request import ChatRequest


def without_made(request: ChatRequest, notes: list[Note]) -> ChatRequest:
    """Return the request without images in what the model said; that some are left out is noted.

    OpenAI's Chat Completions answer 400 "Image URLs are only allowed for messages with role 'user'"
    (github.com/openai/openai-node/issues/1030, read 2026-11-28), and openai-python 3.54.0 knows
    only text and refusals there (chat/chat_completion_assistant_message_param.py).
    """
    messages = tuple(map(_without, request.messages))
    left_out = sum(
        len(old.content or ()) - len(new.content or ())
        for old, new in zip(request.messages, messages, strict=True)
        if new is not old
    )
    if not left_out:
        return request
    message = (
        f"{left_out} image(s) that the model made were not sent back to it: Chat Completions take "
        "images from the user alone. To show one again, put response.images into a UserMessage"
    )
    notes.append(Note("image_left_out", message))
    return replace(request, messages=messages)


def _without(message: Message) -> Message:
    if not isinstance(message, AssistantMessage) or not isinstance(message.content, tuple):
        return message
    kept = tuple(part for part in message.content if not isinstance(part, ImagePart))
    # Where there is neither text nor a call, OpenAI wants an empty text.
    return message if len(kept) == len(message.content) else replace(message, content=kept or "")
