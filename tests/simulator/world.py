"""A world with a clock of its own: what is due happens in order, and takes no time."""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest import mock

from unillm._flow.effects import Instant
from unillm._io import clock

UNIX = 1_790_000_000.0
"""When it begins, in seconds since 1970."""


@dataclass
class World:
    """A clock, chance, and what is due.

    Attributes:
        seed: What its chance begins with: the same one gives the same world.
        now: The moment, in seconds.
    """

    seed: int
    now: float = 1000.0
    _due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list[Any])
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        """Draw from the seed."""
        self.chance = random.Random(self.seed)
        self.drawn = random.Random(self.seed + 1)
        """What flows draw from: how often they do changes nothing of the world."""

    def at(self, moment: float, do: Callable[[], None]) -> None:
        """Have something done at a moment; what is due at the same one, in the order of asking."""
        heapq.heappush(self._due, (max(moment, self.now), next(self._numbers), do))

    def run(self) -> None:
        """Let everything happen that is due, and what comes of it."""
        with self._clock():
            while self._due:
                self.now, _, do = heapq.heappop(self._due)
                do()

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Have the drivers' clock tell this world's time, and their chance be its."""
        with mock.patch.multiple(
            clock,
            now=self._instant,
            monotonic=lambda: self.now,
            draw=self.drawn.random,
            unique=lambda: f"{next(self._numbers):032x}",
        ):
            yield

    def _instant(self) -> Instant:
        return Instant(self.now, UNIX + self.now)
