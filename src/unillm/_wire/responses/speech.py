"""Texts of several items and parts, given out as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from heapq import heappop, heappush

from unillm._wire.assemble import Assembler
from unillm._wire.responses.entry import Entry
from unillm._wire.responses.part import Part
from unillm._wire.spoken import BETWEEN
from unillm.types.dataclass import dataclass


@dataclass(frozen=True, slots=True, order=True)
class _Waiting:
    """A part that may only be told when those before it are."""

    order: int
    number: int
    entry: Entry = field(compare=False)
    part: Part = field(compare=False)


class Channel:
    """Give out texts one after the other, in the order of their items.

    The API may tell of two items in turns. What comes of a text before the one before it has
    ended waits for that end.
    """

    def __init__(self, say: Callable[[Entry, int, str], None]) -> None:
        """Start silent.

        Args:
            say: Takes what is given out: the item, the number of its part, and more of its text.
        """
        self._say = say
        self._speaking: Part | None = None
        self._waiting: list[_Waiting] = []

    def add(self, entry: Entry, number: int, part: Part, piece: str) -> None:
        """Take more of a text."""
        if self._speaking is None:
            self._speaking = part
        if part is self._speaking:
            self._say(entry, number, piece)
            return
        if not part.waiting:
            heappush(self._waiting, _Waiting(entry.order, number, entry, part))
        part.waiting.append(piece)

    def end(self, part: Part) -> None:
        """Take the end of a text."""
        if part is self._speaking:
            self._speaking = None
            self._next()

    def end_all(self) -> None:
        """Give out all that waits: nothing more comes."""
        while self._waiting:
            self._give(heappop(self._waiting))
        self._speaking = None

    def _next(self) -> None:
        """Let the next text speak, and those after it that have ended already."""
        while self._waiting and self._speaking is None:
            first = heappop(self._waiting)
            self._give(first)
            if not first.part.closed:
                self._speaking = first.part

    def _give(self, waiting: _Waiting) -> None:
        self._say(waiting.entry, waiting.number, "".join(waiting.part.waiting))
        waiting.part.waiting.clear()


class Speech:
    """The visible answer out of several messages.

    What a model says on its way (``phase`` is ``commentary``) is not its answer: it waits until
    that begins, and then stays in the native items alone. Where a call comes after it, or there is
    no answer, it is what the model said, and is given out.
    """

    def __init__(self, answer: Assembler) -> None:
        """Start silent."""
        self._answer = answer
        self.last: Entry | None = None
        """The message that spoke last, or in which the text was cut."""
        self._held: list[tuple[Entry, str]] = []
        self._answered = False
        self.left_out = False
        """Whether commentary was left out because there is an answer."""

    def add(self, entry: Entry, text: str) -> None:
        """Take more of what a message says."""
        if entry.phase == "commentary":
            self._held.append((entry, text))
        else:
            if self._held or not self._answered:
                self.begin(entry)
            self._give(entry, text)

    def begin(self, entry: Entry) -> None:
        """Take the beginning of a message."""
        if entry.phase != "commentary":
            self._answered = True
            self._leave_out()

    def release(self) -> None:
        """Give out the commentary that waits: a call follows it, and no answer."""
        for entry, text in self._held:
            self._give(entry, text)
        self._held.clear()

    def end(self) -> None:
        """Take the end: commentary is given out where there is no answer."""
        if self._answered:
            self._leave_out()
        self.release()

    def _leave_out(self) -> None:
        self.left_out = self.left_out or bool(self._held)
        self._held.clear()

    def _give(self, entry: Entry, text: str) -> None:
        if self.last not in {None, entry}:
            text = BETWEEN + text
        if not self._answer.is_cut:
            self.last = entry
        self._answer.text(text)
