"""What messages were written as, kept for when they are sent again.

An agent sends the same messages turn after turn. One that the caller gave as a message, and of
which nothing can have changed since, is not written twice. The bytes go with their messages, and
of all there are no more than `_SHELVES` times `_SHELF`: the oldest are forgotten first.
"""

from __future__ import annotations

from collections import deque
from typing import Any
from weakref import ref

from unillm.types.messages import TEXT, AssistantMessage, Message, remember, sent_as
from unillm.types.parts import RawPart

_SHELF = 64 * 1024
"""Bytes on a shelf, and with it of a message: writing a longer one costs little beside sending."""
_SHELVES = 512
"""Shelves that are kept: of 32 MB together at most."""


class _Shelf(dict[int, bytes]):
    """Bytes of messages that were written one after the other."""

    __slots__ = ("__weakref__", "room")

    def __init__(self) -> None:
        self.room = _SHELF


_kept: deque[ref[_Shelf]] = deque()
"""The shelves, the oldest first. They live as long as one of their messages does."""


def found(sent: tuple[Any, ...], form: str) -> bytes | None:
    """Return what a message was written as; None: not in this form, or that is forgotten.

    Args:
        sent: What is remembered of it.
        form: What else than the message decides on how it is written.
    """
    known, shelf, place = sent
    text: bytes | None = shelf.get(place) if known == form else None
    return text


class Keeping:
    """Keeps what the messages of one request are written as, if they may be sent again."""

    __slots__ = ("_shelf",)

    def __init__(self) -> None:
        """Have no shelf until one is needed."""
        self._shelf: _Shelf | None = None

    def keep(self, message: Message, form: str, text: bytes) -> None:
        """Keep what a message that is fixed was written as; one just made may never come again."""
        if len(text) > _SHELF or sent_as(message) is TEXT:
            return
        shelf = self._shelf
        if shelf is None or shelf.room < len(text):
            shelf = self._shelf = _placed(_Shelf())
        place = len(shelf)
        shelf[place] = text
        shelf.room -= len(text)
        remember(message, (form, shelf, place))


def _placed(shelf: _Shelf) -> _Shelf:
    """Return a new shelf; if there are too many, the oldest is emptied."""
    _kept.append(ref(shelf))
    while len(_kept) > _SHELVES:
        oldest = _kept.popleft()()
        if oldest is not None:
            oldest.clear()
    return shelf


def is_fixed(message: Message) -> bool:
    """Tell whether nothing in a message but texts is written: dicts and lists may be changed."""
    content = message.content
    if message.extra or (
        isinstance(content, tuple) and any(isinstance(part, RawPart) for part in content)
    ):
        return False
    calls = message.tool_calls if isinstance(message, AssistantMessage) else ()
    return not calls or all(call.raw and not call.repairs for call in calls)
