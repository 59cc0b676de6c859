"""What becomes of a call when an attempt fails: one table, of which the documentation is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from unillm.errors import (
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    ConnectError,
    ContentPolicyError,
    ContextLengthError,
    DeadlineExceededError,
    IncompleteStreamError,
    InsufficientBalanceError,
    InvalidRequestError,
    MalformedResponseError,
    ModelNotFoundError,
    NotFoundError,
    OutputValidationError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    RequestTimeoutError,
    ResponseError,
    ServerError,
    ToolArgumentsError,
    TransportError,
    UnillmError,
    UnsupportedFeatureError,
)
from unillm.types.dataclass import dataclass
from unillm.types.health import Cooling

Travels: TypeAlias = Literal["no", "yes", "larger", "allowed"]
"""Whether the call may go to the next target: to any; to one with a larger window; if the route
allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What becomes of a call that failed in one way.

    Attributes:
        kind: The class of the failure.
        errors: The exceptions of it; subclasses that have a row of their own are not of it.
        travels: Whether the call goes to the next target.
        stays: Whether the same target may be asked again, where there is no other; the error itself
            may know better (`UnillmError.retryable`).
        cools: What it says of the target's health.
        why: The reason, a sentence.
    """

    kind: str
    errors: tuple[type[UnillmError], ...]
    travels: Travels
    stays: bool
    cools: Cooling
    why: str


TABLE: tuple[Handling, ...] = (
    Handling(
        kind="caller",
        errors=(InvalidRequestError, BadRequestError),
        travels="no",
        stays=False,
        cools="none",
        why="The request is wrong: it would be so everywhere, and is the caller's to mend.",
    ),
    Handling(
        kind="capability",
        errors=(UnsupportedFeatureError,),
        travels="yes",
        stays=False,
        cools="none",
        why="This target cannot do what is asked; nothing was sent to it.",
    ),
    Handling(
        kind="budget",
        errors=(BudgetExceededError,),
        travels="yes",
        stays=False,
        cools="none",
        why="It may cost more here than is left; another target may be cheaper. Nothing was sent.",
    ),
    Handling(
        kind="auth",
        errors=(AuthenticationError, PermissionDeniedError),
        travels="yes",
        stays=False,
        cools="auth",
        why="The key is no good, or may not do this: asking again says the same.",
    ),
    Handling(
        kind="quota",
        errors=(InsufficientBalanceError,),
        travels="yes",
        stays=False,
        cools="quota",
        why="The account has nothing left; it will not be otherwise in seconds.",
    ),
    Handling(
        kind="not found",
        errors=(ModelNotFoundError, NotFoundError),
        travels="yes",
        stays=False,
        cools="auth",
        why="The model or the URL is not there: a mistake in the configuration of this target.",
    ),
    Handling(
        kind="rate",
        errors=(RateLimitError,),
        travels="yes",
        stays=True,
        cools="rate",
        why="Too many requests: another target has room at once; here the server says when.",
    ),
    Handling(
        kind="overload",
        errors=(OverloadedError,),
        travels="yes",
        stays=True,
        cools="rate",
        why="No capacity right now, and less of it if all come again at once.",
    ),
    Handling(
        kind="timeout",
        errors=(RequestTimeoutError,),
        travels="yes",
        stays=True,
        cools="failure",
        why="It did not answer in time; it may be busy, or gone.",
    ),
    Handling(
        kind="deadline",
        errors=(DeadlineExceededError,),
        travels="no",
        stays=False,
        cools="none",
        why="The time for the whole call is up, whoever is asked.",
    ),
    Handling(
        kind="connection",
        errors=(ConnectError, IncompleteStreamError, TransportError),
        travels="yes",
        stays=True,
        cools="failure",
        why="No connection, or it broke off.",
    ),
    Handling(
        kind="server",
        errors=(ServerError,),
        travels="yes",
        stays=True,
        cools="failure",
        why="The provider failed.",
    ),
    Handling(
        kind="other",
        errors=(ProviderError,),
        travels="yes",
        stays=False,
        cools="failure",
        why="The provider answers with a status that means nothing here.",
    ),
    Handling(
        kind="content policy",
        errors=(ContentPolicyError,),
        travels="allowed",
        stays=False,
        cools="none",
        why="The provider's filter refused the prompt: who asks others for the same must say so.",
    ),
    Handling(
        kind="context length",
        errors=(ContextLengthError,),
        travels="larger",
        stays=False,
        cools="none",
        why="The conversation is longer than the model's window; a larger one may hold it.",
    ),
    Handling(
        kind="malformed",
        errors=(MalformedResponseError,),
        travels="yes",
        stays=False,
        cools="failure",
        why="What came is not the protocol.",
    ),
    Handling(
        kind="unusable",
        errors=(ToolArgumentsError, OutputValidationError, ResponseError),
        travels="yes",
        stays=False,
        cools="none",
        why="The model answered, but not with what was asked for, asked again or not.",
    ),
    Handling(
        kind="beyond",
        errors=(UnillmError,),
        travels="no",
        stays=False,
        cools="none",
        why="It is no failure of one target: the call, or the run around it, has ended.",
    ),
)
"""In which way calls fail, and what becomes of them."""


def _by_error() -> Mapping[type[UnillmError], Handling]:
    return {error: row for row in TABLE for error in row.errors}


_HANDLINGS = _by_error()


def handling_of(error: UnillmError) -> Handling:
    """Return what becomes of a call that failed so: the row of the nearest class that has one."""
    return next(_HANDLINGS[kind] for kind in type(error).__mro__ if kind in _HANDLINGS)
