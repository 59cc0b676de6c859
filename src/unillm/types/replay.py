"""Past calls, and what another route would have made of them."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from decimal import Decimal

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonObject, JsonRoundTrip
from unillm.types.usage import Cost, CostState, Usage, highest, lowest


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call as a ledger has it, as far as one chooses by it.

    Attributes:
        operation: Its id.
        at: When it was made, in seconds since 1970.
        asked: Who was asked first, as ``provider:model``; None: nobody was.
        answered: Who answered in the end; None: nobody did.
        usage: Tokens of that answer, or of what was reported last; None: nothing was.
        cost: What all its attempts cost together.
        attempts: How many there were.
        route: The route that chose; None: a model was named.
        strategy: Its strategy.
        needs: What it needed of whoever answers; None: that was not recorded.
        shape: The same without its length, as text: equal for calls that need the same.
        tags: The caller's labels.
        session: The caller's id of the conversation.
        user: The caller's name of his user.
        run: The id of the run it was a turn of.
    """

    operation: str
    at: float
    asked: str | None
    answered: str | None
    usage: Usage | None
    cost: Cost
    attempts: int
    route: str | None = None
    strategy: str | None = None
    needs: JsonObject | None = None
    shape: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    session: str | None = None
    user: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCost(JsonRoundTrip):
    """What calls cost together, no surer than the least sure of them.

    Attributes:
        cost: The sum. Where the cost of some is not known, ``total`` is None and ``low`` is what
            is known; ``high`` is there if each has an upper bound.
        exact: How many calls have an exact cost.
        estimated: How many have an estimated one.
        bounded: How many have one with two bounds.
        unknown: How many have one that is not known.
    """

    cost: Cost
    exact: int = 0
    estimated: int = 0
    bounded: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow(JsonRoundTrip):
    """One target, before and after.

    Attributes:
        target: Who was asked, or would be, as ``provider:model``.
        calls_before: How many calls asked it first.
        calls_after: How many would.
        before: What the calls that asked it first cost, all their attempts together.
        after: What the calls that would ask it first would cost.
    """

    target: str
    calls_before: int
    calls_after: int
    before: ReplayCost
    after: ReplayCost


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySkip(JsonRoundTrip):
    """Calls that could not be decided again. They are in no other figure.

    Attributes:
        reason: Why not.
        calls: How many they are.
        cost: What they cost.
    """

    reason: str
    calls: int
    cost: ReplayCost


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayExclusion(JsonRoundTrip):
    """A target that could not have been asked, for some calls.

    Attributes:
        name: What the route calls it.
        by: What excludes it, as in `unillm.Excluded`.
        reason: Why, for the first of these calls.
        calls: How many they are.
    """

    name: str
    by: str
    reason: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay(JsonRoundTrip):
    """What a route would have cost on past calls, and how often it would have chosen otherwise.

    Attributes:
        route: Its name.
        since: From when on; None: from the beginning.
        until: Until when, which is not included; None: until now.
        calls: Calls of the period.
        decided: How many of them could be decided again; what follows is of these alone.
        changed: How many would have asked another target first.
        before: What they cost.
        after: What they would have cost.
        rows: The targets, those of most calls first.
        skipped: Calls that could not be decided again, by the reason.
        excluded: Targets that could not have been asked for some calls.
        assumptions: What is taken for granted, in sentences.
    """

    route: str
    since: datetime | None
    until: datetime | None
    calls: int
    decided: int
    changed: int
    before: ReplayCost
    after: ReplayCost
    rows: tuple[ReplayRow, ...] = field(repr=False)
    skipped: tuple[ReplaySkip, ...] = ()
    excluded: tuple[ReplayExclusion, ...] = field(default=(), repr=False)
    assumptions: tuple[str, ...] = field(default=(), repr=False)

    @property
    def share(self) -> float | None:
        """Return the share of calls that would have asked another target; None: there are none."""
        return self.changed / self.decided if self.decided else None

    @property
    def saved(self) -> Cost:
        """Return how much less it would have cost, with two bounds where either cost has them."""
        before, after = self.before.cost, self.after.cost
        low = _minus(lowest(before), highest(after))
        high = _minus(highest(before), lowest(after))
        if low is not None and low == high:
            sure = before.state == after.state == "exact"
            return Cost(total=low, state="exact" if sure else "estimated", reason=_GUESS)
        state: CostState = "unknown" if low is None or high is None else "bounded"
        return Cost(low=low, high=high, state=state, reason=_GUESS)


_GUESS = "other targets would have given other answers"


def _minus(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return None if first is None or second is None else first - second
