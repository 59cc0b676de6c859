"""Weighted: each goes first as often as its weight says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar

from unillm.routing.chance import spread
from unillm.routing.figures import amounts, names_of
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest


@dataclass(frozen=True, slots=True)
class Weighted:
    """Rank candidates at random, so that each goes first as often as its share of the weights.

    Those behind are drawn in the same way from who is left, so a target that fails hands its
    calls to the others in proportion. The order is a function of the first draw alone.

    Attributes:
        weights: How often each goes first, by name, in any unit. One that is not named has 1; one
            with 0 is asked only after all the others.

    Raises:
        InvalidRequestError: A weight is no finite number of 0 or more.
    """

    name: ClassVar[str] = "weighted"

    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        """Look at the weights."""
        object.__setattr__(self, "weights", amounts("weights", self.weights))

    @property
    def mentions(self) -> frozenset[str]:
        """Return the names of targets that it speaks of."""
        return frozenset(self.weights)

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        weights = [self.weights.get(name, 1.0) for name in names]
        # Who waits least goes first, waiting times being exponential with the weights as rates:
        # that is drawing without putting back (Efraimidis and Spirakis, 2006).
        drawn = spread(request.draws[0], len(names))
        waits = [
            -math.log(number) / weight if weight else math.inf
            for number, weight in zip(drawn, weights, strict=True)
        ]
        order = sorted(range(len(names)), key=waits.__getitem__)
        return Ranked(
            tuple([names[at] for at in order]),
            dict(zip(names, weights, strict=True)),
        )
