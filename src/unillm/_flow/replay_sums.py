"""What calls cost together, and what answers were like, counted one call after another."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal

from unillm.types.dataclass import dataclass
from unillm.types.replay import PastCall, ReplayCost
from unillm.types.usage import EXACT, Cost, CostState, highest, lowest

_ZERO = Decimal(0)
_UNSURE: tuple[tuple[CostState, str], ...] = (
    ("unknown", "not known"),
    ("bounded", "known within bounds"),
)


@dataclass(slots=True)
class Sum:
    """Costs added up. None is added silently to what is surer than it."""

    calls: int = 0
    _total: Decimal = _ZERO
    _low: Decimal = _ZERO
    _high: Decimal = _ZERO
    _endless: int = 0
    _states: dict[CostState, int] = field(default_factory=dict[CostState, int])

    def add(self, cost: Cost) -> None:
        """Add one."""
        self.calls += 1
        self._states[cost.state] = self._states.get(cost.state, 0) + 1
        low, high = lowest(cost), highest(cost)
        if cost.total is not None:
            self._total = EXACT.add(self._total, cost.total)
        if low is not None:
            self._low = EXACT.add(self._low, low)
        if high is None:
            self._endless += 1
        else:
            self._high = EXACT.add(self._high, high)

    @property
    def found(self) -> ReplayCost:
        """Return the sum, and how many of it are how sure."""
        states = self._states
        return ReplayCost(
            cost=self._cost(),
            exact=states.get("exact", 0),
            estimated=states.get("estimated", 0),
            bounded=states.get("bounded", 0),
            unknown=states.get("unknown", 0),
        )

    def _cost(self) -> Cost:
        high = None if self._endless else self._high
        for state, what in _UNSURE:
            count = self._states.get(state, 0)
            if count:
                return Cost(low=self._low, high=high, state=state, reason=_of(count, what))
        count = self._states.get("estimated", 0)
        if not count:
            return Cost(total=self._total, state="exact")
        same = self._low == self._total == high
        bounds = (None, None) if same else (self._low, high)
        return Cost(
            total=self._total,
            low=bounds[0],
            high=bounds[1],
            state="estimated",
            reason=_of(count, "an estimate"),
        )


def _of(count: int, what: str) -> str:
    return f"of {count:,} call{'' if count == 1 else 's'} the cost is {what}"


@dataclass(slots=True)
class _Answers:
    """Answers of one kind, and their tokens."""

    count: int = 0
    output: int = 0
    prompts: int = 0
    """Tokens of prompts of which it was reported how many were cached."""
    cached: int = 0


@dataclass(slots=True)
class Learned:
    """What answers were like, by who gave them and for which task."""

    _known: dict[tuple[str, str | None], _Answers] = field(
        default_factory=dict[tuple[str, str | None], _Answers]
    )

    def add(self, call: PastCall, task: str | None) -> None:
        """Take note of one."""
        usage = call.usage
        if call.answered is None or usage is None:
            return
        key = call.answered, task
        of = self._known.get(key)
        if of is None:
            of = self._known[key] = _Answers()
        of.count += 1
        of.output += usage.output_tokens
        if usage.cached_input_tokens is not None:
            of.prompts += usage.input_tokens
            of.cached += usage.cached_input_tokens

    def output(self, target: str, task: str | None) -> int | None:
        """Return how many tokens answers of a target have for a task; None: there were none."""
        of = self._known.get((target, task))
        return None if of is None else -(-of.output // of.count)

    def cached(self, target: str, task: str | None) -> float | None:
        """Return which share of prompts a target had in its cache; None: that is not known."""
        of = self._known.get((target, task))
        return None if of is None or not of.prompts else of.cached / of.prompts
