"""Fallback: in the order in which they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from unillm.routing.figures import names_of
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest


@dataclass(frozen=True, slots=True)
class Fallback:
    """Rank candidates in the order of the route: the next is for when the one before fails."""

    name: ClassVar[str] = "fallback"

    def __call__(
        self,
        _request: RouteRequest,
        candidates: Sequence[Candidate],
        _stats: Mapping[str, Stats],
    ) -> Ranked:
        """Rank the candidates.

        Raises:
            InvalidRequestError: Two of them have the same name.
        """
        return Ranked(names_of(candidates))


fallback = Fallback()
