"""What a call would cost, told before it is made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from unillm.types.dataclass import dataclass
from unillm.types.endpoints import TokenEstimate
from unillm.types.json import JsonRoundTrip
from unillm.types.looks import Looks
from unillm.types.price import Price
from unillm.types.sums import between

_TO = "\N{EN DASH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Looks, JsonRoundTrip):
    """What one call would cost, as a range with its reasons, in US dollars.

    It is of one attempt that ends well: one that is billed and has to be made again comes on top.

    Attributes:
        provider: Who would be asked.
        model: What would be asked, as the provider names it.
        low: It costs hardly less; None: not known.
        high: It costs hardly more; None: not known.
        input: The tokens of the prompt.
        output_low: The fewest tokens of the answer, reasoning included.
        output_high: The most; None: no limit is known.
        at: The instant whose prices these are.
        price: The row of the price book, with its source; None: none is known. Where several may
            hold, the oldest.
        reasons: Where the range comes from, and what would narrow it.
        state: ``estimated``; or ``unknown``, if an end of the range is not known.
    """

    provider: str
    model: str
    low: Decimal | None
    high: Decimal | None
    input: TokenEstimate
    output_low: int
    output_high: int | None
    at: datetime
    price: Price | None = None
    reasons: tuple[str, ...] = ()
    state: Literal["estimated", "unknown"] = "unknown"

    def __repr__(self) -> str:
        """Show the model, the range, and the tokens it stands for."""
        return (
            f"Estimate({self.provider}:{self.model}, {between(self.low, self.high)}, "
            f"{_span(self.input.low, self.input.high)} in, "
            f"{_span(self.output_low, self.output_high)} out)"
        )

    def _repr_markdown_(self) -> str:
        from unillm._markdown import inert

        whom = inert(f"{self.provider}:{self.model}")
        reasons = "".join(f"\n- {inert(reason)}" for reason in self.reasons)
        return f"**{inert(between(self.low, self.high))}** for {whom}\n{reasons}"


def _span(low: int, high: int | None) -> str:
    if high is None:
        return f"{low:,} or more"
    return f"{low:,}" if low == high else f"{low:,}{_TO}{high:,}"
