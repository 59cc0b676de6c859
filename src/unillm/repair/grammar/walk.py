"""One reading of a text in the making: where it is, what is open, what was changed."""

from __future__ import annotations

from typing import Literal, NoReturn, TypeAlias

from unillm.repair.changes import Change
from unillm.repair.grammar.shapes import Shape
from unillm.types.edits import EditKind

Place: TypeAlias = Literal["value", "key", "item", "after", "done"]
"""What may come next: a value after its key, a member, an item, what follows a value, nothing."""

Role: TypeAlias = Literal["key", "value", "item", "top"]
"""What a string is."""


class DeadError(Exception):
    """This reading goes no further."""

    def __init__(self, reason: str, position: int) -> None:
        """Keep why and where."""
        super().__init__(reason)
        self.reason = reason
        self.position = position


class Frame:
    """An object or array that is open."""

    __slots__ = ("close", "commas", "is_object", "keys", "name", "opened", "shape")

    def __init__(self, *, is_object: bool, close: str, opened: int, name: str | None) -> None:
        """Open one.

        Args:
            is_object: Whether it is an object.
            close: What closes it.
            opened: Where it was opened.
            name: The key it stands under; None in an array or at the top.
        """
        self.is_object = is_object
        self.close = close
        self.opened = opened
        self.name = name
        self.keys: dict[str, None] = {}
        self.commas = 0
        self.shape: Shape | None = None

    def copy(self) -> Frame:
        """Return one that goes its own way from here."""
        twin = Frame(is_object=self.is_object, close=self.close, opened=self.opened, name=self.name)
        twin.keys = dict(self.keys)
        twin.commas, twin.shape = self.commas, self.shape
        return twin


class Walk:
    """One reading: a place in the text, what is open there, and the changes so far."""

    __slots__ = (
        "budget",
        "changes",
        "comma",
        "complete",
        "end",
        "frames",
        "guided",
        "lossy",
        "place",
        "pos",
        "shape",
        "start",
        "string_at",
        "text",
        "token_end",
        "whole_end",
    )

    def __init__(self, text: str, start: int, end: int, shape: Shape, *, budget: Budget) -> None:
        """Begin before a value at `start`."""
        self.text = text
        self.pos = self.start = start
        self.end = end
        self.shape = shape
        self.budget = budget
        self.complete: bool | None = None
        self.lossy = False
        """Whether a member without a value is left out."""
        self.guided = False
        """Whether the end of a string had to be found by what follows it."""
        self.frames: list[Frame] = []
        self.changes: list[Change] = []
        self.place: Place = "value"
        self.token_end = start
        self.whole_end = start
        """Where the last value ended, or the last object or array was opened."""
        self.comma = -1
        """Where the comma is that was read last, if nothing came after it."""
        self.string_at = -1
        """Where the last value began if it was a string that may have ended too early."""

    def copy(self) -> Walk:
        """Return a reading that goes its own way from here."""
        twin = Walk(self.text, self.start, self.end, self.shape, budget=self.budget)
        twin.pos, twin.lossy, twin.whole_end = self.pos, self.lossy, self.whole_end
        twin.complete, twin.guided = self.complete, self.guided
        twin.frames = [frame.copy() for frame in self.frames]
        twin.changes = list(self.changes)
        twin.place, twin.token_end = self.place, self.token_end
        twin.comma, twin.string_at = self.comma, self.string_at
        return twin

    def change(
        self, start: int, end: int, after: str, rule: str, kind: EditKind = "syntax"
    ) -> None:
        """Replace a part of the text; what was changed behind it keeps its place."""
        changes = self.changes
        at = len(changes)
        while at and changes[at - 1].start > start:
            at -= 1
        changes.insert(at, Change(start, end, after, rule, kind))

    def dead(self, reason: str, position: int | None = None) -> NoReturn:
        """Give this reading up.

        Raises:
            DeadError: Always.
        """
        raise DeadError(reason, self.pos if position is None else position)

    def open(self, frame: Frame) -> None:
        """Go into an object or array."""
        if len(self.frames) >= self.budget.depth:
            self.dead("nested too deeply")
        self.frames.append(frame)
        self.place = "key" if frame.is_object else "item"
        self.whole_end = self.pos
        self.comma = self.string_at = -1

    def closed(self, at: int) -> None:
        """Leave the innermost object or array, whose end is at `at`."""
        self.frames.pop()
        self.ended(at)

    def ended(self, at: int) -> None:
        """Take note that a value has ended."""
        self.pos = self.token_end = self.whole_end = at
        self.comma = self.string_at = -1
        self.place = "after" if self.frames else "done"

    def name(self) -> str | None:
        """Return the key whose value comes next, if one does."""
        top = self.frames[-1] if self.frames else None
        return next(reversed(top.keys), None) if top and top.is_object else None

    def shape_of(self, frame: Frame) -> Shape:
        """Return what the schema says of an open object or array."""
        if frame.shape is None:
            at = self.frames.index(frame)
            above = self.shape_of(self.frames[at - 1]) if at else None
            frame.shape = self.shape if above is None else above.below(frame.name)
        return frame.shape

    def value_shape(self) -> Shape:
        """Return what the schema says of the value that comes next."""
        if not self.frames:
            return self.shape
        return self.shape_of(self.frames[-1]).below(self.name())


class Budget:
    """How much work all readings of a text together may cost."""

    __slots__ = ("branches", "depth", "forks", "scanned")

    def __init__(self, size: int, depth: int) -> None:
        """Allow work in proportion to the size of the text."""
        self.branches = 24
        self.forks = 0
        self.scanned = 12 * size + 20_000
        self.depth = depth

    def scan(self, size: int, position: int) -> None:
        """Spend the looking ahead over so many characters.

        Raises:
            DeadError: Too much has been spent.
        """
        self.scanned -= size
        if self.scanned < 0:
            raise DeadError("too much of the text is broken", position)

    def branch(self) -> bool:
        """Tell whether another reading may be tried, and count it."""
        self.branches -= 1
        return self.branches >= 0
