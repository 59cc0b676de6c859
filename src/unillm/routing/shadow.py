"""Shadow: some calls go to another model as well, and nobody waits for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from unillm.errors import InvalidRequestError
from unillm.routing.fallback import fallback
from unillm.routing.figures import amount, names_in
from unillm.types.dataclass import dataclass
from unillm.types.health import Stats
from unillm.types.routing import Candidate, Ranked, RouteRequest, Strategy


@dataclass(frozen=True, slots=True)
class Shadow:
    """Rank as another strategy does, and send a copy of a share of the calls elsewhere.

    The copies' answers reach observers and the ledger, and are on the bill; the caller gets the
    answer he would have got.

    Attributes:
        mirrors: Names of the models that get copies. They need not be targets of the route.
        share: The share of calls that are copied, from 0 to 1; the second draw decides.
        strategy: What ranks the targets.

    Raises:
        InvalidRequestError: There is no mirror, or ``share`` or ``strategy`` is none.
    """

    name: ClassVar[str] = "shadow"

    mirrors: Sequence[str]
    share: float = 1.0
    strategy: Strategy = fallback

    def __post_init__(self) -> None:
        """Look at what was given."""
        inner = getattr(self.strategy, "mirrors", ())
        mirrors = (*names_in("mirrors", self.mirrors), *inner)
        object.__setattr__(self, "mirrors", tuple(dict.fromkeys(mirrors)))
        amount("share", self.share, most=1)
        strategy: Any = self.strategy
        if not callable(strategy):
            raise InvalidRequestError(
                f"Shadow(strategy=…) must be a strategy, such as "
                f"unillm.routing.strategy_from({strategy!r})"
            )

    @property
    def mentions(self) -> frozenset[str]:
        """Return the names of targets that the strategy within speaks of."""
        return frozenset(getattr(self.strategy, "mentions", ()))

    def __call__(
        self, request: RouteRequest, candidates: Sequence[Candidate], stats: Mapping[str, Stats]
    ) -> Ranked:
        """Rank the candidates; what the strategy within raises comes out."""
        ranked = self.strategy(request, candidates, stats)
        if request.draws[1] >= self.share and self.share < 1:
            return ranked
        inner: frozenset[str] = frozenset(getattr(self.strategy, "mirrors", ()))
        own = [name for name in self.mirrors if name not in inner]
        return Ranked(
            ranked.order,
            ranked.scores,
            ranked.reasons,
            sticks=ranked.sticks,
            verify=ranked.verify,
            mirror=tuple(dict.fromkeys((*own, *ranked.mirror))),
        )
