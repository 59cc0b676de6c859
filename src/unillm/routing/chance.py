"""More random numbers out of one that was drawn: the same one gives the same numbers."""

from __future__ import annotations

_MULTIPLIER = (
    6364136223846793005  # Knuth's for 64 bits (MMIX), The Art of Computer Programming 3.3.4
)
_INCREMENT = 1442695040888963407
_ODD = 0x9E3779B97F4A7C15  # near draws begin far from each other
_MIXING = (
    0xBF58476D1CE4E5B9,
    0x94D049BB133111EB,
)  # as SplitMix64 ends: https://doi.org/10.1145/2714064.2660195
_MASK = (1 << 64) - 1


def spread(draw: float, count: int) -> list[float]:
    """Return numbers above 0 and up to 1, as random as the draw is.

    Args:
        draw: A number from 0 to 1.
        count: How many to return.
    """
    state = (int(draw * (1 << 53)) * _ODD) & _MASK
    for multiplier in _MIXING:  # draws at regular distances are as good as any
        state = ((state ^ (state >> 30)) * multiplier) & _MASK
    numbers: list[float] = []
    for _ in range(count):
        state = (state * _MULTIPLIER + _INCREMENT) & _MASK
        numbers.append(((state >> 11) + 1) * 2.0**-53)
    return numbers


def two_of(draw: float, count: int) -> tuple[int, int]:
    """Return two different places out of at least two, each pair as likely as any other.

    Args:
        draw: A number from 0 to 1.
        count: How many places there are.
    """
    whole = draw * count
    first = min(int(whole), count - 1)
    second = min(int((whole - first) * (count - 1)), count - 2)
    return first, second + (second >= first)
