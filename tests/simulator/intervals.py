"""How far a share that is counted may be from the true one, by chance."""

import math

SURE = 3.29
"""Standard deviations: beyond these, one in a thousand."""


def interval(hits: int, count: int, sure: float = SURE) -> tuple[float, float]:
    """Return between which shares the true one lies, by Wilson's score."""
    share, square = hits / count, sure * sure
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = sure * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    half /= 1 + square / count
    return middle - half, middle + half
