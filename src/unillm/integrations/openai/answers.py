"""Answers that may be gone on from by their id, as the Responses API has it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from unillm._wire.serve.asked import Asked
from unillm.types.messages import Message
from unillm.types.response import ChatResponse

KEPT = 1024
"""How many answers are kept, those of the last use; each with the conversation before it."""


class Answers:
    """Keep the conversation up to and with each answer. Safe to share between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        """Start empty."""
        self._kept = kept
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[Message, ...]] = OrderedDict()

    def keep(self, asked: Asked, name: str, response: ChatResponse) -> None:
        """Keep an answer, unless the request says that it shall not be stored."""
        if not asked.stores:
            return
        with self._lock:
            self._found[name] = (*asked.conversation, response.message)
            self._found.move_to_end(name)
            while len(self._found) > self._kept:
                self._found.popitem(last=False)

    def before(self, name: str) -> tuple[Message, ...] | None:
        """Return the conversation up to and with an answer, or None if it is not kept."""
        with self._lock:
            found = self._found.get(name)
            if found is not None:
                self._found.move_to_end(name)
        return found
