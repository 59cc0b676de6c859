"""Routes: named policies that pick, per call, who answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from unillm.types.constraints import Constraints
from unillm.types.routing import Strategy

OnMidstreamError: TypeAlias = Literal["raise", "restart", "continue"]
"""What to do when an answer breaks off that the caller has seen a part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedge:
    """A second attempt at the next target, where the first token of the first is late.

    Whichever has the first token wins; the other is closed at once, and billed for what it may
    have cost.

    Attributes:
        after: Seconds without a token, or ``p95`` (any of p50 to p99) of those the target took.
        budget: The share of calls that may be hedged.
    """

    after: float | str = "p95"
    budget: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A policy that picks who answers.

    Attributes:
        targets: Models by name, routes by name (``route:name``), or routes.
        strategy: How to rank them: a strategy's name, one with its parameters, or a function.
        constraints: What must hold of each, on top of what the client demands.
        on_midstream_error: What to do when a stream breaks off after its first event: ``raise``,
            with what came; ``restart``, at the next target; or ``continue`` there.
        hedge: When to ask a second target as well; None: never.
        sticky: Whether a session stays with whoever answered it before.
        max_attempts: Attempts in all, the first included; None: one for each target, but no fewer
            than the client's `RetryPolicy` allows.
        on_content_policy: Whether a prompt that a target's filter refused may go to the ``next``.
        quality: What quality to expect of each target, from 0 to 1, by name.
        willingness_to_pay: US dollars that 1.0 of quality is worth, where quality is known.
    """

    targets: tuple[str | Route, ...]
    strategy: str | Strategy = "fallback"
    constraints: Constraints | None = None
    on_midstream_error: OnMidstreamError = "raise"
    hedge: Hedge | None = None
    sticky: bool = True
    max_attempts: int | None = None
    on_content_policy: Literal["raise", "next"] = "raise"
    quality: Mapping[str, float] = field(default_factory=dict[str, float])
    willingness_to_pay: float | None = None

    def __post_init__(self) -> None:
        """Take any iterable of targets."""
        object.__setattr__(self, "targets", tuple(self.targets))
