"""Multi-factor: quality, cost, latency and load weighed against each other, within ceilings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import add
from typing import ClassVar, Literal, TypeAlias, get_args

from unillm.errors import InvalidRequestError, NoTargetError
from unillm.routing.cheapest import by_cost
from unillm.routing.figures import amount, costs_of, money_counts, names_of, net, qualities_of
from unillm.routing.least_busy import shares
from unillm.routing.prediction import times
from unillm.types.dataclass import dataclass
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
        costs = [None if usd is None else float(usd) for usd in costs_of(candidates)]
        beyond = self._beyond(names, standing, costs) if self.has_ceilings else {}
        if not beyond:
            totals = self._totals(candidates, costs, standing, money_counts(request))
            return Ranked(*_best_first(names, totals), sticks=False)
        if len(beyond) == len(names):
            return self._nobody(candidates, beyond)
        within = [at for at, name in enumerate(names) if name not in beyond]
        totals = self._totals(
            [candidates[at] for at in within],
            [costs[at] for at in within],
            [standing[at] for at in within],
            money_counts(request),
        )
        best, scores = _best_first([names[at] for at in within], totals)
        others = by_cost([one for one in candidates if one.name in beyond])
        return Ranked((*best, *[one.name for one in others]), scores, beyond, sticks=False)

    @property
    def has_ceilings(self) -> bool:
        """Tell whether there is anything a candidate could be beyond."""
        given = self.max_first_token, self.max_cost, self.max_in_flight
        return given != (None, None, None)

    def _beyond(
        self, names: Sequence[str], standing: Sequence[Stats], costs: Sequence[float | None]
    ) -> dict[str, str]:
        """Return who is beyond a ceiling, and which."""
        latest, dearest, most = self.max_first_token, self.max_cost, self.max_in_flight
        found: dict[str, str] = {}
        for name, stats, usd in zip(names, standing, costs, strict=True):
            first = stats.first_token
            if latest is not None and first is not None and latest < first < math.inf:
                found[name] = f"first token after {first:.2f} s, more than {latest:g} s"
            elif dearest is not None and usd is None:
                found[name] = "no price is known"
            elif dearest is not None and usd is not None and usd > dearest:
                found[name] = f"about ${usd:.6f}, more than ${dearest:g}"
            elif most is not None and stats.in_flight >= most:
                found[name] = f"{stats.in_flight} attempts under way"
        return found

    def _nobody(self, candidates: Sequence[Candidate], beyond: Mapping[str, str]) -> Ranked:
        if self.on_none == "fail":
            why = "; ".join(f"{name}: {reason}" for name, reason in beyond.items())
            raise NoTargetError(f"no target is within the ceilings: {why}")
        ordered = candidates if self.on_none == "first" else by_cost(candidates)
        return Ranked(tuple([one.name for one in ordered]), {}, beyond, sticks=False)

    def _totals(
        self,
        within: Sequence[Candidate],
        costs: Sequence[float | None],
        standing: Sequence[Stats],
        worth: float | None,
    ) -> list[float]:
        """Return the weighted sums of candidates, each from 0 to 1."""
        whole = self.quality + self.cost + self.latency + self.load
        seconds = times(standing)
        if None in seconds:  # it counts as the best
            best = min([one for one in seconds if one is not None], default=0.0)
            seconds = [best if one is None else one for one in seconds]
        latency = _spread(-self.latency / whole, seconds)
        load = _spread(-self.load / whole, shares(standing))
        qualities = qualities_of(within)
        if worth is None or qualities.count(None) == len(qualities):
            quality = _spread(self.quality / whole, qualities)
            cost = _spread(-self.cost / whole, costs)
        else:
            left = [
                None if quality is None or usd is None else net(quality, usd, worth)
                for quality, usd in zip(qualities, costs, strict=True)
            ]
            quality = _spread((self.quality + self.cost) / whole, left)
            cost = [0.0] * len(within)
        totals = latency
        for part in (load, quality, cost):
            totals = [*map(add, totals, part)]
        return totals


def _best_first(
    names: Sequence[str], totals: Sequence[float]
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Return names by their totals, the highest first, and these by name."""
    scores = dict(zip(names, totals, strict=True))
    return tuple(sorted(names, key=scores.__getitem__, reverse=True)), scores


def _spread(weight: float, values: Sequence[float | None]) -> list[float]:
    """Return values spread from 0 for the worst to the weight for the best.

    Args:
        weight: What the best has; below 0: the lowest value is the best.
        values: The values; one that is not known, or not finite, has 0.
    """
    known = [one for one in values if one is not None]
    if not math.isfinite(sum(known)):
        known = [one for one in known if math.isfinite(one)]
    if not known:
        return [0.0] * len(values)
    ordered = sorted(known)
    least, most = ordered[0], ordered[-1]
    worst, width = (least, most - least) if weight > 0 else (most, least - most)
    weight = abs(weight)
    if not width:  # all the same: each is the best
        worst, width = worst - 1.0, 1.0
    if len(known) == len(values):
        return [(one - worst) / width * weight for one in known]
    return [
        (one - worst) / width * weight if one is not None and math.isfinite(one) else 0.0
        for one in values
    ]
