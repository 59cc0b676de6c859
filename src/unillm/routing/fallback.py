"""Fallback: in the order in which they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest


def fallback(
    _request: RouteRequest, candidates: Sequence[Candidate], _stats: Mapping[str, Stats]
) -> Ranked:
    """Rank candidates in the order of the route."""
    return Ranked(tuple(candidate.name for candidate in candidates))
