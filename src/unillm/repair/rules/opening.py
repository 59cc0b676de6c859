"""Where a value may begin in a text, once what stands around it is taken away."""

from __future__ import annotations

from typing import NamedTuple

from unillm.repair.changes import Change
from unillm.repair.grammar.walk import Frame


class Opening(NamedTuple):
    """A place to read a value from.

    Attributes:
        before: Changes to what stands before it.
        start: Where it begins.
        end: Where it ends at the latest.
        frame: The object that is open already, if its brace is missing.
        behind: Changes to what stands after `end`.
    """

    before: tuple[Change, ...]
    start: int
    end: int
    frame: Frame | None = None
    behind: tuple[Change, ...] = ()


class Layer(NamedTuple):
    """A text within the text, to be read in its place."""

    start: int
    end: int
    inner: str
    rule: str
