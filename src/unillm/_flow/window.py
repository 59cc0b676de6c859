"""Which of many rows are taken, begun and handed out: in order, and never too many at a time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

AHEAD = 2
"""Times the concurrency: rows that may be out while the one to hand out next is done. They wait for
whoever reads, and are not asked much ahead of him."""

BEHIND = 16
"""Times the concurrency: rows that may be out while the one to hand out next is being asked. A slow
answer does not keep those behind it from being asked; what they came to is held until then."""


class Placed(Protocol):
    """A row that is out: it has a place, and a moment before which it is not begun."""

    @property
    def index(self) -> int:
        """Return its place among the rows, from 0."""
        ...

    @property
    def not_before(self) -> float:
        """Return the moment before which it is not begun."""
        ...


J = TypeVar("J", bound=Placed)
R = TypeVar("R")


class Window(Generic[J, R]):
    """The rows that were taken and not yet handed out.

    Attributes:
        taken: How many rows were taken from the input.
        handed: How many were handed out.
    """

    def __init__(self, concurrency: int) -> None:
        """Begin with none."""
        self.taken = 0
        self.handed = 0
        self._concurrency = concurrency
        self._waiting: deque[J] = deque()
        self._done: dict[int, R] = {}

    @property
    def waiting(self) -> int:
        """Return how many rows wait to be begun."""
        return len(self._waiting)

    def has_room(self) -> bool:
        """Tell whether another row may be taken."""
        if len(self._waiting) >= self._concurrency:
            return False
        times = AHEAD if self.handed in self._done else BEHIND
        return self.taken - self.handed < times * self._concurrency

    def place(self) -> int:
        """Count one more row that is taken, and return its place."""
        self.taken += 1
        return self.taken - 1

    def add(self, job: J) -> None:
        """Let a row wait to be begun."""
        self._waiting.append(job)

    def add_again(self, job: J) -> None:
        """Let a row that was begun wait again: it comes before those behind it."""
        place = sum(one.index < job.index for one in self._waiting)
        self._waiting.insert(place, job)

    def begin(self, now: float, wait: Callable[[J], float]) -> J | float:
        """Return the first row that may begin, or the seconds until one may.

        Args:
            now: The moment.
            wait: Tells how long a row has to wait for reasons of others.
        """
        soonest = math.inf
        for place, job in enumerate(self._waiting):
            seconds = max(job.not_before - now, wait(job))
            if seconds <= 0:
                del self._waiting[place]
                return job
            soonest = min(soonest, seconds)
        return soonest

    def put(self, index: int, result: R) -> None:
        """Keep what a row came to until it is its turn."""
        self._done[index] = result

    def pop(self) -> R | None:
        """Return what the next row in order came to, or None if that is not there yet."""
        result = self._done.pop(self.handed, None)
        if result is not None:
            self.handed += 1
        return result
