"""Answers that may be gone on from by their id, as the Responses API has it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from unillm._wire.serve.asked import Asked
from unillm.types.messages import Message
from unillm.types.response import ChatResponse

KEPT = 1024
"""How many answers are kept, those of the last use; each with the conversation before it."""
SIZE = 64 * 1024 * 1024
"""How many bytes they may have in all: of each its own request, and what it answered."""


class Answers:
    """Keep the conversation up to and with each answer. Safe to share between threads."""

    def __init__(self, kept: int = KEPT, size: int = SIZE) -> None:
        """Start empty.

        Args:
            kept: How many answers are kept.
            size: How many bytes they may have in all.
        """
        self._kept, self._room, self._size = kept, size, 0
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[tuple[Message, ...], int]] = OrderedDict()

    def keep(self, asked: Asked, name: str, response: ChatResponse) -> None:
        """Keep an answer, unless the request says that it shall not be stored."""
        if not asked.stores:
            return
        conversation = (*asked.conversation, response.message)
        # What came before is shared with the answer that is gone on from, but for who names it.
        size = asked.size + _size(response) + len(conversation) * _REFERENCE
        with self._lock:
            self._found[name] = (conversation, size)
            self._size += size
            while len(self._found) > self._kept or self._size > self._room:
                _, (_, left) = self._found.popitem(last=False)
                self._size -= left

    def before(self, name: str) -> tuple[Message, ...] | None:
        """Return the conversation up to and with an answer, or None if it is not kept."""
        with self._lock:
            if name not in self._found:
                return None
            self._found.move_to_end(name)
            return self._found[name][0]


_REFERENCE = 8


def _size(response: ChatResponse) -> int:
    """Return about how many bytes an answer has."""
    message = response.message
    texts = [response.text, message.reasoning or "", *(call.raw for call in message.tool_calls)]
    texts += [image.url for image in response.images]
    native = 0 if message.native is None else len(repr(message.native.items))
    return sum(map(len, texts)) + native
