"""Tokens used, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal, NoReturn

from unillm.types.brief import absent
from unillm.types.json import JsonRoundTrip


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost(JsonRoundTrip):
    """What a call cost, in US dollars. Unknown is None, never zero.

    Attributes:
        total: The cost, or None if it is not known.
        low: A lower bound, if one is known.
        high: An upper bound, if one is known.
        state: ``exact``, ``estimated``, ``bounded`` or ``unknown``.
    """

    total: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    state: Literal["exact", "estimated", "bounded", "unknown"] = "unknown"
