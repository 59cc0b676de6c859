"""How much may be looked into before a repair is given up."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from unillm.errors import UnrepairableError
from unillm.types.dataclass import dataclass

_TIMES = 64
_LEAST = 20_000


@dataclass(slots=True)
class Work:
    """Characters that may still be read: a fixed number for each one there is.

    Attributes:
        length: Characters of the text.
        root: The whole schema, which references point into.
        lossy: Whether what loses data may be done.
    """

    length: int
    root: Any
    lossy: bool = False
    left: int = field(init=False)

    def __post_init__(self) -> None:
        """Start with all of it."""
        self.left = self.length * _TIMES + _LEAST

    def spend(self, characters: int) -> None:
        """Count characters that are read once more.

        Raises:
            UnrepairableError: That was too many.
        """
        self.left -= characters + 64
        if self.left < 0:
            raise UnrepairableError("there are too many ways to read it")
