"""What calls come to, added up one after the other: no sum is reckoned anew from its parts."""

from __future__ import annotations

from dataclasses import field
from decimal import Decimal
from typing import TypeAlias, get_args

from unillm.types.dataclass import dataclass
from unillm.types.money import amount, span
from unillm.types.price import Price
from unillm.types.usage import (
    EXACT,
    UNSENT,
    Cost,
    CostKind,
    CostLine,
    CostState,
    Usage,
    highest,
    known,
    lowest,
    same_price,
    total_usage,
)

_ZERO = Decimal(0)
_STATES: tuple[CostState, ...] = get_args(CostState)
_SAID: dict[CostState, str] = {
    "unknown": "what {} calls cost is not known",
    "bounded": "only bounds are known of what {} calls cost",
    "estimated": "what {} calls cost is an estimate",
}

_Key: TypeAlias = tuple[CostKind, Decimal | None, str]
_Line: TypeAlias = tuple[Decimal, int | None, int | None]
"""US dollars, tokens, and those of them spent thinking."""
_NO_LINE: _Line = (_ZERO, None, None)


@dataclass(slots=True)
class Sum:
    """What was added so far. It holds as much as there are different prices, not calls.

    Attributes:
        count: How many calls were counted.
        usage: Their tokens; None: none was reported.
        costs: How many costs were counted.
    """

    count: int = 0
    usage: Usage | None = None
    costs: int = 0
    _first: Cost | None = None
    _total: Decimal | None = _ZERO
    _low: Decimal | None = None
    _high: Decimal | None = _ZERO
    _price: Price | None = None
    _doubts: dict[CostState, tuple[int, str]] = field(
        default_factory=dict[CostState, tuple[int, str]]
    )
    _lines: dict[_Key, _Line] = field(default_factory=dict[_Key, _Line])

    def copy(self) -> Sum:
        """Return another one that begins with what this one holds."""
        return Sum(
            self.count,
            self.usage,
            self.costs,
            self._first,
            self._total,
            self._low,
            self._high,
            self._price,
            dict(self._doubts),
            dict(self._lines),
        )

    def add(self, usage: Usage | None, cost: Cost | None) -> None:
        """Count one call.

        Args:
            usage: Its tokens; None: not reported.
            cost: What it cost; None: nothing, for nothing was sent.
        """
        self.count += 1
        if usage is not None:
            self.usage = usage if self.usage is None else total_usage((self.usage, usage))
        if cost is not None:
            self._add(cost)

    def _add(self, cost: Cost) -> None:
        self.costs += 1
        if self.costs == 1:
            self._first, self._price = cost, cost.price
        else:
            self._price = same_price(self._price, cost.price)
        self._total = _plus(self._total, cost.total)
        self._high = _plus(self._high, highest(cost))
        low = lowest(cost)
        if low is not None:
            self._low = _plus(_ZERO if self._low is None else self._low, low)
        if cost.state != "exact":
            number, reason = self._doubts.get(cost.state, (0, ""))
            self._doubts[cost.state] = (number + 1, reason or cost.reason)
        for line in cost.lines:
            self._add_line(line)

    def _add_line(self, line: CostLine) -> None:
        key = (line.kind, line.per_million, line.tier)
        usd, tokens, thought = self._lines.get(key, _NO_LINE)
        self._lines[key] = (
            EXACT.add(usd, line.usd),
            known(tokens, line.tokens),
            known(thought, line.reasoning_tokens),
        )

    def cost(self) -> Cost:
        """Return what all of it cost, no surer than the least sure part; of nothing, exactly 0.

        Lines of the same kind, price and tier are one. ``reason`` counts what is not exact, and
        has the first reason for it.
        """
        if self._first is None:
            return UNSENT
        if self.costs == 1:
            return self._first
        plain = self._total is not None and self._low == self._high == self._total
        return Cost(
            total=self._total,
            low=None if plain else self._low,
            high=None if plain else self._high,
            state=self._state(),
            lines=() if self._total is None else tuple(self._told_lines()),
            price=self._price,
            reason="; ".join(self._told_doubts()),
        )

    def _state(self) -> CostState:
        return max(self._doubts, key=_STATES.index) if self._doubts else "exact"

    def _told_lines(self) -> list[CostLine]:
        return [
            CostLine(
                kind=kind,
                usd=usd,
                tokens=tokens,
                per_million=per_million,
                reasoning_tokens=thought,
                tier=tier,
            )
            for (kind, per_million, tier), (usd, tokens, thought) in self._lines.items()
        ]

    def _told_doubts(self) -> list[str]:
        said: list[str] = []
        for state, words in _SAID.items():
            if state in self._doubts:
                number, reason = self._doubts[state]
                whole = words.format(f"{number:,} of {self.costs:,}")
                said.append(f"{whole}, for one: {reason}" if reason else whole)
        return said


def between(low: Decimal | None, high: Decimal | None) -> str:
    """Return what lies between two amounts, as a person reads it; None: an end is not known."""
    if low is None or high is None:
        known = f"at least {amount(low)}" if low else "unknown"
        return known if high is None else f"at most {amount(high)}"
    return amount(low) if low == high else span(low, high)


def shown(cost: Cost) -> str:
    """Return what something cost, as a person reads it, and whether that is an estimate."""
    if cost.total is None:
        return between(cost.low, cost.high)
    return f"{amount(cost.total)}{' (estimated)' if cost.state == 'estimated' else ''}"


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else EXACT.add(one, other)
