"""Following every way a text can be read, and telling how many there are."""

from __future__ import annotations

from unillm.repair.changes import Change
from unillm.repair.grammar.steps import walk_on
from unillm.repair.grammar.strings import ForkError
from unillm.repair.grammar.walk import DeadError, Walk
from unillm.types.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text.

    Attributes:
        changes: What makes it JSON.
        end: Where the value ends.
        guided: Whether the end of a string had to be found by what follows it.
    """

    changes: list[Change]
    end: int
    guided: bool


class Walls:
    """What stopped the readings that failed; the furthest says most."""

    __slots__ = ("position", "reason", "walk")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.reason = "there is no JSON in it"
        self.position = -1
        self.walk: Walk | None = None

    def hit(self, error: DeadError, walk: Walk | None = None) -> None:
        """Remember the furthest."""
        if error.position >= self.position:
            self.reason, self.position = error.reason, error.position
            self.walk = walk or self.walk


def readings(walk: Walk, walls: Walls) -> list[Reading]:
    """Return the ways in which a value can be read from where a walk stands."""
    try:
        walk_on(walk)
    except DeadError as error:
        walls.hit(error, walk)
        return []
    except ForkError as fork:
        return _forked(walk, fork, walls)
    return [Reading(walk.changes, walk.pos, walk.guided)]


def _forked(walk: Walk, fork: ForkError, walls: Walls) -> list[Reading]:
    """Follow a way that leaves no doubt first; only if it leads nowhere, the others count."""
    found: list[Reading] = []
    for option in sorted(fork.options, key=lambda option: not option.sure):
        if not walk.budget.branch():
            walls.hit(DeadError("it can be read in too many ways", fork.position))
            return []
        twin = walk.copy()
        try:
            option.go(twin)
        except DeadError as error:
            walls.hit(error, twin)
            continue
        except ForkError as more:
            found += _forked(twin, more, walls)
        else:
            found += readings(twin, walls)
        if option.sure and found:
            break
    return found
