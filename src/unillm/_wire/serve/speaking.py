"""Events of an answer written as somebody who speaks a protocol of the field reads them."""

from __future__ import annotations

from typing import Protocol

from unillm._wire.serve.asked import Asked
from unillm._wire.serve.chat_reply import ChatReply
from unillm._wire.serve.messages_reply import MessagesReply
from unillm._wire.serve.responses_reply import ResponsesReply
from unillm.errors import UnillmError
from unillm.types.events import Event
from unillm.types.json import JsonObject
from unillm.types.response import ChatResponse


class Reply(Protocol):
    """Writes one answer. A call is written when it is complete and valid, never before."""

    id: str
    """The id that the answer has."""

    def begin(self, so_far: ChatResponse | None) -> bytes:
        """Return what a stream begins with; the id, and whose answer it is, as far as is known."""
        ...

    def feed(self, event: Event) -> bytes:
        """Return what an event adds to a stream; nothing, for some.

        Raises:
            IncompleteStreamError: The answer began anew, and does not say what was told of it.
        """
        ...

    def fail(self, error: UnillmError) -> bytes:
        """Return what a stream that has begun ends with where it failed; nothing follows it."""
        ...

    def whole(self, response: ChatResponse) -> JsonObject:
        """Return the body of an answer that is not streamed."""
        ...


def reply_to(asked: Asked, name: str) -> Reply:
    """Return what writes the answer to a request.

    Args:
        asked: The request.
        name: What is unlike in each answer's id, where the provider gives none.
    """
    if asked.face == "messages":
        return MessagesReply(asked, name)
    return ChatReply(asked, name) if asked.face == "chat" else ResponsesReply(asked, name)
