"""How long to wait, and how often to try."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from unillm.errors import InvalidRequestError

if TYPE_CHECKING:
    from tenacity.stop import StopBaseT
    from tenacity.wait import WaitBaseT


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """Time limits in seconds; None is no limit.

    Attributes:
        connect: For a connection to be made, TLS included.
        first_token: From sending to the first token. Reasoning models may think for minutes.
        idle: Between two pieces of an answer. Keep-alive comments and blank lines do not count.
        total: For the whole operation: every attempt and every pause between them.
    """

    connect: float | None = 10.0
    first_token: float | None = 600.0
    idle: float | None = 120.0
    total: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a time.

        Raises:
            InvalidRequestError: A limit is not a positive number or None.
        """
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None:
                _require_seconds(f"Timeout({limit.name}=…)", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When to try again. One policy owns all retries of an operation.

    The pause after attempt ``n`` is drawn evenly from 0 to
    ``min(max_wait, first_wait * 2**(n-1))`` seconds ("full jitter"); a server's ``Retry-After``
    takes its place. If the server asks for more than ``max_wait`` seconds, the error is raised
    at once and says so.

    Attributes:
        max_attempts: Attempts in all, the first included.
        max_wait: The longest pause, in seconds.
        first_wait: The upper bound of the first pause, in seconds.
        wait: A tenacity ``wait_*`` object that decides the pauses instead.
        stop: A tenacity ``stop_*`` object that may end the attempts earlier.
    """

    max_attempts: int = 3
    max_wait: float = 8.0
    first_wait: float = 0.5
    wait: WaitBaseT | None = None
    stop: StopBaseT | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidRequestError: A number is out of range, or an object is not tenacity's.
        """
        if type(self.max_attempts) is not int or self.max_attempts < 1:
            raise InvalidRequestError("RetryPolicy(max_attempts=…) must be a whole number from 1")
        _require_seconds("RetryPolicy(max_wait=…)", self.max_wait, at_least=0)
        _require_seconds("RetryPolicy(first_wait=…)", self.first_wait, at_least=0)
        for name, given in (("wait", self.wait), ("stop", self.stop)):
            if given is not None and not callable(given):
                raise InvalidRequestError(f"RetryPolicy({name}=…) must be a tenacity object")


def _is_finite(value: float) -> bool:
    return abs(value) <= LONGEST


LONGEST = 1e9
"""Seconds, some thirty years: more is no number that clocks and sockets take."""


def _require_seconds(what: str, value: Any, *, at_least: float | None = None) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not _is_finite(value) or (value < 0 if at_least == 0 else value <= 0):
        sign = "non-negative" if at_least == 0 else "positive"
        raise InvalidRequestError(f"{what} must be a {sign} number of seconds, not {value!r}")
