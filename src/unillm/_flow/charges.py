"""Whether an exchange that failed can have been billed at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unillm.errors import (
    AuthenticationError,
    BadRequestError,
    ConnectError,
    ConnectTimeoutError,
    ContextLengthError,
    IncompleteStreamError,
    InsufficientBalanceError,
    MalformedResponseError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnillmError,
)

if TYPE_CHECKING:
    from unillm._flow.operation import Trial
    from unillm.types.response import Outcome

OK = frozenset({200, 201})
"""Statuses of answers. 201 is what some proxies say of every POST."""

_REFUSALS = (
    *(AuthenticationError, PermissionDeniedError, InsufficientBalanceError, RateLimitError),
    *(ModelNotFoundError, NotFoundError, OverloadedError, ContextLengthError),
)
"""What is said before any work is done, though it be inside an answer with a good status."""
_NO_CAPACITY = frozenset({423, 425, 503, 529})
_MAY_HAVE_WORKED = frozenset({408, 409, 424, 499})
"""Statuses below 500 that say that something failed on the way, not that it was refused."""


def free(trial: Trial, error: UnillmError | None) -> str | None:
    """Return why an attempt that failed cannot have been billed; None: it may have been.

    Providers say little of it: ``docs/decisions/cost.md`` has what they say.

    Args:
        trial: The attempt.
        error: Why it failed, if that is known.
    """
    status = trial.status
    if isinstance(error, ConnectError | ConnectTimeoutError):
        return "no connection was made"
    if status is None:
        return None if trial.sent else "nothing was sent"
    if status in OK:
        return _refused_within(trial, error)
    if status in trial.target.profile.billed_refusals or not _is_refusal(status, error):
        return None
    return f"the provider refused it (status {status})"


def _is_refusal(status: int, error: UnillmError | None) -> bool:
    if isinstance(error, ProviderError):
        return status >= 300 and not isinstance(error, ServerError)
    return status in _NO_CAPACITY or (300 <= status < 500 and status not in _MAY_HAVE_WORKED)


def _refused_within(trial: Trial, error: UnillmError | None) -> str | None:
    """Return why an answer with a good status that is an error from its beginning is free."""
    began = trial.answer is not None and trial.answer.has_begun
    if began or not isinstance(error, _REFUSALS):
        return None
    status = 400 if isinstance(error, BadRequestError) else None
    if (error.status or status) in trial.target.profile.billed_refusals:
        return None
    return "the provider refused it"


def why_unsure(outcome: Outcome, error: UnillmError | None) -> str:
    """Return why it is not known how much of an exchange was billed."""
    for kind, why in _WHY:
        if isinstance(error, kind):
            return why
    return "it was cancelled" if outcome == "cancelled" else "it failed"


_WHY: tuple[tuple[type[UnillmError], str], ...] = (
    (IncompleteStreamError, "the answer broke off"),
    (RequestTimeoutError, "it timed out"),
    (TransportError, "the connection broke"),
    (MalformedResponseError, "the answer cannot be read"),
    (ProviderError, "the provider failed"),
)
