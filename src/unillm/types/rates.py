"""How much a provider says is left of what it allows."""

from __future__ import annotations

from typing import Literal

from unillm.types.dataclass import dataclass
from unillm.types.json import JsonRoundTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(JsonRoundTrip):
    """One limit of a provider's, as it stood when an answer began.

    Attributes:
        of: What is counted.
        name: What the provider calls it, for example ``requests`` or ``tokens-minute``.
        limit: How many there are when none are used; None: not said.
        remaining: How many are left; None: not said.
        reset: Seconds until all are there again; None: not said.
    """

    of: Literal["requests", "tokens"]
    name: str
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits(JsonRoundTrip):
    """The limits that a provider told of with an answer.

    Attributes:
        limits: All of them.
    """

    limits: tuple[RateLimit, ...]

    @property
    def requests(self) -> RateLimit | None:
        """Return the limit of requests of which the least is left, or None if none was told."""
        return self._tightest("requests")

    @property
    def tokens(self) -> RateLimit | None:
        """Return the limit of tokens of which the least is left, or None if none was told."""
        return self._tightest("tokens")

    def _tightest(self, of: str) -> RateLimit | None:
        return min((one for one in self.limits if one.of == of), key=_share, default=None)


def _share(one: RateLimit) -> float:
    """Return what is left as a share of all, as far as it was told."""
    if one.remaining is None:
        return float("inf")
    return one.remaining / one.limit if one.limit else float(one.remaining)
