"""What a strategy is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.decision import (
    Decision as Decision,  # noqa: PLC0414 - found here too, beside what it is made of
)
from unillm.types.decision import Excluded as Excluded  # noqa: PLC0414 - as above
from unillm.types.empty import empty_dict
from unillm.types.health import Stats
from unillm.types.record import Scope
from unillm.types.request import ChatRequest
from unillm.types.target import Target

if TYPE_CHECKING:
    from unillm.types.response import ChatResponse

Verify: TypeAlias = "Callable[[ChatResponse], bool]"
"""Looks at a whole answer and says whether it will do. Plain, quick, and called in the flow."""


@dataclass(slots=True, unsafe_hash=True)  # not frozen: one for every target of every call
class ExpectedCost:
    """What a call is expected to cost at one target.

    Attributes:
        usd: US dollars; None: no price is known.
        input_tokens: Likely tokens of the prompt.
        cached_tokens: How many of them the target is expected to have in its cache.
        output_tokens: Expected tokens of the answer, reasoning included.
        reason: Where the figures come from.
    """

    usd: Decimal | None
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reason: str = ""


class RouteRequest:
    """A call, as strategies see it. What takes time to tell is told when it is first asked for."""

    __slots__ = ("_count", "_tokens", "draws", "request", "scope", "task", "willingness_to_pay")

    def __init__(
        self,
        request: ChatRequest,
        *,
        scope: Scope,
        count: Callable[[], int],
        draws: tuple[float, float] = (0.0, 0.0),
        task: str | None = None,
        willingness_to_pay: float | None = None,
    ) -> None:
        """Keep what is known.

        Args:
            request: What is asked.
            scope: What it is made for: tags, session, user, tasks.
            count: Counts the likely tokens of the prompt.
            draws: Two random numbers from 0 to 1.
            task: What kind of task it is, as the caller labels it (the tag ``task``).
            willingness_to_pay: US dollars that 1.0 of quality is worth; None: not said.
        """
        self.request = request
        self.scope = scope
        self.draws = draws
        self.task = task
        self.willingness_to_pay = willingness_to_pay
        self._count = count
        self._tokens: int | None = None

    @property
    def input_tokens(self) -> int:
        """Return the likely tokens of the prompt."""
        if self._tokens is None:
            self._tokens = self._count()
        return self._tokens


class Candidate:
    """One target of a route that may be asked; of a route within it, what that would choose.

    Attributes:
        name: What the route calls it: a model's name, or ``route:name``.
        target: Whom it means.
        quality: What quality the route expects of it, from 0 to 1; None: not said.
    """

    __slots__ = ("_about", "_cost", "_price", "name", "quality", "target")

    def __init__(
        self,
        name: str,
        target: Target,
        price: Callable[..., ExpectedCost],
        quality: float | None = None,
        about: tuple[Any, ...] = (),
    ) -> None:
        """Keep who it is.

        Args:
            name: What the route calls it.
            target: Whom it means.
            price: Tells what the call is expected to cost there.
            quality: What quality is expected of it.
            about: What ``price`` is given.
        """
        self.name = name
        self.target = target
        self.quality = quality
        self._price = price
        self._about = about
        self._cost: ExpectedCost | None = None

    @property
    def cost(self) -> ExpectedCost:
        """Return what the call is expected to cost there."""
        if self._cost is None:
            self._cost = self._price(*self._about)
        return self._cost

    def __repr__(self) -> str:
        """Show its name."""
        return f"Candidate({self.name!r})"


@dataclass(frozen=True, slots=True)
class Ranked:
    """The candidates of a route in the order in which they are to be asked.

    Attributes:
        order: Their names, each once, all of them.
        scores: What each was ranked by, in a unit of the strategy's own; may leave some out.
        reasons: Why each stands where it stands, in a few words; may leave some out.
        sticks: Whether whoever answered the session before goes first instead.
        verify: Looks at the answer of each but the last; where it says False, the next is asked.
        mirror: Names from the strategy's ``mirrors`` that get a copy of the call.
    """

    order: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=empty_dict)
    reasons: Mapping[str, str] = field(default_factory=empty_dict)
    _: KW_ONLY
    sticks: bool = True
    verify: Verify | None = None
    mirror: tuple[str, ...] = ()


Strategy: TypeAlias = Callable[[RouteRequest, Sequence[Candidate], Mapping[str, Stats]], Ranked]
"""Ranks the candidates: a pure function of the call, of them, and of how each fares (by name).

It may have an attribute ``mirrors``: names of models beside the route's targets, of which
`Ranked.mirror` may name some. What it raises ends the call.
"""
