"""Least busy: whoever has the most room left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from unillm.routing.figures import names_of
from unillm.types.dataclass import dataclass
from unillm.types.health import FRESH, Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest


@dataclass(frozen=True, slots=True)
class LeastBusy:
    """Rank candidates by how much of their room is taken: attempts under way ÷ attempts allowed.

    Where a target has no known limit, it is taken to have the largest of the others'; where nobody
    has one, the attempts under way are counted. Equals change places at random.
    """

    name: ClassVar[str] = "least_busy"

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        taken = shares([stats.get(name, FRESH) for name in names])
        count = len(names)
        begin = int(request.draws[0] * count)
        places = [(begin + at) % count for at in range(count)]
        order = sorted(places, key=taken.__getitem__)
        return Ranked(tuple([names[at] for at in order]), dict(zip(names, taken, strict=True)))


def shares(stats: Sequence[Stats]) -> list[float]:
    """Return how much of its room each target has taken; 1 is all of it.

    Where no limit is known of any, it is the number of attempts under way.
    """
    limits = [one.limit for one in stats if one.limit is not None]
    if not limits:
        return [float(one.in_flight) if one.in_flight > 0 else 0.0 for one in stats]
    largest = max(limits)
    found: list[float] = []
    for one in stats:
        limit = largest if one.limit is None else one.limit
        found.append(max(one.in_flight, 0) / limit if limit > 0 else math.inf)
    return found
