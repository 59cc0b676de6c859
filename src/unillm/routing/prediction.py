"""How long answers will take, told from how long they took."""

from __future__ import annotations

import math
from collections.abc import Sequence

from unillm.types.health import Stats


def known(measured: float | None) -> float | None:
    """Return a measure that can be relied on: finite, and not negative; None: there is none."""
    return measured if measured is not None and 0.0 <= measured < math.inf else None


def typical_tokens(stats: Sequence[Stats]) -> float:
    """Return how many tokens answers have on average over targets; 0: nobody knows."""
    lengths = [length for one in stats if (length := known(one.output_tokens)) is not None]
    return sum(lengths) / len(lengths) if lengths else 0.0


def times(stats: Sequence[Stats], output_tokens: float | None = None) -> list[float | None]:
    """Return how long each target is likely to take to answer, in seconds; None: never measured.

    Args:
        stats: How the targets stand.
        output_tokens: How long the answer will be; 0: only its first token counts; None: as long
            as each target's answers are, where that is not known as all the others' on average.
    """
    typical: float | None = None
    found: list[float | None] = []
    for one in stats:
        seconds, each, length = one.first_token, one.per_token, one.output_tokens
        # Comparisons, not calls: this is done for each target of each call.
        if seconds is None or not 0.0 <= seconds < math.inf:
            found.append(None)
            continue
        if each is not None and 0.0 <= each < math.inf:
            if output_tokens is not None:
                length = output_tokens
            elif length is None or not 0.0 <= length < math.inf:
                typical = typical_tokens(stats) if typical is None else typical
                length = typical
            seconds += each * length
        found.append(seconds)
    return found
