"""Fastest: the better of two, by how long an answer there is likely to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from unillm.routing.chance import two_of
from unillm.routing.figures import amount, names_of
from unillm.routing.prediction import times
from unillm.types.dataclass import dataclass
from unillm.types.health import FRESH, Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest


@dataclass(frozen=True, slots=True)
class Fastest:
    """Rank the faster of two candidates, picked at random, first; the others by their times.

    The score is the expected seconds: (time to the first token + time per token x tokens of an
    answer) x (attempts under way + 1), from means that rise at once and fall slowly. The best of
    all is not asked by everybody: while figures are stale, no target gets more than its share of
    the pairs, 2 ÷ n. One that was never measured wins its pair as long as nothing is under way
    there, so that it gets measured.

    Attributes:
        output_tokens: How long answers will be; 0: only the first token counts; None: as long as
            each target's answers are.

    Raises:
        InvalidRequestError: ``output_tokens`` is no finite number of 0 or more.
    """

    name: ClassVar[str] = "fastest"

    output_tokens: float | None = None

    def __post_init__(self) -> None:
        """Look at the number."""
        if self.output_tokens is not None:
            amount("output_tokens", self.output_tokens)

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        standing = [stats.get(name, FRESH) for name in names]
        measured = times(standing, self.output_tokens)
        # Of one under way that has not been measured: as good as the best, but no better.
        best = min((time for time in measured if time is not None), default=0.0)
        order: list[tuple[float, int, int]] = []
        for at, time in enumerate(measured):
            under_way = standing[at].in_flight
            expected = (best if time is None else time) * (under_way + 1)
            if time is None and under_way <= 0:
                expected = 0.0
            order.append((expected, under_way, at))
        pair = two_of(request.draws[0], len(names)) if len(names) > 1 else (0,) * len(names)
        # Of two that are equal the one drawn first, not the one written first.
        first = min(pair, key=lambda at: order[at][:2], default=None)
        scores = {names[at]: order[at][0] for at, time in enumerate(measured) if time is not None}
        places = [at for _, _, at in sorted(order)]
        if first is not None:
            places.remove(first)
            places.insert(0, first)
        reasons = {name: "not measured yet" for name in names if name not in scores}
        return Ranked(tuple([names[at] for at in places]), scores, reasons)
