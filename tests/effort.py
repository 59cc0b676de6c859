"""How much the tests look at: while one works a part of it is enough, with CI=true it is all."""

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

ALL = os.environ.get("CI") == "true"
T = TypeVar("T")


def share(count: int) -> int:
    """Return how many examples to try of a number of them."""
    return count if ALL else count * 2 // 5


def part(items: Sequence[T]) -> Sequence[T]:
    """Return what to try of some things: all, or every second."""
    return items if ALL else items[::2]


def cuts(body: bytes) -> Iterable[int]:
    """Give the places where bytes are cut in two: all, or those at line ends and every fifth.

    Within a line one place is much like the next.
    """
    if ALL:
        return range(1, len(body))
    ends = [at for at in range(len(body)) if body[at] in b"\r\n"]
    near = {place for at in ends for place in range(at - 1, at + 3)}
    return sorted({*range(1, len(body), 5), *near} & {*range(1, len(body))})
