"""How long answers will take, told from how long they took."""

from __future__ import annotations

import math
from collections.abc import Sequence

from unillm.types.health import Stats


def known(seconds: float | None) -> float | None:
    """Return a measured time that can be relied on; None: there is none."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return None
    return seconds


def answer_seconds(stats: Stats, tokens: float | None) -> float | None:
    """Return how long an answer is likely to take; None: the target was never measured.

    Args:
        stats: How the target stands.
        tokens: How many tokens to reckon with where its own answers are not known.
    """
    first = known(stats.first_token)
    if first is None:
        return None
    each, length = known(stats.per_token), known(stats.output_tokens)
    length = tokens if length is None else length
    return first if each is None or length is None else first + each * length


def typical_tokens(stats: Sequence[Stats]) -> float | None:
    """Return how many tokens answers have on average over targets; None: nobody knows."""
    lengths = [length for one in stats if (length := known(one.output_tokens)) is not None]
    return sum(lengths) / len(lengths) if lengths else None


def times(stats: Sequence[Stats], output_tokens: float | None = None) -> list[float | None]:
    """Return how long each target is likely to take to answer, in seconds.

    Args:
        stats: How the targets stand.
        output_tokens: How long the answer will be; 0: only its first token counts; None: as long
            as each target's answers are.
    """
    if output_tokens == 0:
        return [known(one.first_token) for one in stats]
    if output_tokens is None:
        typical = typical_tokens(stats)
        return [answer_seconds(one, typical) for one in stats]
    found: list[float | None] = []
    for one in stats:
        first, each = known(one.first_token), known(one.per_token)
        found.append(None if first is None else first + (each or 0.0) * output_tokens)
    return found
