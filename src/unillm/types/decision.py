"""How a route chose, as it is told afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from unillm.types.dataclass import dataclass
from unillm.types.empty import empty_dict
from unillm.types.json import JsonRoundTrip


@dataclass(frozen=True, slots=True)
class Excluded(JsonRoundTrip):
    """A target that may not be asked, and why.

    Attributes:
        name: What the route calls it.
        by: What excludes it: ``constraint``, ``capability``, ``context``, ``budget``, ``health``,
            ``key``, ``provider`` (the client does not have it), or ``failure`` (of an earlier
            attempt of the same call).
        reason: Why, in a sentence without a full stop.
    """

    name: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(JsonRoundTrip):
    """How a route chose.

    Attributes:
        route: Its name; None: a model was named directly.
        strategy: The name of the strategy, for a function of your own its name.
        order: The names of those that may be asked, in order.
        excluded: Those that may not.
        scores: What each was ranked by.
        reasons: Why each stands where it stands.
        sticky: Who goes first because he answered the session before; None: nobody.
        mirror: Who got a copy of the call.
    """

    route: str | None
    strategy: str
    order: tuple[str, ...]
    excluded: tuple[Excluded, ...] = ()
    scores: Mapping[str, float] = field(default_factory=empty_dict)
    reasons: Mapping[str, str] = field(default_factory=empty_dict)
    sticky: str | None = None
    mirror: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return who chose, in which order, and who was left out and why, a line for each."""
        chose = "named directly" if self.route is None else f"route {self.route!r}"
        asked = ", ".join(self.order) or "nobody"
        kept = "" if self.sticky is None else f"; {self.sticky} answered this session before"
        out = "".join(f"\n- not {one.name}: {one.by}: {one.reason}" for one in self.excluded)
        return f"{chose}, ranked by {self.strategy}: {asked}{kept}{out}"

    @property
    def brief(self) -> str:
        """Return who chose, and whom first: ``fast (cheapest): deepseek:deepseek-v4-pro``."""
        first = self.order[0] if self.order else "nobody"
        return f"{self.route or 'named directly'} ({self.strategy}): {first}"
