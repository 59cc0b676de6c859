"""More random numbers out of one that was drawn: the same one gives the same numbers."""

from __future__ import annotations

_GAMMA = 0x9E3779B97F4A7C15  # SplitMix64: https://doi.org/10.1145/2714064.2660195
_MASK = (1 << 64) - 1


def spread(draw: float, count: int) -> list[float]:
    """Return numbers above 0 and up to 1, as random as the draw is.

    Args:
        draw: A number from 0 to 1.
        count: How many to return.
    """
    state = int(draw * (1 << 53)) * _GAMMA
    numbers: list[float] = []
    for at in range(1, count + 1):
        mixed = (state + at * _GAMMA * 3) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        numbers.append((((mixed ^ (mixed >> 31)) >> 11) + 1) / (1 << 53))
    return numbers


def two_of(draw: float, count: int) -> tuple[int, int]:
    """Return two different places out of at least two, each pair as likely as any other.

    Args:
        draw: A number from 0 to 1.
        count: How many places there are.
    """
    whole = min(draw, 1.0) * count
    first = min(int(whole), count - 1)
    second = min(int((whole - first) * (count - 1)), count - 2)
    return first, second + (second >= first)
