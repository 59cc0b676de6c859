"""Tokens used, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, fields
from decimal import Context, Decimal
from functools import reduce
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias, get_args

from unillm.types.brief import absent
from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip
from unillm.types.late import LateLines
from unillm.types.money import amount, span
from unillm.types.price import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage(JsonRoundTrip):
    """Tokens as the provider counted them. Totals include their parts.

    Attributes:
        input_tokens: All tokens of the prompt, cached ones included.
        output_tokens: All tokens generated, reasoning included.
        cached_input_tokens: Part of the input served from the prompt cache; None: not reported.
        cache_write_tokens: Part of the input written to the cache; None: not reported.
        reasoning_tokens: Part of the output spent thinking; None: not reported.
    """

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def total_tokens(self) -> int:
        """Return input and output together."""
        return self.input_tokens + self.output_tokens

    if not TYPE_CHECKING:  # a checker is to refuse what is not there

        def __getattr__(self, name: str) -> NoReturn:
            """Say what a field of other SDKs is called here.

            Raises:
                AttributeError: Always.
            """
            raise AttributeError(absent(self, name, _ELSEWHERE))

    def __repr__(self) -> str:
        """Show what was reported, leaving out what was not."""
        shown = [
            f"{f.name}={v:,}" for f in fields(self) if (v := getattr(self, f.name)) is not None
        ]
        return f"Usage({', '.join(shown)})"


_ELSEWHERE = {
    "prompt_tokens": ".input_tokens",
    "completion_tokens": ".output_tokens",
    "cached_tokens": ".cached_input_tokens",
    "prompt_tokens_details": ".cached_input_tokens",
    "completion_tokens_details": ".reasoning_tokens",
}


CostState: TypeAlias = Literal["exact", "estimated", "bounded", "unknown"]
"""How sure a cost is, the surest first."""
_STATES: tuple[CostState, ...] = get_args(CostState)


CostKind: TypeAlias = Literal["input", "cached_input", "cache_write", "output", "gpu_time"]
"""What a line of a bill is for; ``input`` is what was neither cached nor written to the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine(JsonRoundTrip):
    """One line of a bill, in US dollars. The lines of a cost add up to its total.

    Attributes:
        kind: What it is for.
        usd: What it comes to, not rounded.
        tokens: How many tokens; None: it is for time.
        per_million: What a million of them cost in this call, in US dollars.
        reasoning_tokens: How many of them were spent thinking. They are paid as output, in this
            line; None: not reported, or not output.
        tier: Why they cost that and not the standard price, such as ``flex, over 272,000``.
    """

    kind: CostKind
    usd: Decimal
    tokens: int | None = None
    per_million: Decimal | None = None
    reasoning_tokens: int | None = None
    tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cost(LateLines, JsonRoundTrip):
    """What a call cost, in US dollars. Unknown is None, never zero.

    ``str(cost)`` is for people: ``$0.0123``, ``$0.0004-0.0120 (bounded: it was cancelled)``,
    ``unknown: no price of box:m is known``. Costs add up: ``one + other``, ``sum(costs)``.

    Attributes:
        total: The cost, or None if it is not known.
        low: A lower bound, if one is known; None with a total and no ``high``: the total.
        high: An upper bound, if one is known; None with a total and no ``low``: the total.
        state: ``exact``, ``estimated``, ``bounded`` or ``unknown``.
        lines: What the total is made of; empty where there is none.
        price: The row of the price book that it was reckoned with, and whose source stands for
            it. Where several may have held, the oldest.
        reason: Why the cost is not exact, or why nothing was billed: a sentence without its full
            stop. Else empty.
    """

    total: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    state: CostState = "unknown"
    lines: tuple[CostLine, ...] = field(  # pyright: ignore[reportIncompatibleMethodOverride] - it is that property's
        default=(), repr=False
    )
    price: Price | None = field(default=None, repr=False)
    reason: str = ""

    def __add__(self, other: Cost) -> Cost:
        """Return what both cost together, no surer than the less sure of them."""
        if not isinstance(other, Cost):  # pyright: ignore[reportUnnecessaryIsInstance] - as Python has it
            return NotImplemented
        return total_cost((self, other))

    def __radd__(self, other: Cost | Literal[0]) -> Cost:
        """Return the cost itself beside the 0 that `sum` begins with."""
        return self if other == 0 else NotImplemented

    def __str__(self) -> str:
        """Return the cost as a person reads it: the amount, and why it is not exact."""
        shown = self._amount()
        if shown is None:
            return f"unknown: {self.reason}" if self.reason else "unknown"
        if self.state == "exact":
            return f"{shown} ({self.reason})" if self.reason else shown
        return f"{shown} ({self.state}{f': {self.reason}' if self.reason else ''})"

    def __repr__(self) -> str:
        """Show the amount, how sure it is, and why it is not surer."""
        amount_ = self._amount()
        shown = [amount_] if amount_ else []
        return f"Cost({', '.join([*shown, self.state])}{f': {self.reason}' if self.reason else ''})"

    @property
    def brief(self) -> str:
        """Return the amount, and only how sure it is: ``$0.0123``, ``$0.0004-0.0120 (bounded)``."""
        shown = self._amount()
        if shown is None or self.state == "exact":
            return shown or "cost unknown"
        return f"{shown} ({self.state})"

    def _amount(self) -> str | None:
        if self.total is not None:
            return amount(self.total)
        if self.low is not None and self.high is not None:
            return span(self.low, self.high)
        return f"at least {amount(self.low)}" if self.low else None


