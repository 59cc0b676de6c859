"""Cheapest: by what this very call is expected to cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from unillm.routing.figures import costs_of, money_counts, names_of, net, qualities_of
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest

_BY_NET, _BY_COST, _UNKNOWN = range(3)


@dataclass(frozen=True, slots=True)
class Cheapest:
    """Rank candidates by expected cost, the lowest first; with quality, by what it leaves.

    Where the route has ``willingness_to_pay`` and ``quality``, the score is quality minus cost ÷
    willingness to pay, highest first, and those without a quality come after those with one.
    Otherwise it is the cost in US dollars. Who has no known price comes last, in the order of the
    route: unknown is not free.
    """

    name: ClassVar[str] = "cheapest"

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        names = names_of(candidates)
        worth = money_counts(request)
        qualities = qualities_of(candidates)
        if qualities.count(None) == len(qualities):
            worth = None  # the cost alone counts
        scores: dict[str, float] = {}
        reasons: dict[str, str] = {}
        order: list[tuple[int, float, Decimal | float, int]] = []
        for at, usd in enumerate(costs_of(candidates)):
            name, quality = names[at], qualities[at]
            if usd is None:
                order.append((_UNKNOWN, 0.0, 0.0, at))
                reasons[name] = "no price is known"
            elif worth is None:
                score = scores[name] = float(usd)
                order.append((_BY_COST, score, usd, at))
            elif quality is not None:
                score = scores[name] = net(quality, float(usd), worth)
                order.append((_BY_NET, -score, usd, at))
            else:
                order.append((_BY_COST, float(usd), usd, at))
                reasons[name] = "no quality is given"
        order.sort()
        return Ranked(tuple([names[one[3]] for one in order]), scores, reasons, sticks=False)


def by_cost(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates with the lowest expected cost first, those without a known price last."""
    costs = [math.inf if usd is None else usd for usd in costs_of(candidates)]
    return [candidates[at] for at in sorted(range(len(costs)), key=costs.__getitem__)]
