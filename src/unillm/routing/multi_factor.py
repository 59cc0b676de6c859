"""Multi-factor: quality, cost, latency and load weighed against each other, within ceilings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Literal, TypeAlias, get_args

from unillm.errors import InvalidRequestError, NoTargetError
from unillm.routing.cheapest import by_cost
from unillm.routing.figures import amount, dollars, money_counts, names_of, net, quality_of
from unillm.routing.least_busy import shares
from unillm.routing.prediction import times
from unillm.types.health import FRESH, Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest

OnNone: TypeAlias = Literal["cheapest", "first", "fail"]
"""What to do when no candidate is within the ceilings: the cheapest first; the order of the route;
or no call."""

_WEIGHTS = ("quality", "cost", "latency", "load")
_CEILINGS = ("max_first_token", "max_cost", "max_in_flight")


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiFactor:
    """Rank candidates by a weighted sum of four figures, each from 0 (worst) to 1 (best of them).

    Figures are spread over the candidates that are within the ceilings: the best has 1, the worst
    0. Who is beyond one comes after them. An unknown quality or cost counts as the worst, and an
    unknown cost is not within ``max_cost``; an unknown time counts as the best and is within
    ``max_first_token``, else nobody would ever measure it. With ``willingness_to_pay`` quality and
    cost are one figure, quality minus cost ÷ willingness to pay, with both their weights.

    Attributes:
        quality: The weight of the route's ``quality``.
        cost: The weight of what the call is expected to cost.
        latency: The weight of how long the answer is likely to take.
        load: The weight of how much of the target's room is taken.
        max_first_token: Seconds to the first token.
        max_cost: US dollars that the call may be expected to cost.
        max_in_flight: How many attempts may be under way.
        on_none: What to do when nobody is within the ceilings.

    Raises:
        InvalidRequestError: A figure is not finite or negative, all weights are 0, or ``on_none``
            is none of the three.
    """

    name: ClassVar[str] = "multi_factor"

    quality: float = 1.0
    cost: float = 1.0
    latency: float = 1.0
    load: float = 1.0
    max_first_token: float | None = None
    max_cost: float | None = None
    max_in_flight: float | None = None
    on_none: OnNone = "cheapest"

    def __post_init__(self) -> None:
        """Look at what was given."""
        for one in fields(self):
            given = getattr(self, one.name)
            if one.name in _WEIGHTS or (one.name in _CEILINGS and given is not None):
                amount(one.name, given)
        if not any(getattr(self, name) for name in _WEIGHTS):
            raise InvalidRequestError(f"one of {', '.join(_WEIGHTS)} must weigh more than 0")
        if self.on_none not in get_args(OnNone):
            choices = ", ".join(get_args(OnNone))
            raise InvalidRequestError(f"on_none must be one of {choices}, not {self.on_none!r}")

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
            NoTargetError: Nobody is within the ceilings, and ``on_none`` is ``fail``.
        """
        names = names_of(candidates)
        standing = [stats.get(name, FRESH) for name in names]
        costs = [None if (usd := dollars(one)) is None else float(usd) for one in candidates]
        beyond: dict[str, str] = {}
        within: list[int] = []
        for at, name in enumerate(names):
            why = self._beyond(standing[at], costs[at])
            if why is None:
                within.append(at)
            else:
                beyond[name] = why
        if not within and names:
            return self._nobody(candidates, beyond)
        values = self._values(
            [candidates[at] for at in within],
            [costs[at] for at in within],
            [standing[at] for at in within],
            money_counts(request),
        )
        scores = {names[at]: value for at, value in zip(within, values, strict=True)}
        best = sorted(scores, key=lambda name: -scores[name])
        others = by_cost([one for one in candidates if one.name in beyond])
        return Ranked((*best, *[one.name for one in others]), scores, beyond, sticks=False)

    def _beyond(self, stats: Stats, usd: float | None) -> str | None:
        """Return which ceiling a candidate is beyond."""
        first = stats.first_token
        if (
            self.max_first_token is not None
            and first is not None
            and self.max_first_token < first < math.inf
        ):
            return f"first token after {first:.2f} s, more than {self.max_first_token:g} s"
        if self.max_cost is not None:
            if usd is None:
                return "no price is known"
            if usd > self.max_cost:
                return f"about ${usd:.6f}, more than ${self.max_cost:g}"
        if self.max_in_flight is not None and stats.in_flight >= self.max_in_flight:
            return f"{stats.in_flight} attempts under way"
        return None

    def _nobody(self, candidates: Sequence[Candidate], beyond: Mapping[str, str]) -> Ranked:
        if self.on_none == "fail":
            why = "; ".join(f"{name}: {reason}" for name, reason in beyond.items())
            raise NoTargetError(f"no target is within the ceilings: {why}")
        ordered = candidates if self.on_none == "first" else by_cost(candidates)
        return Ranked(tuple([one.name for one in ordered]), {}, beyond, sticks=False)

    def _values(
        self,
        within: Sequence[Candidate],
        costs: Sequence[float | None],
        standing: Sequence[Stats],
        worth: float | None,
    ) -> list[float]:
        """Return the weighted sums of candidates, each from 0 to 1."""
        seconds = times(standing)
        best = min([one for one in seconds if one is not None], default=0.0)
        qualities = [quality_of(one) for one in within]
        parts = [
            (self.latency, _spread([-(best if one is None else one) for one in seconds])),
            (self.load, _spread([-taken for taken in shares(standing)])),
        ]
        if worth is None or not any(one is not None for one in qualities):
            parts.append((self.quality, _spread(qualities)))
            parts.append((self.cost, _spread([None if usd is None else -usd for usd in costs])))
        else:
            left = [
                None if quality is None or usd is None else net(quality, usd, worth)
                for quality, usd in zip(qualities, costs, strict=True)
            ]
            parts.append((self.quality + self.cost, _spread(left)))
        whole = sum([weight for weight, _ in parts])
        totals = [0.0] * len(within)
        for weight, values in parts:
            share = weight / whole
            totals = [total + share * value for total, value in zip(totals, values, strict=True)]
        return totals


def _spread(values: Sequence[float | None]) -> list[float]:
    """Return values from 0 for the least to 1 for the largest; what is not known has 0."""
    finite = [one for one in values if one is not None and -math.inf < one < math.inf]
    if not finite:
        return [0.0] * len(values)
    least, width = min(finite), max(finite) - min(finite)
    if len(finite) == len(values):
        return [(one - least) / width for one in finite] if width else [1.0] * len(finite)
    return [
        0.0
        if one is None or not -math.inf < one < math.inf
        else ((one - least) / width if width else 1.0)
        for one in values
    ]