def nothing(reason: str) -> Cost:
    """Return the cost of what is known to have cost nothing.

    Args:
        reason: Why, a sentence without its full stop.
    """
    return Cost(total=Decimal(0), state="exact", reason=reason)


UNSENT = nothing("nothing was sent")
"""What it costs to have asked nobody."""


def lowest(cost: Cost) -> Decimal | None:
    """Return what something cost at least, if that is known."""
    # What has an upper bound of its own and no lower one has none; and the other way round.
    return cost.total if cost.low is None and cost.high is None else cost.low


def highest(cost: Cost) -> Decimal | None:
    """Return what something cost at most, if that is known."""
    return cost.total if cost.low is None and cost.high is None else cost.high


def same_price(one: Price | None, other: Price | None) -> Price | None:
    """Return the row that two costs were reckoned with; None: it is not the same one."""
    return one if one is other or one == other else None


def total_usage(usages: Iterable[Usage | None]) -> Usage | None:
    """Return the tokens of several exchanges together, of those that were reported.

    None: none of them was. A part is None if nobody reported it; else it is what was reported.
    """
    total: Usage | None = None
    for usage in usages:
        if usage is not None:
            total = usage if total is None else _used(total, usage)
    return total


def _used(one: Usage, other: Usage) -> Usage:
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cached_input_tokens=known(one.cached_input_tokens, other.cached_input_tokens),
        cache_write_tokens=known(one.cache_write_tokens, other.cache_write_tokens),
        reasoning_tokens=known(one.reasoning_tokens, other.reasoning_tokens),
    )


def known(one: int | None, other: int | None) -> int | None:
    """Return two counts together, of those that are known."""
    return None if one is None and other is None else (one or 0) + (other or 0)


EXACT = Context(prec=80)
"""More digits than any sum of costs has, whatever the caller's context is."""
_ZERO = Decimal(0)
_REASONS = 8
"""How many different reasons a sum tells; a thousand calls may have one each."""


def total_cost(costs: Iterable[Cost]) -> Cost:
    """Return what several things cost together, no surer than the least sure of them.

    The total is known only if each is, and so are its lines: one for each kind and figure. The
    lower bound counts what is known of each; there is an upper bound only if each has one; where
    both are the total they are left out. Of nothing at all nothing is known. The price is told if
    it is one and the same.
    """
    listed = list(costs)
    if len(listed) < 2:
        return listed[0] if listed else Cost()
    lows = [low for cost in listed if (low := lowest(cost)) is not None]
    total, low = _all([cost.total for cost in listed]), _all(lows) if lows else None
    high = _all([highest(cost) for cost in listed])
    if total is not None and low == high == total:
        low = high = None  # bounds that say no more, as a single cost has none
    return Cost(
        total=total,
        low=low,
        high=high,
        state=_STATES[max(_STATES.index(cost.state) for cost in listed)],
        lines=() if total is None else _merged(line for cost in listed for line in cost.lines),
        price=reduce(same_price, (cost.price for cost in listed)),
        reason=_reasons(listed),
    )


def _all(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return reduce(EXACT.add, known, _ZERO) if len(known) == len(amounts) else None


def _merged(lines: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Return lines, those of one kind at one figure as one."""
    found: dict[tuple[str, Decimal | None, str], CostLine] = {}
    for line in lines:
        key = (line.kind, line.per_million, line.tier)
        before = found.get(key)
        found[key] = line if before is None else _both(before, line)
    return tuple(found.values())


def _both(one: CostLine, other: CostLine) -> CostLine:
    return CostLine(
        kind=one.kind,
        usd=EXACT.add(one.usd, other.usd),
        tokens=known(one.tokens, other.tokens),
        per_million=one.per_million,
        reasoning_tokens=known(one.reasoning_tokens, other.reasoning_tokens),
        tier=one.tier,
    )


def _reasons(costs: list[Cost]) -> str:
    """Return why a sum is not exact; or why it is nothing, if it is."""
    unsure = [cost for cost in costs if cost.state != "exact"]
    telling = unsure or ([] if any(cost.total for cost in costs) else costs)
    told = dict.fromkeys(part for cost in telling for part in cost.reason.split("; ") if part)
    if len(told) <= _REASONS:
        return "; ".join(told)
    kept = [part for part in told if part != _MORE][:_REASONS]
    return "; ".join([*kept, _MORE])


_MORE = "and more"
