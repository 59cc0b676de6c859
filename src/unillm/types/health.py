"""How targets fare: what is known of each, and what a store of it is asked and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from unillm.types.dataclass import dataclass
from unillm.types.rates import RateLimits

State: TypeAlias = Literal["closed", "open", "half_open", "quota"]
"""Whether a target is asked: as ever; not for a while; one call finds out; it has no money left."""

Cooling: TypeAlias = Literal["none", "failure", "rate", "quota", "auth"]
"""What a failed attempt says of its target: nothing; that it fails; that it is asked too much; that
the account has nothing left; that the key is no good."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How one target stands. Times are seconds; moments are of the monotonic clock.

    Attributes:
        state: Whether it is asked.
        until: When that changes; None: not by itself.
        in_flight: How many attempts are under way.
        limit: How many may be at once; None: as many as one likes.
        headroom: What share of its rate limits is left, from 0 to 1; None: not known.
        first_token: Seconds to the first token: a mean that rises at once and falls slowly.
        per_token: Seconds per token after it, in the same way.
        output_tokens: How many tokens answers have, reasoning included.
        requests: How many attempts there were in the window the breaker looks at.
        failures: How many of them failed, by no fault of the caller's.
    """

    state: State = "closed"
    until: float | None = None
    in_flight: int = 0
    limit: int | None = None
    headroom: float | None = None
    first_token: float | None = None
    per_token: float | None = None
    output_tokens: float | None = None
    requests: float = 0.0
    failures: float = 0.0


FRESH = Stats()
"""Of a target that was never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether an attempt may be made.

    Attributes:
        admitted: Whether it may, and has a place until its end is reported.
        reason: Why not.
        wait: Seconds after which it may be asked again; None: not known.
        probe: Whether it finds out for others if the target is well again.
    """

    admitted: bool
    reason: str = ""
    wait: float | None = None
    probe: bool = False


ADMITTED = Admission(admitted=True)


@dataclass(slots=True, unsafe_hash=True)  # not frozen: one for every attempt
class Report:
    """How an attempt ended. Times are seconds; None is not known.

    Attributes:
        outcome: ``ok``, ``error``, or ``cancelled``.
        cooling: What a failure says of the target.
        retry_after: What the server said is to be waited.
        first_token: Seconds to the first token.
        duration: Seconds to the end.
        output_tokens: How many tokens the answer has.
        rate_limits: What the provider said is left.
    """

    outcome: Literal["ok", "error", "cancelled"]
    cooling: Cooling = "none"
    retry_after: float | None = None
    first_token: float | None = None
    duration: float = 0.0
    output_tokens: int | None = None
    rate_limits: RateLimits | None = None


@dataclass(slots=True, unsafe_hash=True)  # not frozen: one for every attempt
class Entrant:
    """Who asks for admission.

    Attributes:
        key: The target, as `Target.key` has it.
        provider: Its provider: some limits are the provider's.
        limit: How many attempts at once the provider is known to take; None: no such limit.
        bulkhead: How many attempts at once its Provider allows for all its models; None: any.
        alone: Whether there is nobody else left to ask: a breaker lets it pass then, and so do rate
            limits; how many may be under way at once holds all the same.
        tokens: How many tokens it may use, for limits of tokens.
    """

    key: str
    provider: str
    limit: int | None = None
    bulkhead: int | None = None
    alone: bool = False
    tokens: int = 0


class HealthStore(Protocol):
    """Keeps how targets fare. Safe between threads; all calls are quick, unless it ``blocks``."""

    blocks: bool

    def look(self, keys: Sequence[str], now: float) -> Sequence[Stats]:
        """Return how targets stand, in their order."""
        ...

    def admit(self, lease: str, entrant: Entrant, now: float) -> Admission:
        """Give an attempt a place, under a name that its report bears too."""
        ...

    def report(self, lease: str, entrant: Entrant, report: Report, now: float) -> None:
        """Take note of how an attempt ended, once, and free its place."""
        ...

    def may_retry(self, share: float, now: float) -> bool:
        """Tell whether one more attempt at a target that has failed fits the retry budget.

        Args:
            share: What share of all requests such attempts may be; some are free beside it.
            now: The moment.
        """
        ...

    def quantile(self, key: str, share: float, now: float, *, whole: bool = False) -> float | None:
        """Return the seconds in which a share of answers had begun lately; None: not known.

        Args:
            key: The target.
            share: The share, from 0 to 1.
            now: The moment.
            whole: Whether it is asked of those that came in one piece: when they were there.
        """
        ...

    def keys(self) -> Sequence[str]:
        """Return the targets it knows, by their keys."""
        ...
